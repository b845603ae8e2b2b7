package tui

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/space"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// spacious is a store of three namespaces, of which the one in the middle has the most keys, and of some nodes.
func spacious(kind etcdsource.Kind) *tuitest.Memory {
	src := tuitest.NewMemory(kind, "store")
	for ns, n := range map[string]int{"alpha": 2, "mid": 30, "zeta": 4} {
		src.Put("/registry/namespaces/"+ns, []byte(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"`+ns+`"}}`))
		for i := range n {
			src.Put(fmt.Sprintf("/registry/pods/%s/p-%d", ns, i), pod("p", "Running"))
		}
	}
	src.Put("/registry/configmaps/zeta/big", stored("ConfigMap", "big", strings.Repeat("x", 20000)))
	src.Put("/registry/minions/node-1", []byte(`{"apiVersion":"v1","kind":"Node","metadata":{"name":"node-1"}}`))
	return src
}

// rowOf is a row of the table without its bar: name, keys and what follows.
func rowOf(d *tuitest.Driver, name string) string {
	fields := strings.Fields(strings.TrimPrefix(d.Row(name), name))
	if len(fields) == 0 {
		return ""
	}
	return name + " " + strings.Join(fields[1:], " ")
}

// TestBiggestNamespace counts a file, of which all is counted, and a live store, of which bytes are estimated.
func TestBiggestNamespace(t *testing.T) {
	for kind, want := range map[etcdsource.Kind][]string{
		etcdsource.KindFile: {"zeta 5 ", "mid 30 ", "alpha 2 ", "in no namespace 4 "},
		etcdsource.KindLive: {"zeta 5 ", "mid 30 ", "alpha 2 ", "in no namespace, or none that exists 4 "},
	} {
		t.Run(string(kind), func(t *testing.T) {
			d := drive(t, program(t, map[string]*tuitest.Memory{"": spacious(kind)}), 120, 40)
			d.See("▸ pods")
			d.Press("g s")
			d.See("Namespaces, the biggest first")
			d.See("zeta")
			at := -1
			for _, w := range want {
				name := strings.TrimSpace(w[:strings.IndexAny(w, "0123456789")])
				if got := rowOf(d, name); !strings.HasPrefix(got, w) {
					t.Errorf("the row is %q, want %q", got, w)
				}
				i := strings.Index(d.Text(), name)
				if i < at {
					t.Errorf("%q is not sorted:\n%s", w, d.Text())
				}
				at = i
			}
			d.Press("s 3")
			if s := d.Text(); strings.Index(s, "mid") > strings.Index(s, "zeta") {
				t.Errorf("not sorted by keys:\n%s", s)
			}
			d.Press("home enter")
			d.See("In mid")
			d.See("30 of ")
			d.Press("esc")
			d.See("▸ pods")
		})
	}
}

// TestSpaceByEach turns through the kinds of rows, of a file and of a live store, and goes from a row to what is there.
func TestSpaceByEach(t *testing.T) {
	d := drive(t, program(t, map[string]*tuitest.Memory{"": spacious(etcdsource.KindFile)}), 120, 40)
	d.See("▸ pods")
	d.Press("9")
	d.See("Space by resource")
	listed(d)
	d.Press("l l")
	d.See("Space by key")
	d.See("/registry/configmaps/zeta/big")
	d.Press("l")
	d.See("Space by field")
	d.See("apiVersion, kind")
	d.Press("l")
	d.See("Space by writer")
	d.See("not known")
	d.Press("l")
	d.See("Space by resource")
	d.Press("home enter")
	d.See("▾ configmaps")
	live := drive(t, program(t, map[string]*tuitest.Memory{"": spacious(etcdsource.KindLive)}), 80, 24)
	live.See("▸ pods")
	live.Press("9")
	live.See("±")
	live.Press("l l")
	live.See("it says first what that costs")
}

// TestSpacesOfManyKeys counts a type that is too large to be read by its namespaces.
func TestSpacesOfManyKeys(t *testing.T) {
	src := spacious(etcdsource.KindLive)
	var events []etcdsource.Event
	for i := range space.MaxRead {
		events = append(events, etcdsource.Event{Key: fmt.Appendf(nil, "/registry/pods/%s/q-%05d", []string{"zeta", "alpha", "gone"}[i%3], i), Value: []byte("x"), Mod: int64(100 + i), Create: int64(100 + i), Version: 1, Type: etcdsource.Created})
	}
	src.Load(events)
	d := drive(t, program(t, map[string]*tuitest.Memory{"": src}), 120, 40)
	d.See("▸ pods")
	d.Command("biggest")
	d.See("Namespaces, the biggest first")
	d.See("none that exists")
	for _, w := range []string{"zeta 1,672 ", "alpha 1,669 ", "in no namespace, or none that exists 1,670 ", "mid 30 "} {
		name := strings.TrimSpace(w[:strings.IndexAny(w, "0123456789")])
		d.Settle("the row "+w, func() bool {
			return strings.HasPrefix(strings.ReplaceAll(rowOf(d, name), ",", ""), strings.ReplaceAll(w, ",", ""))
		})
	}
	src.Fail(errors.New("permission denied"))
	d.Press("esc g s")
	d.See("cannot be counted: permission denied")
}

// TestWhatWasSaidIsGone: what was said of one screen is not said of the next.
func TestWhatWasSaidIsGone(t *testing.T) {
	src := tuitest.NewMemory(etcdsource.KindFile, "backup.db")
	src.Put("/registry/configmaps/shop/a", stored("ConfigMap", "a", "x"))
	d := drive(t, program(t, map[string]*tuitest.Memory{"": src}), 80, 24)
	listed(d)
	d.Press("8")
	d.See("this is a file")
	d.Press("9")
	d.See("Space by resource")
	d.Gone("this is a file")
}

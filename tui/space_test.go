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

// TestBiggestNamespace counts a file, of which the sizes are known too, and a live store, of which they are not.
func TestBiggestNamespace(t *testing.T) {
	for kind, want := range map[etcdsource.Kind][]string{
		etcdsource.KindFile: {"mid 30 ", "zeta 5 ", "in no namespace 4 ", "alpha 2 "},
		etcdsource.KindLive: {"mid 30 pods", "zeta 5 pods", "anything else 4 other", "alpha 2 pods"},
	} {
		t.Run(string(kind), func(t *testing.T) {
			d := drive(t, program(t, map[string]*tuitest.Memory{"": spacious(kind)}), 120, 40)
			d.See("▸ pods")
			d.Press("g s")
			d.See("Namespaces, the biggest first")
			at := -1
			for _, w := range want {
				name := strings.TrimSpace(w[:strings.IndexAny(w, "0123456789")])
				if got := d.Row(name); !strings.HasPrefix(got, w) {
					t.Errorf("the row is %q, want %q", got, w)
				}
				i := strings.Index(d.Text(), name)
				if i < at {
					t.Errorf("%q is not sorted:\n%s", w, d.Text())
				}
				at = i
			}
			if kind == etcdsource.KindFile {
				d.Press("s 3")
				if s := d.Text(); strings.Index(s, "zeta") > strings.Index(s, "mid") {
					t.Errorf("not sorted by bytes:\n%s", s)
				}
				d.Press("s 2")
			} else if strings.Contains(d.Text(), "BYTES") {
				t.Error("a live store shows sizes that it was not asked for")
			}
			d.Press("enter")
			d.See("In mid")
			d.See("30 of ")
			d.Press("esc")
			d.See("▸ pods")
		})
	}
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
	d.Command("space")
	d.See("Namespaces, the biggest first")
	for _, w := range []string{"zeta 1672 pods", "alpha 1669 pods", "anything else 1670 other", "mid 30 pods"} {
		name := strings.TrimSpace(w[:strings.IndexAny(w, "0123456789")])
		if got := d.Row(name); !strings.HasPrefix(got, w) {
			t.Errorf("the row is %q, want %q", got, w)
		}
	}
	src.Fail(errors.New("permission denied"))
	d.Press("esc g s")
	d.See("cannot be counted: permission denied")
}

package tui

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// TestOverview: 7 shows what a file is, who wrote it and what is wrong; enter on a line goes to what explains it, esc comes
// back.
func TestOverview(t *testing.T) {
	src := tuitest.NewMemory(etcdsource.KindFile, "backup.db")
	for _, name := range []string{"flags", "other"} {
		src.Put("/registry/configmaps/shop/"+name, stored("ConfigMap", name, "x"))
	}
	d := openedWith(t, src, 120, 44)
	d.Press("7")
	d.See("Overview")
	d.See("revisions")
	d.See("every object has converged")
	d.See("Resources (2 keys)")
	d.See("Who writes most")
	d.See("Last changes")
	d.Press("esc")
	d.Gone("Last changes")
	d.Command("overview")
	d.See("Last changes")
	d.Press("end enter")
	d.Gone("Last changes")
	d.See("ConfigMap shop/flags")
	d.Press("g b") // back to where the line was
	d.See("Last changes")
	d.Press("g f")
	d.See("ConfigMap shop/flags")
	d.Press("7 home j j j enter") // the state leads to the report
	d.See("Every object that declares a desired state has converged.")
	d.Press("g b")
	d.See("Last changes")
	d.Press("7 home j j enter") // what says whether it is verified leads to the backups
	d.See("Snapshots")
}

// TestOverviewLive: of a live store the first screen says without a key what has not converged; where that takes
// more than a few MiB, it says that not all was looked at, and 6 looks at all.
func TestOverviewLive(t *testing.T) {
	d := openedWith(t, relatives(), 120, 44)
	d.See("14 keys")
	for range 3 { // the writers are waited for so long
		passes(d, time.Second)
	}
	d.See("not converged")
	d.See("nodes/node-1  Ready unknown")
	d.Press("7")
	d.See("Resources (")
	d.See("have not converged")

	src := relatives()
	big := strings.Repeat("x", 1<<20)
	for i := range 9 {
		src.Put(fmt.Sprintf("/registry/pods/a/p%d", i), fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p%d","namespace":"a","annotations":{"a":"%s"}}}`, i, big))
	}
	reads := 0
	m := program(t, map[string]*tuitest.Memory{"": src})
	m.deps.Open = func(ctx context.Context, _ host.Target, _ host.Progress) (*learn.Opened, error) {
		counted := &watchful{src, &reads}
		known, err := learn.From(ctx, counted, learn.Options{Custom: true})
		return &learn.Opened{Known: known, Source: counted}, err
	}
	d = drive(t, m, 200, 44)
	listed(d)
	d.See("(23 keys)")
	for range 3 {
		passes(d, time.Second)
	}
	d.See("the first 8.00 MiB of the objects were looked at; 6 looks at all")
	before := reads
	passes(d, time.Minute)
	if reads != before {
		t.Errorf("%d folders were read again though nothing was written", reads-before)
	}
	d.Press("6")
	d.See("pods/owned -n shop")
	d.Press("7")
	d.Gone("of the objects were looked at")
}

// TestRootShowsTheOverview: without a key pressed the first screen says what is open, how it is, and who changed what last;
// on a folder its table is shown, in the timeline's room too, and on the root the overview again.
func TestRootShowsTheOverview(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 30}, {200, 60}} {
		src := tuitest.NewMemory(etcdsource.KindFile, "backup.db")
		src.Put("/registry/configmaps/shop/flags", stored("ConfigMap", "flags", "x"))
		src.Put("/registry/configmaps/shop/flags", stored("ConfigMap", "flags", "y"))
		d := openedWith(t, src, size[0], size[1])
		for _, want := range []string{"Overview", "backup.db", "configmaps", "Changes", "field=y", "erged"} {
			if size[0] >= 200 && want == "erged" {
				want = "every object has converged"
			}
			d.See(want)
		}
		if strings.Contains(d.Text(), "Timeline") {
			t.Errorf("at %d columns there is an empty timeline:\n%s", size[0], d.Text())
		}
		d.Press("down")
		d.See("NAME")
		d.Gone("Overview")
		if strings.Contains(d.Text(), "Timeline") {
			t.Errorf("at %d columns there is an empty timeline beside a folder:\n%s", size[0], d.Text())
		}
		d.Press("2") // it is shown when it is asked for
		d.See("The history of a key is shown here.")
		d.Press("1 3") // the changes stay where they are, as the list that has the focus
		d.See("field=y")
		d.Press("esc esc esc 1 g g")
		d.See("Overview")
		d.Press("tab G")
		d.Press("enter")
		d.Gone("Overview")
	}
}

// TestChangesBelowTheOverview: on 80 columns the changes stay below while one steps through them from the overview.
func TestChangesBelowTheOverview(t *testing.T) {
	src := tuitest.NewMemory(etcdsource.KindFile, "backup.db")
	src.Put("/registry/configmaps/shop/flags", stored("ConfigMap", "flags", "x"))
	src.Put("/registry/configmaps/shop/other", stored("ConfigMap", "other", "y"))
	d := openedWith(t, src, 80, 24)
	d.See("of the whole store")
	d.See("+ configmaps/shop/flags")
	d.Press("3 down")
	d.See("ConfigMap shop/flags")
	d.See("of the whole store")
	d.See("Keys")
	d.Press("esc")
	d.See("Timeline")
}

// TestRootlessShowsTheOverview: what holds no cluster, or nothing, says what it is on its first screen too; the cursor leads to the keys.
func TestRootlessShowsTheOverview(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{80, 24}, {200, 60}} {
		src := tuitest.NewMemory(etcdsource.KindFile, "backup.db")
		d := drive(t, program(t, map[string]*tuitest.Memory{"": src}), size[0], size[1])
		for _, want := range []string{"This store is empty", "Overview", "file ", "the store is empty", "No change is retained"} {
			d.See(want)
		}
		d.Press("2")
		d.See("The history of a key is shown here.")
	}
	src := tuitest.NewMemory(etcdsource.KindFile, "other.db")
	for _, key := range []string{"app/a", "app/b", "other"} {
		src.Put(key, []byte("some text"))
	}
	d := drive(t, program(t, map[string]*tuitest.Memory{"": src}), 100, 30)
	for _, want := range []string{"app", "Overview", "revisions 1 to", "Changes"} {
		d.See(want)
	}
	d.Press("down")
	d.Gone("Overview")
	d.See("some text")
}

// TestBackToTheOverview: esc goes back from where a line has led to, from the overview's own screen and from that beside the tree.
func TestBackToTheOverview(t *testing.T) {
	t.Parallel()
	src := tuitest.NewMemory(etcdsource.KindFile, "backup.db")
	src.Put("/registry/configmaps/shop/flags", stored("ConfigMap", "flags", "x"))
	src.Put("/registry/configmaps/shop/other", stored("ConfigMap", "other", "x"))
	d := openedWith(t, src, 120, 40)
	for _, c := range []struct{ keys, led, back string }{
		{"7 home enter", "Snapshots ─", "Last changes"},
		{"7 home j enter", "Changes ─", "Last changes"},
		{"7 end enter", "ConfigMap shop/", "Last changes"},
		{"7 end enter enter esc", "ConfigMap shop/", "Last changes"}, // from the value to the keys
		{"7 end enter tab / o t h enter esc esc", "ConfigMap shop/", "Last changes"},
		{"7 esc up up up up up tab home enter", "Snapshots ─", "resources  2 keys"},
		{"end enter", "enter lists its changes", "resources  2 keys"},
	} {
		if keys, ok := strings.CutPrefix(c.keys, "7 "); ok {
			d.Press("7")
			d.See("Last changes")
			c.keys = keys
		}
		d.Press(c.keys)
		d.See(c.led)
		d.Gone(c.back)
		d.Press("esc")
		d.See(c.back)
	}
	d.Press("7")
	d.See("Last changes")
	d.Press("end enter")
	d.See("ConfigMap shop/")
	d.Press("up esc") // elsewhere: not any more
	d.Gone("Last changes")
}

// TestEveryLineOfTheOverviewLeads: enter on any line goes somewhere.
func TestEveryLineOfTheOverviewLeads(t *testing.T) {
	t.Parallel()
	src := tuitest.NewMemory(etcdsource.KindFile, "backup.db")
	src.Put("/registry/configmaps/shop/flags", stored("ConfigMap", "flags", "x"))
	d := openedWith(t, src, 120, 40)
	for keys, want := range map[string]string{"enter": "Snapshots ─", "j enter": "Changes ─", "end enter": "ConfigMap shop/flags"} {
		d.Press("7")
		d.See("Last changes")
		d.Press("home " + keys)
		d.See(want)
		d.Gone("Last changes")
	}
}

// TestOverviewShowsWhatWasSeen: of a live store whose history was not read, the overview shows the changes that were seen.
func TestOverviewShowsWhatWasSeen(t *testing.T) {
	src := withPods()
	src.Describing(func(i *etcdsource.Info) { i.Spare, i.Running = true, true })
	d := openedWith(t, src, 160, 48)
	d.Press("7")
	d.See("not checked yet")
	src.Put("/registry/pods/shop/web-9", pod("web-9", "Running"))
	d.See("rev 12")
	passes(d, time.Second)
	d.See("Last changes")
	d.See("pods/web-9 -n shop")
}

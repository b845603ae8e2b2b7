package tui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestFilterTheWholeStore looks for keys in folders that were never opened, while the store changes.
func TestFilterTheWholeStore(t *testing.T) {
	src := withPods()
	d := openedWith(t, src, 120, 40)
	d.Press("/")
	d.Type("web !2$")
	d.See("pods/shop/web-1")
	d.See("1 of 9")
	d.See("Pod shop/web-1") // the first hit is shown
	src.Put("/registry/pods/shop/web-3", pod("web-3", "Running"))
	d.See("2 of 10")
	d.Press("down enter")
	d.See("Pod shop/web-3")
	d.Press("enter esc")
	d.Press("esc")
	d.See("▸ configmaps") // the tree again, open at the key that was found
	d.See("web-2")
}

// TestFilterWithoutHit looks for what is in no key: the cursor is back where it was.
func TestFilterWithoutHit(t *testing.T) {
	d := openedWith(t, withPods(), 120, 40)
	d.Command("key /registry/configmaps/shop/flags")
	d.See("field: two")
	d.Press("1 /")
	d.Type("web")
	d.See("2 of 9")
	d.See("Pod shop/web-1")
	d.Type("zzqq")
	d.See("No key matches webzzqq.")
	d.Press("enter esc")
	d.See("field: two")
}

// TestFilterGivenUp: esc while a filter is typed shows the tree as it was before.
func TestFilterGivenUp(t *testing.T) {
	d := openedWith(t, withPods(), 120, 40)
	d.Press("1 g g j j")
	d.See("❯  ▸ configmaps")
	d.Press("/")
	d.Type("web")
	d.See("2 of 9")
	d.Press("esc")
	d.See("❯  ▸ configmaps")
	d.Gone("2 of 9")
}

// TestFilterTimelineWithoutHit looks for what is in no version of a key: the version that is shown is the one from before, also where a
// word matched another while it was typed.
func TestFilterTimelineWithoutHit(t *testing.T) {
	d := openedWith(t, withPods(), 120, 40)
	d.Command("key /registry/configmaps/shop/flags")
	d.See("field: two")
	d.Press("2 /")
	d.Type("type:created")
	d.See("field: one")
	d.Type(" zzqq")
	d.See("0 of 2")
	d.See("field: two")
	d.Press("esc")
	d.Press("/")
	d.Type("type:created")
	d.Press("enter")
	d.See("field: one")
	d.Press("esc")
	d.See("field: two")
}

// TestFilterAtAnotherTime travels while something is looked for.
func TestFilterAtAnotherTime(t *testing.T) {
	d := openedWith(t, withPods(), 120, 40)
	d.Press("/")
	d.Type("web")
	d.See("2 of 9")
	d.Press("enter")
	d.Fill("T", "8")
	d.See("1 of 6")
	d.See("AS OF rev 8")
	d.Press("esc 0")
	d.See("▸ secrets")
}

// TestFilterMarksWhatMatches looks at the cells that have the colour of a match.
func TestFilterMarksWhatMatches(t *testing.T) {
	d := openedWith(t, withPods(), 120, 40)
	d.Press("/")
	d.Type("^pods eb-2")
	d.See("1 of 9")
	lines := strings.Split(d.View(), "\n")
	found := false
	for _, l := range lines {
		found = found || strings.Contains(l, "pods") && strings.Contains(l, "\x1b[m/shop/w") || strings.Contains(l, "/shop/w") && strings.Contains(l, "meb-2\x1b[")
	}
	if !found {
		t.Errorf("no match is marked:\n%q", strings.Join(lines[:6], "\n"))
	}
}

// TestFilterManyKeys types over some thousand keys of one namespace.
func TestFilterManyKeys(t *testing.T) {
	src, want := shop(), 0
	for i := range 4000 {
		name := fmt.Sprintf("event-%06d", i)
		src.Put("/registry/events/shop/"+name, []byte("x"))
		if strings.Contains(name, "019") {
			want++
		}
	}
	d := openedWith(t, src, 120, 40)
	d.Press("/")
	d.Type("019 999$")
	d.See("1 of 4005")
	d.See("events/shop/event-001999")
	d.Press("backspace backspace backspace backspace")
	d.See(fmt.Sprintf("%d of 4005", want))
}

// TestFilterFindsWhatIsGone: a deleted key is found by its name, behind those that are there, and shown as it was last.
func TestFilterFindsWhatIsGone(t *testing.T) {
	_, d := rolled(t, 120, 30, web)
	d.Press("/")
	d.Type("flag")
	d.See("0 of 3 + 1 gone")
	d.See("− gone")
	d.Press("enter enter")
	d.See("gone at 7  YAML")
	d.See("field: one")
	d.Press("esc esc") // the tree again: the cursor stays on what is gone
	d.See("gone at 7")
	d.Fill("T", "6")
	d.See("AS OF rev 6")
	d.Press("/")
	d.Type("flag")
	d.See("1 of 3")
	d.Gone("− gone")

	src, d := opened(t, 120, 30) // a running store: what is deleted while it is watched, until it is back
	src.Put("/registry/events/shop/other.1", []byte(`{}`))
	d.See("rev 8")
	d.Press("/")
	d.Type("other")
	d.See("2 of 6")
	src.Put("/registry/configmaps/shop/other", nil)
	d.See("configmaps/shop/other  − gone")
	d.Press("esc")
	d.See("rev 9")
	d.Press("ctrl+r /")
	d.Type("other")
	d.See("1 of 5 + 1 gone")
	if s := d.Text(); strings.Index(s, "− gone") > strings.Index(s, "events/shop/other.1") {
		t.Errorf("an Event comes before what is gone:\n%s", s)
	}
	src.Put("/registry/configmaps/shop/other", stored("ConfigMap", "other", "back"))
	d.See("2 of 6")
	d.Gone("− gone")
}

// TestFilterKeepsWhatIsGone: the cursor stays on a deleted key while the keys of another time are listed, and back.
func TestFilterKeepsWhatIsGone(t *testing.T) {
	_, d := rolled(t, 120, 30, web)
	d.Press("/")
	d.Type("shop")
	d.See("+ 1 gone")
	d.Press("enter G")
	d.See("gone at 7  YAML")
	d.Press("[")
	d.See("AS OF rev 8")
	d.See("+ 1 gone")
	d.See("❯configmaps/shop/flags")
	d.See("gone at 7  YAML")
	d.Fill("T", "6")
	d.See("AS OF rev 6")
	d.See("❯configmaps/shop/flags")
	d.Gone("gone at")
	d.Press("0")
	d.Gone("AS OF")
	d.See("+ 1 gone")
	d.See("❯configmaps/shop/flags")
	d.See("gone at 7  YAML")
}

// TestCommandsHaveTheirPlaces lists the commands of the program and of its features in one order, each in a place of its
// own, the way through time first: enter on an empty line must not begin anything long.
func TestCommandsHaveTheirPlaces(t *testing.T) {
	_, d := opened(t, 120, 40)
	all := allCommands(d.Model().(*Model))
	names := map[string]bool{}
	for i, c := range all {
		if c.Place <= 0 || i > 0 && c.Place <= all[i-1].Place {
			t.Errorf("%s is in place %d", c.Names[0], c.Place)
		}
		for _, n := range c.Names {
			if names[n] {
				t.Errorf("two commands are called %s", n)
			}
			names[n] = true
		}
	}
	if len(all) < 20 || all[0].Names[0] != "rev" {
		t.Errorf("%d commands, the first is %s", len(all), all[0].Names[0])
	}
}

// TestFilterTimeline: / in the timeline filters it; what is not understood is named, and esc shows all again.
func TestFilterTimeline(t *testing.T) {
	src := withPods()
	for _, phase := range []string{"Pending", "Running", "Failed"} {
		src.Put("/registry/pods/shop/web-1", pod("web-1", phase))
	}
	d := openedWith(t, src, 160, 40)
	d.Press("/")
	d.Type("web-1")
	d.See("1 of 9")
	d.Press("enter 2 /")
	d.Type("type:up")
	d.Press("tab")
	d.See("/type:updated")
	d.See("Timeline  /type:updated")
	d.Type(" colour:red")
	d.See("there is no word colour:")
	d.Press("esc")
	if s := d.Text(); strings.Contains(s, "/type:updated") {
		t.Errorf("esc leaves the filter:\n%s", s)
	}
}

// TestRecreatedIsNotDeleted: a key that exists again is not among what was deleted, whether it came back before the list was
// opened or while it is looked at; its next deletion is.
func TestRecreatedIsNotDeleted(t *testing.T) {
	t.Parallel()
	src := withPods()
	d := openedWith(t, src, 120, 30)
	src.Put("/registry/pods/shop/web-1", nil)
	src.Put("/registry/pods/shop/web-1", pod("web-1", "Running"))
	src.Put("/registry/pods/shop/web-2", nil)
	d.Press("g d")
	d.See("− pods/shop/web-2")
	if s := d.Text(); strings.Contains(s, "− pods/shop/web-1") {
		t.Errorf("a pod that exists again is among what was deleted:\n%s", s)
	}
	src.Put("/registry/pods/shop/web-2", pod("web-2", "Pending"))
	d.Gone("− pods/shop/web-2")
	src.Put("/registry/pods/shop/web-1", nil)
	d.See("− pods/shop/web-1")
	d.See("1 row ")
}

// TestDeleted lists what was deleted; enter shows the last value, and a offers to bring it back.
func TestDeleted(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {160, 40}} {
		src := withPods()
		d := openedWith(t, src, size[0], size[1])
		src.Put("/registry/pods/shop/web-1", nil)
		d.Press("g d")
		d.See("− pods/shop/web-1")
		d.See("1 row ")
		if at := strings.Index(d.Text(), "is:gone"); at < 0 || strings.Count(d.Text()[:at], "\n") > size[1]*2/5 {
			t.Errorf("the list has little room:\n%s", d.Text())
		}
		d.Press("enter")
		d.See("gone at")
		d.See("kind: Pod")
		d.Press("a")
		d.See("Bring back 1 object as YAML")
	}
}

// TestFilterGoesOn types at the filter that holds: what is typed is another term of it.
func TestFilterGoesOn(t *testing.T) {
	for _, c := range []struct{ keys, first, more, want string }{
		{"1", "ns:shop", "web", "/ns:shop web"},
		{"3", "type:created", "web", "/type:created web"},
		{"2", "type:created", "until:9", "/type:created until:9"},
	} {
		d := openedWith(t, withPods(), 160, 40)
		d.Command("key /registry/configmaps/shop/flags")
		d.See("field: two")
		d.Press(c.keys)
		d.Fill("/", c.first)
		d.Press("/")
		d.Type(c.more)
		d.See(c.want)
	}
}

// TestFilterTimelineReadsOn filters the timeline of a key of a file by what only its oldest versions have: they are read without a key
// pressed, and the step to an older version reads on too.
func TestFilterTimelineReadsOn(t *testing.T) {
	src := shop()
	for i := range 130 {
		src.Put("/registry/configmaps/shop/often", stored("ConfigMap", "often", fmt.Sprintf("value-%03d", i)))
	}
	src.Describing(func(i *etcdsource.Info) { i.Spare = false })
	d := openedWith(t, src, 120, 40)
	d.Command("key /registry/configmaps/shop/often")
	d.See("40+ revisions")
	d.Press("2 /")
	d.Type("type:created")
	d.See("1 of 130 revisions")
	d.See("field: value-000")
	d.Press("esc")
	d.See("field: value-129")
}

// TestStepReadsOn goes to older versions of a key than were read.
func TestStepReadsOn(t *testing.T) {
	src := shop()
	for i := range 60 {
		src.Put("/registry/configmaps/shop/often", stored("ConfigMap", "often", fmt.Sprintf("value-%03d", i)))
	}
	d := openedWith(t, src, 120, 40)
	d.Command("key /registry/configmaps/shop/often")
	d.See("40+ revisions")
	d.Press("2 { { { {")
	d.See("field: value-020")
	d.Press("[")
	d.See("60 revisions")
	d.Press("[")
	d.See("field: value-019")
}

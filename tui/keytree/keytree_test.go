package keytree

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/find"
	"github.com/etcdscope/etcdscope/model/session"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/pane/panetest"
)

func dir(path string, keys int64) etcdsource.Child {
	name := strings.TrimSuffix(path, "/")
	return etcdsource.Child{Path: []byte(path), Name: name[strings.LastIndexByte(name, '/')+1:], Dir: true, Keys: keys}
}

func leaf(path string) etcdsource.Child {
	return etcdsource.Child{Path: []byte(path), Name: path[strings.LastIndexByte(path, '/')+1:]}
}

// fill lists a folder, as the program does when its answer arrives.
func fill(s *session.State, path string, kids ...etcdsource.Child) {
	l := s.Shown.List(path, 7)
	s.Shown.Page(l, kids)
	s.Shown.Done(l, "")
	if n := s.Shown.Find(path); n != nil && path != "" {
		s.Shown.SetOpen(n, true)
	}
}

// shop is the pane over a small store.
func shop(t *testing.T) (*Pane, *session.State) {
	s := session.New(etcdsource.Info{Running: true, Spare: true, Revision: 7}, "/registry/")
	fill(s, "", dir("/", 4), leaf("compact_rev_key"))
	fill(s, "/", dir("/registry/", 4))
	fill(s, "/registry/", dir("/registry/configmaps/", 2), dir("/registry/pods/", 1200300))
	fill(s, "/registry/configmaps/", dir("/registry/configmaps/demo/", 2))
	fill(s, "/registry/configmaps/demo/", leaf("/registry/configmaps/demo/a"), leaf("/registry/configmaps/demo/b\x1b[31mevil\u202e-with-a-name-that-does-not-end-soon"))
	p := New(panetest.Style(t), s, "/registry/", func(path string) bool { return path == "compact_rev_key" })
	p.Resize(40, 10)
	p.Sync()
	return p, s
}

// do carries out actions and returns the last intent.
func do(p *Pane, actions ...keymap.Action) (in pane.Intent) {
	for _, a := range actions {
		in = p.Do(a)
	}
	return in
}

func at(t *testing.T, p *Pane, path string) {
	t.Helper()
	if p.Cursor() != path || p.Node() == nil || p.Node().Path != path {
		t.Errorf("the cursor is on %q, want %q", p.Cursor(), path)
	}
}

func TestMoving(t *testing.T) {
	p, s := shop(t)
	at(t, p, "/registry/")
	if in := do(p, keymap.Down); in != (pane.Select{Path: "/registry/configmaps/"}) {
		t.Errorf("down asks for %v", in)
	}
	if in := do(p, keymap.Down, keymap.Down, keymap.Open); in != (pane.Open{Path: "/registry/configmaps/demo/a"}) {
		t.Errorf("opening a key asks for %v", in)
	}
	do(p, keymap.Collapse) // from a key to its folder
	at(t, p, "/registry/configmaps/demo/")
	if in := do(p, keymap.Collapse); in != nil || p.Node().Open {
		t.Errorf("closing asks for %v, open %t", in, p.Node().Open)
	}
	do(p, keymap.Parent, keymap.Parent)
	at(t, p, "/registry/")
	do(p, keymap.Last)
	at(t, p, "compact_rev_key")
	if in := do(p, keymap.Down); in != nil {
		t.Errorf("below the last row: %v", in)
	}
	do(p, keymap.First, keymap.Expand, keymap.Expand, keymap.Expand) // into the closed folder below
	if n := s.Shown.Find("/registry/configmaps/demo/"); !n.Open {
		t.Error("the folder was not opened again")
	}
	if in := p.Go("/registry/pods/"); in != (pane.Select{Path: "/registry/pods/"}) {
		t.Errorf("going asks for %v", in)
	}
	if in := do(p, keymap.Open); in != (pane.Load{Path: "/registry/pods/"}) {
		t.Errorf("opening a folder that was not read asks for %v", in)
	}
}

// TestCursorIsAKey adds and takes away keys around the cursor: it stays where it was.
func TestCursorIsAKey(t *testing.T) {
	p, s := shop(t)
	p.Go("/registry/configmaps/demo/a")
	apply := func(key string, rev int64, typ etcdsource.Type) {
		s.Apply(etcdsource.Batch{Events: []etcdsource.Event{{Key: []byte(key), Mod: rev, Create: rev, Version: 1, Type: typ}}, Revision: rev}, time.Time{})
		p.Sync()
	}
	apply("/registry/configmaps/demo/0", 8, etcdsource.Created)
	at(t, p, "/registry/configmaps/demo/a")
	if !strings.Contains(panetest.Rows(t, p, 40, 10), "❯        a") {
		t.Errorf("the row of the cursor:\n%s", panetest.Rows(t, p, 40, 10))
	}
	apply("/registry/configmaps/demo/a", 9, etcdsource.Deleted)
	if p.Cursor() != "/registry/configmaps/demo/a" || p.Node() != nil {
		t.Errorf("the cursor left the deleted key for %q", p.Cursor())
	}
	apply("/registry/configmaps/demo/a", 10, etcdsource.Created)
	at(t, p, "/registry/configmaps/demo/a")
	s.Shown.SetOpen(s.Shown.Find("/registry/configmaps/"), false) // a row that is hidden hands the cursor on
	p.Sync()
	if n := p.Node(); n == nil || strings.HasPrefix(n.Path, "/registry/configmaps/demo/") {
		t.Errorf("the cursor is on the hidden %q", p.Cursor())
	}
}

// TestFresh marks keys that were just written, for a while.
func TestFresh(t *testing.T) {
	p, _ := shop(t)
	now := p.style.Now
	p.Touch(map[string]bool{"/registry/configmaps/demo/a": true}, now)
	dot := p.style.Theme.Glyphs.Dot
	if !p.Fresh() || strings.Count(panetest.Rows(t, p, 40, 10), dot) != 1 {
		t.Errorf("no mark:\n%s", panetest.Rows(t, p, 40, 10))
	}
	p.style.Now = now.Add(freshFor)
	if strings.Contains(panetest.Rows(t, p, 40, 10), dot) {
		t.Error("the mark stays")
	}
	if p.Touch(nil, now.Add(2*freshFor)); p.Fresh() {
		t.Error("it is still remembered")
	}
}

// TestDrawing draws the states of the tree at every size, and compares some.
func TestDrawing(t *testing.T) {
	p, _ := shop(t)
	panetest.EverySize(t, p)
	panetest.Golden(t, "tree-40x10", panetest.Rows(t, p, 40, 10))
	if title := p.Title(); title.Left != "Keys" || title.Right != "/registry" {
		t.Errorf("title %+v", title)
	}
	for name, fail := range map[string]string{"empty": "", "failed": "etcdserver: permission denied \x1b[31m"} {
		s := session.New(etcdsource.Info{Running: true, Spare: true, Revision: 7}, "/registry/")
		l := s.Shown.List("", 7)
		s.Shown.Done(l, fail)
		p := New(panetest.Style(t), s, "/registry/", func(string) bool { return false })
		p.Sync()
		panetest.EverySize(t, p)
		panetest.Golden(t, name+"-40x10", panetest.Rows(t, p, 40, 10))
		if in := do(p, keymap.Down, keymap.Open, keymap.Expand, keymap.Collapse, keymap.Parent, keymap.Last); in != nil || p.Node() != nil {
			t.Errorf("%s: actions ask for %v", name, in)
		}
	}
}

// TestMouse clicks and scrolls.
func TestMouse(t *testing.T) {
	p, _ := shop(t)
	if in := p.Click(3, 3, false); in != (pane.Select{Path: "/registry/configmaps/demo/a"}) {
		t.Errorf("a click asks for %v", in)
	}
	if in := p.Click(3, 3, true); in != (pane.Open{Path: "/registry/configmaps/demo/a"}) {
		t.Errorf("a double click asks for %v", in)
	}
	for _, y := range []int{-5, 9, 100} {
		if in := p.Click(3, y, true); in != nil {
			t.Errorf("a click beside the rows asks for %v", in)
		}
	}
	p.Resize(40, 3)
	p.Wheel(100)
	p.Wheel(-100)
	if rows := panetest.Rows(t, p, 40, 3); !strings.Contains(rows, "registry") {
		t.Errorf("scrolled there and back:\n%s", rows)
	}
}

// keys are hits.
type keys []string

func (k keys) Len() int             { return len(k) }
func (k keys) Key(i int) string     { return k[i] }
func (k keys) Index(key string) int { return slices.Index(k, key) }

// TestFirstHit: while something is typed the cursor is on the first hit, whatever comes in above; once one was picked it
// stays there until something else is typed.
func TestFirstHit(t *testing.T) {
	p, _ := shop(t)
	show := func(query string, hits ...string) {
		p.ShowFound(&Found{Hits: keys(hits), Query: find.Parse(query)})
	}
	on := func(want string) {
		t.Helper()
		if p.Cursor() != want {
			t.Errorf("the cursor is on %q, want %q", p.Cursor(), want)
		}
	}
	show("x", "/m")
	show("x", "/a", "/m", "/z")
	on("/a")
	do(p, keymap.Down)
	show("x", "/0", "/a", "/m", "/z")
	on("/m")
	show("xy", "/a", "/m")
	on("/a")
	p.Pick()
	show("xy", "/0", "/a")
	on("/a")
}

// TestPickedHitIsKept: a hit that was picked stays selected while a list is read again that does not have it yet; once all hits are
// there without it, the cursor goes to one near it, or to nothing.
func TestPickedHitIsKept(t *testing.T) {
	p, _ := shop(t)
	show := func(whole bool, hits ...string) string {
		p.ShowFound(&Found{Hits: keys(hits), Query: find.Parse("x"), Whole: whole})
		return p.Cursor()
	}
	show(true, "/a", "/m", "/z")
	do(p, keymap.Down)
	for _, c := range []struct {
		whole bool
		hits  []string
		want  string
	}{{false, nil, "/m"}, {false, []string{"/a"}, "/m"}, {true, []string{"/a", "/m", "/z"}, "/m"}, {false, []string{"/a", "/z"}, "/m"}, {true, []string{"/a", "/z"}, "/z"}, {true, nil, ""}} {
		if got := show(c.whole, c.hits...); got != c.want {
			t.Errorf("with %v, whole: %v, the cursor is on %q, want %q", c.hits, c.whole, got, c.want)
		}
	}
}

// TestNotes: where a name and what is said behind it do not fit both, the sign of that stays and the name is shown whole
// as long as it can be.
func TestNotes(t *testing.T) {
	p, _ := shop(t)
	said := ""
	p.ShowFound(&Found{Hits: keys{"/registry/deployments/demo/payments"}, Query: find.Parse("pay"), Note: func(string) Note { return Note{Text: said} }})
	for _, c := range []struct {
		w          int
		note, want string
	}{
		{40, "− gone", "❯deployments/demo/payments  − gone"}, {31, "− gone", "❯deployments/demo/payments  −"}, {28, "− gone", "❯…ployments/demo/payments  −"},
		{60, "field: a long value", "❯deployments/demo/payments  field: a long value"}, {40, "field: a long value that has no room", "❯…ployments/demo/payments  field: a lon…"},
	} {
		said = c.note
		if got := strings.TrimRight(strings.Split(panetest.Rows(t, p, c.w, 3), "\n")[0], " "); got != c.want {
			t.Errorf("in %d columns: %q, want %q", c.w, got, c.want)
		}
	}
}

// TestFoundTitle: the title names the filter where there is room, and the count of what is pending stays.
func TestFoundTitle(t *testing.T) {
	p, _ := shop(t)
	p.ShowFound(&Found{Hits: keys{}, Title: "1,234 of 12k, 11k pending", Short: "11k pending", Typed: "/by:kubelet"})
	for _, c := range []struct {
		w           int
		left, right string
	}{{60, "Keys  /by:kubelet", "1,234 of 12k, 11k pending"}, {45, "/by:kubelet", "1,234 of 12k, 11k pending"}, {40, "Keys  /by:kubelet", "11k pending"}, {27, "/by:kub…", "11k pending"}} {
		p.Resize(c.w, 10)
		if got := p.Title(); got.Left != c.left || got.Right != c.right {
			t.Errorf("in %d columns the title is %q and %q", c.w, got.Left, got.Right)
		}
	}
	p.ShowFound(&Found{Hits: keys{}, Title: "3 of 1389 + 5 gone", Short: "3 + 5 gone", Typed: "/kind:deploy"})
	for _, c := range []struct {
		w           int
		left, right string
	}{{60, "Keys  /kind:deploy", "3 of 1389 + 5 gone"}, {38, "/kind:deploy", "3 of 1389 + 5 gone"}, {31, "/kind:deploy", "3 + 5 gone"}, {26, "/kind:d…", "3 + 5 gone"}, {25, "Keys  /kind:deploy", ""}, {22, "/kind:deploy", ""}} {
		p.Resize(c.w, 10)
		if got := p.Title(); got.Left != c.left || got.Right != c.right {
			t.Errorf("in %d columns the title is %q and %q", c.w, got.Left, got.Right)
		}
	}
}

package session

import (
	"fmt"
	"runtime"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// world is a naive versioned store: every state it ever had.
type world struct {
	rev    int64
	states []map[string]int64 // by revision: key → mod revision
	events []etcdsource.Event
}

func newWorld() *world { return &world{rev: 1, states: []map[string]int64{{}, {}}} }

func (w *world) write(key string, del bool) {
	old := w.states[w.rev]
	_, had := old[key]
	if del && !had {
		return
	}
	next := make(map[string]int64, len(old)+1)
	for k, v := range old {
		next[k] = v
	}
	w.rev++
	e := etcdsource.Event{Key: []byte(key), Mod: w.rev, Type: etcdsource.Updated, Version: 2}
	switch {
	case del:
		e.Type = etcdsource.Deleted
		delete(next, key)
	case !had:
		e.Type, e.Version, e.Create = etcdsource.Created, 1, w.rev
	}
	if !del {
		next[key] = w.rev
	}
	w.states = append(w.states, next)
	w.events = append(w.events, e)
}

func (w *world) children(prefix string, rev int64) []etcdsource.Child {
	seen := map[string]etcdsource.Child{}
	for k, mod := range w.states[rev] {
		if !strings.HasPrefix(k, prefix) {
			continue
		}
		p := nextPath(k, len(prefix))
		if p != prefix && strings.HasSuffix(p, "/") {
			seen["d"+p] = etcdsource.Child{Path: []byte(p), Dir: true, Keys: -1}
		} else {
			seen["k"+k] = etcdsource.Child{Path: []byte(k), Entry: etcdsource.Entry{Key: []byte(k), Mod: mod}}
		}
	}
	out := make([]etcdsource.Child, 0, len(seen))
	for _, c := range seen {
		out = append(out, c)
	}
	sort.Slice(out, func(i, j int) bool { return string(out[i].Path) < string(out[j].Path) })
	return out
}

func (w *world) count(prefix string, rev int64) (n int64) {
	for k := range w.states[rev] {
		if strings.HasPrefix(k, prefix) {
			n++
		}
	}
	return n
}

// unsure reports whether the tree cannot know that a folder has become empty.
func unsure(n *Node) bool {
	if !n.Dir || n.Keys >= 0 {
		return false
	}
	for _, k := range n.Kids {
		if !unsure(k) {
			return false
		}
	}
	return n.Load != Loaded || len(n.Kids) > 0
}

// check compares what the tree has read with the store at the revision that the tree has seen.
func (w *world) check(t *rapid.T, tree *Tree, rev int64) {
	var walk func(n *Node)
	walk = func(n *Node) {
		if n.Keys >= 0 {
			if want := w.count(n.Path, rev); n.Keys != want {
				t.Fatalf("count of %q is %d at %d, want %d", n.Path, n.Keys, rev, want)
			}
		}
		if n.Load != Loaded {
			return
		}
		var got, want []string
		for _, k := range n.Kids {
			got = append(got, fmt.Sprintf("%s %v %d", k.Path, k.Dir, k.Mod))
		}
		for _, c := range w.children(n.Path, rev) {
			want = append(want, fmt.Sprintf("%s %v %d", c.Path, c.Dir, c.Entry.Mod))
		}
		// A folder whose count is not known stays until it is read again, although its last key has gone.
		have := map[string]bool{}
		for _, g := range got {
			have[g] = true
		}
		for _, x := range want {
			if !have[x] {
				t.Fatalf("children of %q at %d are %v, want %v", n.Path, rev, got, want)
			}
			delete(have, x)
		}
		for x := range have {
			k := n.child(strings.Fields(x)[0])
			if k == nil || !unsure(k) {
				t.Fatalf("children of %q at %d are %v, want %v", n.Path, rev, got, want)
			}
		}
		for _, k := range n.Kids {
			if k.Dir {
				walk(k)
			}
		}
	}
	walk(tree.root)
}

// TestPagesMeetTheWatch lists, counts and watches in every order that the network could produce.
func TestPagesMeetTheWatch(t *testing.T) {
	keys := []string{"/r/a/x", "/r/a/y", "/r/a", "/r/b/x", "/r/b/n/z", "/r/a/", "top", "/r/c/q"}
	folders := []string{"", "/", "/r/", "/r/a/", "/r/b/", "/r/b/n/", "/r/c/"}
	rapid.Check(t, func(t *rapid.T) {
		w, tree, seen := newWorld(), NewTree(), 0
		type flight struct {
			l     Listing
			pages []etcdsource.Child
			count bool
		}
		var air []flight
		deliver := func() {
			if seen < len(w.events) {
				tree.Apply(&w.events[seen])
				seen++
			}
		}
		at := func() int64 { // the revision that the screen has seen, at which it asks
			if seen == 0 {
				return 1
			}
			return w.events[seen-1].Mod
		}
		land := func(i int, all bool) {
			f := &air[i]
			if f.count {
				tree.Counted(f.l.Path, f.l.Rev, w.count(f.l.Path, f.l.Rev))
				air = append(air[:i], air[i+1:]...)
				return
			}
			n := min(2, len(f.pages))
			if all {
				n = len(f.pages)
			}
			tree.Page(f.l, f.pages[:n])
			if f.pages = f.pages[n:]; len(f.pages) == 0 {
				tree.Done(f.l, "")
				air = append(air[:i], air[i+1:]...)
			}
		}
		if rapid.Bool().Draw(t, "expected") {
			for range rapid.IntRange(0, 5).Draw(t, "before") {
				w.write(rapid.SampledFrom(keys).Draw(t, "key"), false)
				deliver()
			}
			tree.Expect("/r/", []string{"a/", "b/", "zz/"})
			for _, f := range []string{"/r/", "/", ""} {
				air = append(air, flight{l: tree.List(f, at()), pages: w.children(f, at())})
			}
		}
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			switch rapid.IntRange(0, 6).Draw(t, "what") {
			case 6:
				if n := tree.Find(rapid.SampledFrom(folders).Draw(t, "summed up")); n != nil {
					tree.SumUp(n)
				}
			case 0, 1:
				w.write(rapid.SampledFrom(keys).Draw(t, "key"), rapid.IntRange(0, 2).Draw(t, "del") == 0)
			case 2:
				deliver()
			case 3:
				f := rapid.SampledFrom(folders).Draw(t, "folder")
				if tree.Find(f) != nil {
					air = append(air, flight{l: tree.List(f, at()), pages: w.children(f, at())})
				}
			case 4:
				f := rapid.SampledFrom(folders).Draw(t, "counted")
				if tree.Find(f) != nil {
					tree.Counting()
					air = append(air, flight{l: Listing{Path: f, Rev: at()}, count: true})
				}
			case 5:
				if len(air) > 0 {
					land(rapid.IntRange(0, len(air)-1).Draw(t, "lands"), false)
				}
			}
		}
		for len(air) > 0 {
			land(0, true)
		}
		for seen < len(w.events) {
			deliver()
		}
		w.check(t, tree, w.rev)
	})
}

// TestSize bounds what a key of a long folder takes: its path, and little more.
func TestSize(t *testing.T) {
	const n, page = 100_000, 2000
	measure := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := measure()
	tree := NewTree()
	l := tree.List("", 1)
	pathBytes := 0
	for i := 0; i < n; i += page {
		kids := make([]etcdsource.Child, page)
		for j := range kids {
			kids[j].Path = fmt.Appendf(nil, "web-%06d-7d4b9c8f6b", i+j)
			pathBytes += len(kids[j].Path)
		}
		tree.Page(l, kids)
	}
	tree.Done(l, "")
	rows := tree.Rows()
	each := (int(measure()-before) - pathBytes) / n
	if each > 100 || len(rows) != n {
		t.Errorf("%d rows take %d bytes each beside their paths, want at most 100", len(rows), each)
	}
	runtime.KeepAlive(tree)
}

// TestApart: a folder that another store keeps is in the tree at all times, in no count, and is not there where this store
// has one of that name.
func TestApart(t *testing.T) {
	t.Parallel()
	s := New(etcdsource.Info{Revision: 10}, "/registry/")
	s.Apart("/registry/events/", "/registry/pods/")
	read := func() {
		for _, path := range []string{"", "/", "/registry/"} {
			l := s.Tree.List(path, s.Revision())
			kids := []etcdsource.Child{{Path: []byte("/registry/pods/"), Name: "pods", Dir: true, Keys: 3}}
			if path != "/registry/" {
				next := nextPath("/registry/", len(path))
				kids = []etcdsource.Child{{Path: []byte(next), Dir: true, Keys: 3}}
			}
			s.Tree.Page(l, kids)
			s.Tree.Done(l, "")
		}
	}
	for range 2 {
		read()
		events, pods := s.Tree.Find("/registry/events/"), s.Tree.Find("/registry/pods/")
		if events == nil || events.Load != Apart || events.Keys >= 0 || pods == nil || pods.Load == Apart || s.Tree.Find("/registry/").Keys != 3 {
			t.Fatalf("events %+v, pods %+v", events, pods)
		}
		if s.Tree.SetOpen(events, true); events.Open {
			t.Error("it opens in this tree")
		}
		read() // a second listing neither drops nor doubles it
		if n := len(s.Tree.Find("/registry/").Kids); n != 2 {
			t.Errorf("%d folders", n)
		}
		s.Travel(5)
	}
}

package session

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestExpect shows folders before they were read, and removes those that a listing does not contain.
func TestExpect(t *testing.T) {
	t.Parallel()
	shown := func(tree *Tree) string {
		var out []string
		for _, r := range tree.Rows() {
			name := r.Node.Name()
			if r.Node.Expected {
				name += "?"
			}
			out = append(out, name)
		}
		return strings.Join(out, " ")
	}
	dir := func(path string) etcdsource.Child { return etcdsource.Child{Path: []byte(path), Dir: true, Keys: -1} }
	begin := func() (*Tree, Listing) {
		tree := NewTree()
		tree.Expect("/k8s/eu/", []string{"configmaps/", "pods/", "secrets/"})
		var l Listing
		for _, path := range []string{"", "/", "/k8s/", "/k8s/eu/"} {
			l = tree.List(path, 7)
		}
		return tree, l
	}
	tree, l := begin()
	is := func(want string) {
		t.Helper()
		if got := shown(tree); got != want {
			t.Errorf("shown %q, want %q", got, want)
		}
	}
	is("k8s eu configmaps? pods? secrets?")
	tree.Page(l, []etcdsource.Child{dir("/k8s/eu/apps/"), dir("/k8s/eu/pods/")})
	is("k8s eu apps pods secrets?")
	tree.Apply(&etcdsource.Event{Key: []byte("/k8s/eu/secrets/x/y"), Mod: 8, Create: 8, Version: 1, Type: etcdsource.Created})
	is("k8s eu apps pods secrets")
	tree.Done(l, "")
	is("k8s eu apps pods secrets")

	tree, l = begin()
	tree.Apply(&etcdsource.Event{Key: []byte("/k8s/eu/pods/x/y"), Mod: 8, Type: etcdsource.Deleted})
	tree.Done(l, "")
	is("k8s")

	tree, l = begin()
	tree.Page(l, []etcdsource.Child{dir("/k8s/eu/configmaps/")})
	tree.Done(l, "no answer")
	is("k8s eu configmaps")
}

// TestSumUp counts a folder by what is in it.
func TestSumUp(t *testing.T) {
	t.Parallel()
	tree := NewTree()
	l := tree.List("", 7)
	tree.Page(l, []etcdsource.Child{{Path: []byte("r/"), Dir: true, Keys: -1}})
	tree.Done(l, "")
	l = tree.List("r/", 7)
	tree.Page(l, []etcdsource.Child{{Path: []byte("r/a/"), Dir: true, Keys: 4}, {Path: []byte("r/b/"), Dir: true, Keys: -1}, {Path: []byte("r/c")}})
	r := tree.Find("r/")
	if tree.SumUp(r) {
		t.Error("it is counted before it was read")
	}
	tree.Done(l, "")
	if tree.SumUp(r) || r.Keys >= 0 {
		t.Error("it is counted before all that is in it is")
	}
	tree.Counting()
	tree.Counted("r/b/", 7, 10)
	if !tree.SumUp(r) || r.Keys != 15 {
		t.Errorf("%d keys", r.Keys)
	}
	tree.Apply(&etcdsource.Event{Key: []byte("r/d/x"), Mod: 8, Create: 8, Version: 1, Type: etcdsource.Created})
	if r.Keys != 16 {
		t.Errorf("%d keys after a write", r.Keys)
	}
}

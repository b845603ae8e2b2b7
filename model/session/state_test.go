package session

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

func put(key string, rev int64, value string) etcdsource.Event {
	return etcdsource.Event{Key: []byte(key), Value: []byte(value), Mod: rev, Create: rev, Version: 1, Type: etcdsource.Created}
}

func TestApplySaysWhatItTouched(t *testing.T) {
	s := New(etcdsource.Info{Running: true, Spare: true, Revision: 4}, "/registry/")
	c := s.Apply(etcdsource.Batch{
		Events:   []etcdsource.Event{put("/r/a", 5, "1"), put("/r/b", 6, "2")},
		Revision: 6,
		Status:   etcdsource.Status{State: etcdsource.Live},
	}, time.Unix(100, 0))
	if !c.Status || !c.Feed || c.Relist || !c.Touches([]byte("/r/a")) || c.Touches([]byte("/r/c")) {
		t.Errorf("change is %+v", c)
	}
	if s.Head != 6 || len(s.Feed.Items()) != 2 {
		t.Errorf("head %d, %d items", s.Head, len(s.Feed.Items()))
	}
	c = s.Apply(etcdsource.Batch{Revision: 9, Lost: etcdsource.Window{From: 7, To: 8, Reason: "compacted"}, Relist: true, Status: s.Status}, time.Unix(101, 0))
	if c.Status || !c.Relist || len(s.Gaps) != 1 || s.Head != 9 {
		t.Errorf("change is %+v, gaps %v, head %d", c, s.Gaps, s.Head)
	}
}

func TestManyKeysAreNotListed(t *testing.T) {
	s := New(etcdsource.Info{}, "/registry/")
	var b etcdsource.Batch
	for i := range maxTouched + 10 {
		b.Events = append(b.Events, put(fmt.Sprint("/k", i), int64(i+1), ""))
	}
	if c := s.Apply(b, time.Unix(1, 0)); c.Keys != nil || !c.Touches([]byte("/other")) {
		t.Errorf("%d keys are listed", len(c.Keys))
	}
}

// TestPastStandsStill checks that changes made now do not enter a tree that shows another time.
func TestPastStandsStill(t *testing.T) {
	s := New(etcdsource.Info{Running: true, Spare: true, Revision: 10}, "/registry/")
	s.Travel(7)
	l := s.Tree.List("", 7)
	s.Tree.Page(l, []etcdsource.Child{{Path: []byte("a")}})
	s.Tree.Done(l, "")
	s.Apply(etcdsource.Batch{Events: []etcdsource.Event{put("b", 11, "")}, Revision: 11}, time.Unix(1, 0))
	if n := len(s.Tree.Rows()); n != 1 || s.Head != 11 || s.Revision() != 7 {
		t.Errorf("%d rows, head %d, revision %d", n, s.Head, s.Revision())
	}
	gen := s.Gen
	s.Travel(11)
	if s.At != 0 || s.Gen == gen {
		t.Errorf("travelling to the head of a live store ends at %d, generation %d", s.At, s.Gen)
	}
}

func TestFeedLetsValuesGoBeforeEntries(t *testing.T) {
	f := NewFeed(10)
	for i := range 5 {
		e := put("/k", int64(i+1), "1234")
		f.Add(&e)
	}
	var gone []bool
	for _, it := range f.Items() {
		gone = append(gone, it.ValueGone)
	}
	if want := []bool{true, true, true, false, false}; !reflect.DeepEqual(gone, want) {
		t.Errorf("values gone: %v, want %v", gone, want)
	}
	if e := f.Before(4, []byte("/k")); e == nil || e.Mod != 4 {
		t.Errorf("before the last is %v", e)
	}
	for i := range maxFeed {
		e := put("/k", int64(i+10), "")
		f.Add(&e)
	}
	n := len(f.Items())
	if n > maxFeed || int64(n-1)+f.dropped != maxFeed+5 {
		t.Errorf("%d items and %d dropped", n, f.dropped)
	}
	if gap := f.Items()[0].Gap; gap.From != 1 || gap.To != f.Items()[1].Event.Mod-1 {
		t.Errorf("%+v stands for what went before %d", gap, f.Items()[1].Event.Mod)
	}
}

func TestFeedTakesThePastInFront(t *testing.T) {
	f := NewFeed(9)
	newest := put("/k", 9, "1234")
	f.Add(&newest)
	f.Gap(etcdsource.Window{From: 10, To: 12, Reason: "test"})
	f.Past(etcdsource.Window{From: 1, To: 6, Reason: "compacted"}, []etcdsource.Event{put("/k", 7, "1234"), put("/k", 8, "1234")})
	var got []int64
	for _, it := range f.Items() {
		got = append(got, it.Event.Mod-it.Gap.To)
	}
	if want := []int64{-6, 7, 8, 9, -12}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if items := f.Items(); !items[1].ValueGone || items[2].ValueGone || items[3].ValueGone {
		t.Errorf("the oldest value goes first: %+v", items)
	}
}

func TestRate(t *testing.T) {
	r := NewRate()
	at := func(s int64) time.Time { return time.Unix(1000+s, 0) }
	r.Add(10, at(0))
	r.Add(20, at(1))
	r.Add(99, at(2)) // the second that has not ended does not count
	if got := r.PerSecond(at(2)); got != 15 {
		t.Errorf("%v writes a second, want 15", got)
	}
	if got := r.History(3, at(3)); !reflect.DeepEqual(got, []int{10, 20, 99}) {
		t.Errorf("history is %v", got)
	}
	if got := r.PerSecond(at(500)); got != 0 {
		t.Errorf("%v writes a second after a long silence", got)
	}
}

func TestRows(t *testing.T) {
	tree := NewTree()
	list := func(path string, kids ...etcdsource.Child) {
		l := tree.List(path, 1)
		tree.Page(l, kids)
		tree.Done(l, "")
	}
	dir := func(p string) etcdsource.Child { return etcdsource.Child{Path: []byte(p), Dir: true, Keys: 2} }
	key := func(p string) etcdsource.Child { return etcdsource.Child{Path: []byte(p)} }
	list("", dir("/"), key("top"))
	list("/", dir("/registry/"))
	list("/registry/", dir("/registry/pods/"), dir("/registry/secrets/"))
	list("/registry/pods/", key("/registry/pods/web"), key("/registry/pods/db"))
	for _, p := range []string{"/registry/", "/registry/pods/"} {
		tree.SetOpen(tree.Find(p), true)
	}
	rows := func() (out []string) {
		for _, r := range tree.Rows() {
			out = append(out, fmt.Sprint(r.Depth, r.Node.Name()))
		}
		return
	}
	if want := []string{"0registry", "1pods", "2db", "2web", "1secrets", "0top"}; !reflect.DeepEqual(rows(), want) {
		t.Errorf("rows are %v, want %v", rows(), want)
	}
	if i := tree.Index("/registry/secrets/x/y"); tree.Rows()[i].Node.Name() != "secrets" {
		t.Errorf("a path below a closed folder is at row %d", i)
	}
	if got := tree.OpenPaths(); !reflect.DeepEqual(got, []string{"", "/", "/registry/", "/registry/pods/"}) {
		t.Errorf("open are %q", got)
	}
}

package tui

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// storyStore is a store with a story of three steps, each of which writes a pod.
type storyStore struct {
	*tuitest.Memory
	story etcdsource.Story
}

func newStoryStore(m *tuitest.Memory, start int64) *storyStore {
	x := &storyStore{Memory: m, story: etcdsource.Story{Name: "pods", Tab: "Pods", Title: "Three Pods", Intro: "Three Pods are made.", Start: start}}
	for i := range 3 {
		x.story.Steps = append(x.story.Steps, etcdsource.Step{Title: fmt.Sprint("Pod ", i), Writer: "kubectl", Lane: "client", Say: "It is made.", Key: fmt.Appendf(nil, "/registry/pods/shop/storyStore-%d", i)})
	}
	return x
}

// Story implements etcdsource.Stepper.
func (x *storyStore) Story() etcdsource.Story {
	s := x.story
	s.Steps = append([]etcdsource.Step(nil), s.Steps...)
	return s
}

// Next implements etcdsource.Stepper.
func (x *storyStore) Next(context.Context) (etcdsource.Step, error) {
	if x.story.Done == len(x.story.Steps) {
		return etcdsource.Step{}, io.EOF
	}
	st := &x.story.Steps[x.story.Done]
	name := path.Base(string(st.Key))
	value := bytes.Replace(pod(name, "Running"), []byte(`"shop"`), []byte(`"shop","uid":"`+name+`"`), 1)
	st.Revision, st.Stored = x.Put(string(st.Key), value), true
	x.story.Done++
	return *st, nil
}

// withStory returns a program that opens a store with a story, and other paths as ever.
func withStory(t testing.TB, src *storyStore) *Model {
	m := program(t, map[string]*tuitest.Memory{"old.db": shop()})
	other := m.deps.Open
	m.deps.Open = func(ctx context.Context, target host.Target, report host.Progress) (*learn.Opened, error) {
		if target.Path != "" {
			return other(ctx, target, report)
		}
		known, err := learn.From(ctx, src, learn.Options{Custom: true})
		return &learn.Opened{Known: known, Source: src}, err
	}
	return m
}

// TestOpensBesideAStory opens what has no story beside what has one: the box at the foot is gone, and back with its tab.
func TestOpensBesideAStory(t *testing.T) {
	d := drive(t, withStory(t, newStoryStore(relatives(), 17)), 120, 44)
	d.See("step 0 of 3")
	d.Press("4")
	d.See("old.db")
	d.Press("o")
	d.See("2/2")
	d.Gone("step 0 of 3")
	d.Press("\\")
	d.See("step 0 of 3")
	d.Press("1")
	d.See("▸ pods")
	d.Press("N")
	d.See("Namespace ─")
}

// TestStoryWithoutWords: what the author of a story has not said is said by what is known of the write, in the box and in
// the sequence.
func TestStoryWithoutWords(t *testing.T) {
	src := newStoryStore(relatives(), 17)
	src.story.Steps[1] = etcdsource.Step{Key: src.story.Steps[1].Key}
	d := drive(t, withStory(t, src), 200, 60)
	d.See("step 0 of 3")
	d.Press("space")
	d.See("It is made.")
	d.Press("space")
	d.See("step 2 of 3")
	d.See("created pods/shop/storyStore-1")
	d.See("The API server stored it as revision 19 at 03:04:05.000: created without managedFields.")
	d.Press("5")
	d.See("Sequence  Three Pods")
	d.See("a client")
	d.See("The API server stored it as revision 19 at 03:04:05.000: created without managedFields.")
	d.See("space next")
	d.Press("space")
	d.See("step 3 of 3")
}

// TestStoryBeginsWithTheOverview: before the first step of a story the screen of 80x24 says what is open, names a Pod, and
// has the changes below; with the first step the sequence is there.
func TestStoryBeginsWithTheOverview(t *testing.T) {
	m := tuitest.NewMemory(etcdsource.KindDemo, "demo")
	m.Put("/registry/pods/shop/web-1", pod("web-1", "Pending"))
	rev := m.Put("/registry/configmaps/shop/flags", stored("ConfigMap", "flags", "x"))
	d := drive(t, withStory(t, newStoryStore(m, rev)), 80, 24)
	for _, want := range []string{"Overview", "Three Pods", "space next", "pods/", "of the whole store"} {
		d.See(want)
	}
	d.Gone("Each step of the story")
	d.Press("space")
	d.See("Sequence")
	d.Gone("Overview")
}

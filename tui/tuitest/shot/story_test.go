package shot_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

const storyDir = "../../../etcdsource/demo/stories/pod"

// tale is the demo's story, read from its files: what the demo plays into an etcd is played into memory here, so that
// a picture is the same on every machine.
type tale struct {
	*tuitest.Memory
	story  etcdsource.Story
	now    time.Time
	seed   []etcdsource.Event
	writes map[int64][]etcdsource.Event
	parts  []part
}

type part struct {
	Title, Writer, Lane, Say string
	Revision                 int64
	Refused                  bool
}

func readTale(t testing.TB) *tale {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(storyDir, "story.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Name, Tab, Title, Intro string
		Now                     time.Time
		Steps                   []part
	}
	if err := yaml.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	x := &tale{now: s.Now, parts: s.Steps, writes: map[int64][]etcdsource.Event{}}
	x.story = etcdsource.Story{Name: s.Name, Tab: s.Tab, Title: s.Title, Intro: s.Intro}
	for _, p := range s.Steps {
		x.story.Steps = append(x.story.Steps, etcdsource.Step{Title: p.Title, Writer: p.Writer, Lane: p.Lane, Say: p.Say, Stored: !p.Refused})
		if !p.Refused {
			x.writes[p.Revision] = nil
		}
	}
	x.read(t)
	return x
}

// read takes every change of the story's cut.
func (x *tale) read(t testing.TB) {
	t.Helper()
	src, err := snapfile.Open(t.Context(), filepath.Join(storyDir, "cut.db.zst"), snapfile.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	stream, err := src.Watch(t.Context(), etcdsource.Prefix(""), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	for {
		batch, err := stream.Next(t.Context())
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range batch.Events {
			e.Key, e.Value = append([]byte(nil), e.Key...), append([]byte(nil), e.Value...)
			if w, ok := x.writes[e.Mod]; ok {
				x.writes[e.Mod] = append(w, e)
			} else {
				x.seed = append(x.seed, e)
			}
		}
	}
}

// begin makes the store as it is before the first step. With steps it can be stepped through.
func (x *tale) begin() {
	x.Memory = tuitest.NewMemory(etcdsource.KindDemo, "demo")
	rev, last := int64(1), int64(0)
	for i := range x.seed {
		e := &x.seed[i]
		if e.Mod != last {
			last, rev = e.Mod, rev+1
		}
		x.renumber(e, rev, x.seed[:i])
	}
	x.Load(x.seed)
	x.story.Start = rev
}

// renumber gives a change its revision in the store that it is played into.
func (x *tale) renumber(e *etcdsource.Event, rev int64, before []etcdsource.Event) {
	if e.Version == 1 {
		e.Create = rev
	}
	for i := len(before) - 1; i >= 0; i-- {
		if string(before[i].Key) == string(e.Key) {
			if e.Type == etcdsource.Updated {
				e.Create = before[i].Create
			}
			break
		}
	}
	e.Mod = rev
}

// Story implements etcdsource.Stepper.
func (x *tale) Story() etcdsource.Story {
	s := x.story
	s.Steps = append([]etcdsource.Step(nil), s.Steps...)
	return s
}

// Next implements etcdsource.Stepper.
func (x *tale) Next(context.Context) (etcdsource.Step, error) {
	if x.story.Done == len(x.parts) {
		return etcdsource.Step{}, io.EOF
	}
	p, step := x.parts[x.story.Done], &x.story.Steps[x.story.Done]
	info, _ := x.Describe(context.Background())
	step.Revision = info.Revision
	if events := x.writes[p.Revision]; !p.Refused {
		step.Revision++
		for i := range events {
			x.renumber(&events[i], step.Revision, x.seed)
		}
		x.seed = append(x.seed, events...)
		x.Load(events)
		step.Key = events[0].Key
	}
	x.story.Done++
	return *step, nil
}

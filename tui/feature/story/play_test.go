package story

import (
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// played is a store with a story that was played to its end.
type played struct {
	*tuitest.Memory
	story etcdsource.Story
}

func (p *played) Story() etcdsource.Story                       { return p.story }
func (p *played) Next(context.Context) (etcdsource.Step, error) { return etcdsource.Step{}, io.EOF }

func newPlayed(steps int) *played {
	p := &played{Memory: tuitest.NewMemory(etcdsource.KindDemo, "demo")}
	p.story = etcdsource.Story{Title: "a story", Start: 1, Done: steps}
	for i := range steps {
		s := etcdsource.Step{Title: fmt.Sprint("step ", i+1), Writer: "x", Lane: "client", Say: "It is written.", Key: []byte("/registry/configmaps/demo/c"), Stored: true}
		s.Revision = p.Put(string(s.Key), []byte(fmt.Sprint(i)))
		p.story.Steps = append(p.story.Steps, s)
	}
	return p
}

// TestStepThroughThePast: back and forward through what was played, the box, the screen's time and the cursor of the
// sequence are at the same step; the last step is now.
func TestStepThroughThePast(t *testing.T) {
	t.Parallel()
	src := newPlayed(4)
	h, v := hosttest.View(t, src)
	f := New(h, v)
	for i, c := range []struct{ dir, at int }{{-1, 3}, {-1, 2}, {-1, 1}, {1, 2}, {1, 3}, {1, 4}, {-1, 3}} {
		if _, took := f.Update(host.StepStory{Dir: c.dir}); !took {
			t.Fatal("the step is not taken")
		}
		rev := src.story.Steps[c.at-1].Revision
		if r := v.Panes.Sequence.Current(); v.Panes.Story.At() != c.at || r == nil || r.Rev != rev {
			t.Fatalf("step %d: the box is at %d, want %d; the sequence is at %+v, want revision %d", i, v.Panes.Story.At(), c.at, r, rev)
		}
		if c.at == len(src.story.Steps) {
			rev = 0
		}
		if n := len(h.Travelled); n != i+1 || h.Travelled[i] != rev {
			t.Fatalf("step %d: it travelled to %v, want %d", i, h.Travelled, rev)
		}
	}
}

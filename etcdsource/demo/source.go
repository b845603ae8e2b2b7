package demo

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/live"
)

// note is what a demo says of itself on its first line.
const note = "A real API server wrote this in a recorded cluster; the demo replays it into an etcd of its own."

// Options are the choices of a demo. The zero value is usable.
type Options struct {
	// TempDir takes the demo's folder; "" is the system's folder for temporary files.
	TempDir string
	// Live gives the timeouts and the read rate of the connection. Endpoints, certificates and users in it are ignored.
	Live live.Config
}

// Source is a demo: a live source over the child's etcd, and a story that is written into it step by step. It is safe
// for concurrent use. As finds what a live source can do, and etcdsource.Stepper.
type Source struct {
	etcdsource.Source // live, over the child
	server            *server
	writer            *writer

	mu     sync.Mutex
	story  etcdsource.Story
	parts  []part
	writes map[int64]revision // of the steps, by their revision in the cut
	now    time.Time          // the story's own time

	once sync.Once
	err  error // of closing
}

var (
	_ etcdsource.Source  = (*Source)(nil)
	_ etcdsource.Wrapper = (*Source)(nil)
	_ etcdsource.Stepper = (*Source)(nil)
)

// Open starts a demo and plays what comes before the story's first step. story is the name of one that comes with
// the program, or the path of a story's folder or file; "" is DefaultStory. Whoever opens a demo must call Child in
// main. Errors are *etcdsource.Problem, or the context's.
func Open(ctx context.Context, story string, o Options) (*Source, error) {
	script, err := find(story)
	if err != nil {
		return nil, err
	}
	s := &Source{story: script.story(), parts: script.Steps, now: script.Now}
	if err := s.begin(ctx, script, o); err != nil {
		s.Close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, problem("start the demo", err)
	}
	return s, nil
}

// begin starts the child with the story's seed in it, and connects.
func (s *Source) begin(ctx context.Context, script *script, o Options) (err error) {
	s.server, err = startServer(ctx, o.TempDir, func(dir string) ([]revision, error) {
		cut, err := readCut(ctx, script, dir)
		if err != nil {
			return nil, err
		}
		s.writes = cut.steps
		return cut.seed, nil
	})
	if err != nil {
		return err
	}
	if s.writer, err = dialWriter(ctx, s.server); err != nil {
		return err
	}
	s.story.Start = s.writer.head
	src, err := live.Open(ctx, connection(s.server, o.Live))
	if err != nil {
		return err
	}
	s.Source = src
	return nil
}

// connection is the configuration of the live source below a demo.
func connection(s *server, given live.Config) live.Config {
	c := live.Config{
		Endpoints: []string{s.endpoint()}, Name: "demo cluster", ReadRate: -1, Hurry: 20 * time.Millisecond,
		DialTimeout: given.DialTimeout, CommandTimeout: given.CommandTimeout, Serializable: given.Serializable,
	}
	if given.Name != "" {
		c.Name = given.Name
	}
	if c.DialTimeout <= 0 {
		c.DialTimeout = writeLimit
	}
	return c
}

// Unwrap returns the live source over the demo's etcd.
func (s *Source) Unwrap() etcdsource.Source { return s.Source }

// Describe says what the live source says, and that it is a demo. Now is the story's time: when the newest of what
// was written had been recorded.
func (s *Source) Describe(ctx context.Context) (etcdsource.Info, error) {
	info, err := s.Source.Describe(ctx)
	if err != nil {
		if gone := s.server.gone(); gone != nil {
			err = gone
		}
		return info, err
	}
	info.Kind, info.Note, info.Member = etcdsource.KindDemo, note, "demo"
	info.Spare = false // its server is our own
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.now.IsZero() {
		info.Now = s.now
	}
	return info, nil
}

// Story returns the story; the steps that were played have their revision.
func (s *Source) Story() etcdsource.Story {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.story
	out.Steps = append([]etcdsource.Step(nil), s.story.Steps...)
	return out
}

// Next writes the next step's revision into the demo's etcd, or nothing where the step's request was refused, and
// returns the step; io.EOF after the last. A write that has begun is finished, also when the context ends.
func (s *Source) Next(ctx context.Context) (etcdsource.Step, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.story.Done == len(s.parts) {
		return etcdsource.Step{}, io.EOF
	}
	if err := ctx.Err(); err != nil {
		return etcdsource.Step{}, err
	}
	part, step := s.parts[s.story.Done], &s.story.Steps[s.story.Done]
	if !part.Refused {
		rev := s.writes[part.Revision]
		if _, err := s.writer.write(context.WithoutCancel(ctx), rev); err != nil {
			if gone := s.server.gone(); gone != nil {
				err = gone
			}
			return etcdsource.Step{}, problem("play the step "+part.Title, err)
		}
		step.Key = rev[0].Key
	}
	step.Revision = s.writer.head
	s.story.Done++
	if part.At.After(s.now) {
		s.now = part.At
	}
	return *step, nil
}

// Close ends the connections, the child and its folder. It may be called more than once.
func (s *Source) Close() error {
	s.once.Do(func() {
		if s.Source != nil {
			s.err = s.Source.Close()
		}
		if s.writer != nil {
			s.writer.close()
		}
		if s.server != nil {
			s.server.stop()
		}
	})
	return s.err
}

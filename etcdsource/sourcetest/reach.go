package sourcetest

import (
	"context"
	"errors"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// outOfReach asks for revisions that are gone and for some that were not written yet.
func (c *checker) outOfReach(t *testing.T) {
	all := etcdsource.Prefix("")
	ask := map[string]func(int64) error{
		"range": func(rev int64) error {
			_, err := c.src.Range(c.ctx, all, etcdsource.At{Revision: rev})
			return err
		},
		"count": func(rev int64) error {
			_, err := c.src.Count(c.ctx, all, etcdsource.At{Revision: rev})
			return err
		},
		"children": func(rev int64) error {
			seq, err := c.src.Children(c.ctx, all, etcdsource.At{Revision: rev})
			if err != nil {
				return err
			}
			for _, err = range seq {
				return err
			}
			return nil
		},
	}
	for name, f := range ask {
		var future *etcdsource.FutureError
		if err := f(c.head() + 1); !errors.As(err, &future) || future.Revision != c.head()+1 {
			t.Errorf("%s of the future: %v, want a FutureError", name, err)
		}
		if c.m.Spec.Compact < 2 {
			continue
		}
		var gone *etcdsource.CompactedError
		if err := f(c.m.Spec.Compact - 1); !errors.As(err, &gone) || gone.Revision != c.m.Spec.Compact-1 {
			t.Errorf("%s of the compacted past: %v, want a CompactedError", name, err)
		}
		if err := f(c.m.Spec.Compact); err != nil {
			t.Errorf("%s at the compaction: %v", name, err)
		}
	}
}

// contexts ends a stream's context while it waits or delivers.
func (c *checker) contexts(t *testing.T) {
	st, err := c.src.Watch(c.ctx, etcdsource.Prefix(""), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	ctx, cancel := context.WithCancel(c.ctx)
	cancel()
	for range 10_000 { // what was delivered already may still be handed over
		if _, err = st.Next(ctx); err != nil {
			break
		}
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Next with a cancelled context: %v", err)
	}
}

// close closes the source twice, with a stream open, and reads again.
func (c *checker) close(t *testing.T) {
	st, err := c.src.Watch(c.ctx, etcdsource.Prefix(""), 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := c.src.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	for range 10_000 {
		if _, err = st.Next(c.ctx); err != nil {
			break
		}
	}
	if err == nil || c.ctx.Err() != nil {
		t.Errorf("a stream of a closed source: %v", err)
	}
	st.Close()
	if _, err := c.src.Range(c.ctx, etcdsource.Prefix(""), etcdsource.At{}); err == nil {
		t.Error("a closed source answers")
	}
}

package view_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// TestHintIsSaidOnce: the hint of the command line is said when the first source is open, not again for the next one, and
// later where something more pressing is to be said of the first.
func TestHintIsSaidOnce(t *testing.T) {
	t.Parallel()
	const hint, pressing = "Add --audit.", "gone"
	opts := host.Options{Hint: hint}
	for i, c := range []struct {
		trouble error
		hint    bool
	}{{errors.New(pressing), false}, {nil, true}, {nil, false}} {
		h, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
		h.Choices = opts
		v.Host, v.Opened.Unread = h, c.trouble
		v.Start(&h.Choices)
		opts = h.Choices
		if slices.Contains(h.Said, hint) != c.hint || slices.Contains(h.Said, pressing) != (c.trouble != nil) {
			t.Errorf("source %d: it says %q", i+1, h.Said)
		}
	}
}

package view

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// TestNewestIsBounded reads the newest changes of a running store: so many revisions, fewer where their values are large. What was not
// read is said.
func TestNewestIsBounded(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]int64{10: sparedWindow, 8 << 10: 128, 64 << 10: sparedFirst, 1 << 20: sparedFirst} {
		src, rev := tuitest.NewMemory(etcdsource.KindLive, "live"), int64(0)
		value := bytes.Repeat([]byte("x"), size)
		for i := range 2 * sparedWindow {
			rev = src.Put(fmt.Sprintf("/registry/configmaps/a/c%d", i%3), value)
		}
		src.Put("/registry/configmaps/a/later", value) // that comes by the feed
		m := readNewest(t.Context(), 1, src, rev, 0)().(FeedMsg)
		if n := int64(len(m.events)); n != want || m.err != nil {
			t.Errorf("values of %d bytes: %d changes, want %d; %v", size, n, want, m.err)
		}
		if m.lost.To != rev-want || m.lost.Reason != notRead {
			t.Errorf("values of %d bytes: revisions up to %d are said not to be read (%s), want %d", size, m.lost.To, m.lost.Reason, rev-want)
		}
	}
}

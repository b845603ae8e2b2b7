package view_test

import (
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/tui/timeline"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// TestOneTimeOfARevision: what dates a revision says the same time as its row, in the changes or in the timeline; a row that knows
// only a bound says nothing here.
func TestOneTimeOfARevision(t *testing.T) {
	t.Parallel()
	_, v := hosttest.View(t, tuitest.NewMemory(etcdsource.KindFile, "file"))
	at := time.Date(2026, 11, 22, 11, 10, 27, 900e6, time.UTC)
	of := func(at time.Time, from string) attribution.Verdict {
		return attribution.Verdict{Time: at, TimeFrom: from}
	}
	v.Panes.History.Select("/k", "")
	v.Panes.History.Attribute(map[int64]attribution.Verdict{5: of(at, "managedFields"), 6: of(at.Add(time.Second), "managedFields"), 7: of(at, "notBefore")})
	v.Panes.Changes.Attribute(timeline.ID{Rev: 5}, of(at.Add(time.Minute), "lease"))
	v.Panes.Changes.Attribute(timeline.ID{Rev: 7}, of(at, "notBefore"))
	for rev, want := range map[int64]time.Time{5: at.Add(time.Minute), 6: at.Add(time.Second), 7: {}, 8: {}} {
		if got := v.Times.At(rev); !got.Equal(want) {
			t.Errorf("revision %d is of %v, want %v", rev, got, want)
		}
	}
}

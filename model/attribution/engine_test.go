package attribution

import (
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/model/attribution/evidence/evidencetest"
	"github.com/etcdscope/etcdscope/model/change"
)

const (
	root      = evidencetest.Root
	podSpec   = evidencetest.PodSpec
	onNode    = evidencetest.BoundSpec
	specSet   = evidencetest.SpecSet
	statusSet = evidencetest.StatusSet
)

var (
	mf     = evidencetest.Entry
	object = evidencetest.Object
	second = evidencetest.Second
	at     = evidencetest.At
)

// feed writes to a cluster whose changes an engine attributes.
type feed struct {
	*evidencetest.Cluster
	t *testing.T
	e *Engine
}

func newFeed(t *testing.T) *feed {
	f := &feed{t: t, e: New(Options{Whole: true})}
	f.Cluster = evidencetest.New(t, func(c change.Change) { f.e.Add(c) })
	return f
}

func (f *feed) put(key, value string) int64 {
	f.t.Helper()
	return f.Put(key, value)
}

// verdicts returns what the engine says, by revision.
func (f *feed) verdicts() map[int64]Verdict {
	out := map[int64]Verdict{}
	for _, a := range f.e.Take(true) {
		out[a.Mod] = a.Verdict
	}
	return out
}

// want is a verdict as a test writes it: "writer/controller grade lane", and words that its evidence holds.
func (f *feed) want(v Verdict, said, evidence string) {
	f.t.Helper()
	who := v.Writer
	if v.Controller != "" {
		who += "/" + v.Controller
	}
	if got := strings.TrimSpace(fmt.Sprintf("%s %s %s", who, v.Confidence, v.Lane)); got != said || !strings.Contains(v.Evidence, evidence) {
		f.t.Errorf("got %q: %s\nwant %q: %s", got, v.Evidence, said, evidence)
	}
}

// TestLargeValuesDoNotWait: what waits for later evidence is bounded in memory, of which such an object takes 2 MiB, and nothing is lost or split by that.
func TestLargeValuesDoNotWait(t *testing.T) {
	f := newFeed(t)
	big := strings.Repeat("x", 2<<20)
	seen, waiting := int64(1), 0
	take := func(all bool) {
		for _, a := range f.e.Take(all) {
			if a.Mod != seen+1 {
				t.Fatalf("revision %d after %d", a.Mod, seen)
			}
			seen = a.Mod
		}
	}
	for range 60 {
		f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"`+big+`"}`))
		take(false)
		waiting = max(waiting, len(f.e.pending))
	}
	take(true)
	if seen != f.Revision || waiting > 33 || f.e.weight != 0 {
		t.Errorf("%d of %d revisions came, up to %d waited, %d bytes are left", seen, f.Revision, waiting, f.e.weight)
	}
}

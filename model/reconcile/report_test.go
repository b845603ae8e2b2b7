package reconcile

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
)

// replicated is a Deployment that has as many ready replicas as given, of two.
func replicated(ns, name string, ready int) (key, value string) {
	return "/registry/deployments/" + ns + "/" + name, fmt.Sprintf(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":%q,"namespace":%q,"uid":"u-%s-%s","generation":1},`+
		`"spec":{"replicas":2},"status":{"observedGeneration":1,"replicas":2,"updatedReplicas":2,"readyReplicas":%d,"availableReplicas":%d}}`, name, ns, ns, name, ready, ready)
}

func put(ns, name string, ready int) sourcetest.Op {
	k, v := replicated(ns, name, ready)
	return sourcetest.Put(k, v)
}

func reportOf(t *testing.T, ops []sourcetest.Op, w Window) (*Report, int64) {
	t.Helper()
	src, err := snapfile.Open(context.Background(), sourcetest.WriteSnapshot(t, ops), snapfile.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	info, err := src.Describe(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	s := Store{Source: src, Decoder: dec, Kinds: kinds.Builtin(), Root: "/registry/"}
	return NewReport(s, attribution.Options{}, w, change.MemoryBounds{Bytes: 1 << 20, Objects: 10}), info.Revision
}

func (r *Report) waitingKeys() (out []string) {
	for _, s := range r.Waiting() {
		out = append(out, s.Namespace+"/"+s.Name)
	}
	slices.Sort(out)
	return out
}

// TestHistoryAndPresentAgree: what is not converged is the same, read from the history or from the objects as they are.
func TestHistoryAndPresentAgree(t *testing.T) {
	ops := []sourcetest.Op{put("a", "web", 0), put("a", "api", 1), put("b", "web", 2), put("a", "api", 2), put("b", "web", 1)} // 2 to 6
	want := map[int64]string{6: "[a/web b/web]", 5: "[a/web]", 3: "[a/api a/web]"}
	for rev, waiting := range want {
		r, _ := reportOf(t, ops, Window{To: rev})
		if err := r.History(context.Background(), 6, nil); err != nil || fmt.Sprint(r.waitingKeys()) != waiting {
			t.Errorf("history to %d: %q, %v; want %s", rev, r.waitingKeys(), err, waiting)
		}
		r, _ = reportOf(t, ops, Window{})
		if err := r.Present(context.Background(), rev, PresentOptions{}); err != nil || fmt.Sprint(r.waitingKeys()) != waiting || r.UpTo() != rev {
			t.Errorf("objects at %d: %q, up to %d, %v; want %s", rev, r.waitingKeys(), r.UpTo(), err, waiting)
		}
	}
	r, _ := reportOf(t, ops, Window{})
	if err := r.Present(context.Background(), 0, PresentOptions{Namespace: "b"}); err != nil || fmt.Sprint(r.waitingKeys()) != "[b/web]" {
		t.Errorf("objects of a namespace: %q, %v", r.waitingKeys(), err)
	}
	r, _ = reportOf(t, ops, Window{})
	if err := r.Present(context.Background(), 0, PresentOptions{Limit: 1}); err != nil || !r.Cut || len(r.Waiting()) > 1 {
		t.Errorf("one object: cut %v, %q, %v", r.Cut, r.waitingKeys(), err)
	}
}

// TestContinue: changes that are included already are not counted twice, those that are too many are skimmed, and a
// revision is never split between the two.
func TestContinue(t *testing.T) {
	var later []etcdsource.Event
	for i := range 20 {
		k, v := replicated("a", "web", i%3)
		later = append(later, etcdsource.Event{Key: []byte(k), Value: []byte(v), Mod: int64(3 + i/2), Create: 2, Version: int64(2 + i), Type: etcdsource.Updated})
	}
	for _, most := range []int{100, 7, 1} {
		r, head := reportOf(t, []sourcetest.Op{put("a", "web", 0)}, Window{})
		if err := r.Present(context.Background(), head, PresentOptions{}); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time they are included
			if err := r.Continue(context.Background(), later, most); err != nil {
				t.Fatal(err)
			}
		}
		if r.Writes+r.Skipped != len(later) || r.Writes > most || r.Writes%2 != 0 || r.UpTo() != 12 {
			t.Errorf("most %d: %d looked at, %d skipped, up to %d", most, r.Writes, r.Skipped, r.UpTo())
		}
		if got := fmt.Sprint(r.waitingKeys()); got != "[a/web]" {
			t.Errorf("most %d: %s", most, got)
		}
	}
	r, head := reportOf(t, []sourcetest.Op{put("a", "web", 0)}, Window{})
	if err := r.Present(context.Background(), head, PresentOptions{}); err != nil {
		t.Fatal(err)
	}
	gone := append(later[:1:1], etcdsource.Event{Key: later[0].Key, Mod: 99, Type: etcdsource.Deleted}, etcdsource.Event{Key: []byte("/x"), Mod: 100, Version: 1, Type: etcdsource.Created})
	if err := r.Continue(context.Background(), gone, 1); err != nil || len(r.Waiting()) != 0 || r.Skipped != 2 {
		t.Errorf("a deletion among the skipped: %q, %d skipped, %v", r.waitingKeys(), r.Skipped, err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	r, _ = reportOf(t, []sourcetest.Op{put("a", "web", 0)}, Window{})
	if err := r.Continue(ended, later, 100); err == nil || r.UpTo() != 3 {
		t.Errorf("an ended context: %v, up to %d", err, r.UpTo())
	}
}

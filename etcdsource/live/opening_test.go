package live

import (
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// TestOpeningAsksLittle counts what a server is asked before anything can be shown: its status once, and its newest revision once
// for a watch. The search for the compaction comes after that.
func TestOpeningAsksLittle(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Put("/a", "1", "/b", "2")
	src := s.open()
	ctx := etcdtest.Within(t, 30*time.Second)
	info, err := src.Describe(ctx)
	if err != nil || info.Revision < 2 || info.Version == "" || info.DBSize <= 0 {
		t.Fatalf("%+v, %v", info, err)
	}
	if n := src.Asked().Requests; n != 1 {
		t.Errorf("%d requests until it is known what it is", n)
	}
	w, err := src.Watch(ctx, etcdsource.Prefix(""), info.Revision+1)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for b := (etcdsource.Batch{}); b.Status.State != etcdsource.Live; {
		if b, err = w.Next(ctx); err != nil {
			t.Fatal(err)
		}
	}
	calls := map[string]int{}
	list, _ := src.Requests()
	for _, r := range list {
		if r.Start.Before(list[0].Start.Add(searchAfter)) {
			calls[r.Call]++
		}
	}
	if calls["Range"] > 1 || calls["Watch"] != 1 || calls["Status"] != 1 {
		t.Errorf("asked %v", calls)
	}
	s.Put("/c", "3")
	for b := (etcdsource.Batch{}); len(b.Events) == 0; {
		if b, err = w.Next(ctx); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(firstFor) // the first status is old then
	s.Put("/d", "4")
	if again, err := src.Describe(ctx); err != nil || again.Revision <= info.Revision {
		t.Errorf("revision %d after %d, %v", again.Revision, info.Revision, err)
	}
	waitFor(t, "the compaction", func() bool { return src.retained.get() == 0 })
}

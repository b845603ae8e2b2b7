package live

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// TestOutage: without a quorum the watch says so soon, reads go on from the member that answers, a member without a leader
// can be opened, and all is as before when the others are back.
func TestOutage(t *testing.T) {
	t.Parallel()
	members := etcdtest.Members(t, 3, "")
	cfg := Config{Endpoints: []string{members[0].HTTP}, DialTimeout: 20 * time.Second, Outage: true}
	src, err := Open(etcdtest.Within(t, time.Minute), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	w := members[0].Client()
	defer w.Close()
	ctx := etcdtest.Within(t, 2*time.Minute)
	if _, err := w.Put(ctx, "/registry/a", "x"); err != nil {
		t.Fatal(err)
	}
	st, err := src.Watch(ctx, etcdsource.Prefix("/"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	until := func(what string, done func(etcdsource.Status) bool) {
		t.Helper()
		for {
			b, err := st.Next(ctx)
			if err != nil {
				t.Fatalf("waiting for %s: %v", what, err)
			}
			if done(b.Status) {
				return
			}
		}
	}
	until("live changes", func(s etcdsource.Status) bool { return s.State == etcdsource.Live && !s.NoQuorum })
	members[1].Kill()
	members[2].Kill()
	killed := time.Now()
	until("the quorum to be missed", func(s etcdsource.Status) bool { return s.NoQuorum })
	t.Logf("it was missed %s after the kill", time.Since(killed).Round(100*time.Millisecond))
	page, err := src.Range(ctx, etcdsource.Prefix("/registry/"), etcdsource.At{})
	if err != nil || len(page.Entries) != 1 {
		t.Errorf("a read without a quorum: %+v, %v", page, err)
	}
	if n, err := src.Count(ctx, etcdsource.Prefix("/registry/"), etcdsource.At{}); err != nil || n != 1 {
		t.Errorf("a count without a quorum: %d, %v", n, err)
	}
	again, err := Open(ctx, cfg)
	if err != nil {
		t.Fatalf("opened without a leader: %v", err)
	}
	if _, err := again.Range(ctx, etcdsource.Prefix("/registry/"), etcdsource.At{}); err != nil {
		t.Errorf("and read: %v", err)
	}
	again.Close()
	strict := cfg
	strict.Outage, strict.DialTimeout = false, time.Second
	fails(t, strict, "the cluster has no leader", "--serializable")
	members[1].Start()
	until("the quorum, and live changes", func(s etcdsource.Status) bool { return s.State == etcdsource.Live && !s.NoQuorum })
	if _, err := src.Range(ctx, etcdsource.Prefix("/registry/"), etcdsource.At{}); err != nil {
		t.Error(err)
	}
	members[0].Signal(syscall.SIGSTOP)
	defer members[0].Signal(syscall.SIGCONT)
	until("the member to hang", func(s etcdsource.Status) bool { return s.State == etcdsource.Live && s.Unanswered })
	members[0].Signal(syscall.SIGCONT)
	until("the member to answer", func(s etcdsource.Status) bool { return s.Heard() })
}

// TestQuietIsAskedOnce watches a store without writes: what asks for the leader is answered how far the member is too,
// and no key is read for that.
func TestQuietIsAskedOnce(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	src := srv.open(quick, func(c *Config) { c.tune.heartbeat = 2500 * time.Millisecond })
	st, err := src.Watch(t.Context(), etcdsource.Prefix("/w/"), srv.Put("/w/a")+1)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	count := func() (status, ranges int) {
		list, _ := src.Requests()
		for _, r := range list {
			switch r.Call {
			case "Status":
				status++
			case "Range":
				ranges++
			}
		}
		return status, ranges
	}
	var status, ranges int
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
	defer cancel()
	for {
		b, err := st.Next(ctx)
		if err != nil {
			break
		}
		switch {
		case b.Status.State == etcdsource.Stale:
			t.Errorf("status %+v", b.Status)
		case b.Status.State == etcdsource.Live && status == 0:
			status, ranges = count()
		}
	}
	if s, r := count(); s == status || r > ranges+1 { // one that was busy may have answered too late
		list, _ := src.Requests()
		t.Errorf("in six seconds asked %d times for the leader and %d times for a key: %+v", s-status, r-ranges, list)
	}
}

package print

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/audit"
)

// stamped keeps what was written, and when.
type stamped struct {
	mu    sync.Mutex
	began time.Time
	lines []string
}

func (w *stamped) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for line := range strings.Lines(string(b)) {
		w.lines = append(w.lines, fmt.Sprintf("%.1f %s", time.Since(w.began).Seconds(), strings.Join(strings.Fields(line), " ")))
	}
	return len(b), nil
}

// TestFollowAudit: a line waits a second for its request, and keeps its place; what is no request does not wait.
func TestFollowAudit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src, log, out := running(cluster()), make(chan string), &stamped{began: time.Now()}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan int, 1)
		followed := 0
		go func() {
			ended <- Execute(ctx, []string{"log", "-A", "--follow", "--audit-log", "audit.log"}, strings.NewReader(""), out, io.Discard, Funcs{
				Open: func(context.Context, OpenOptions) (Opened, error) { return Opened{Source: src}, nil },
				Audit: func([]string) (audit.Files, error) {
					return func(context.Context, time.Time, func(string, io.Reader) error, func(string, error)) error { return nil }, nil
				},
				Follow: func(ctx context.Context, _ []string, each func([]byte) error) error {
					followed++
					for {
						select {
						case line := <-log:
							if err := each([]byte(line)); err != nil {
								return err
							}
						case <-ctx.Done():
							followed--
							return ctx.Err()
						}
					}
				},
			})
		}()
		write := func(rev int64, key, value string) {
			src.batches <- etcdsource.Batch{Revision: rev, Events: []etcdsource.Event{{Type: etcdsource.Created, Key: []byte("/registry/" + key), Value: []byte(value), Create: rev, Mod: rev, Version: 1}}}
		}
		object := func(name string) string {
			return fmt.Sprintf(`{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":%q,"namespace":"demo","uid":%q,"creationTimestamp":%q}}`, name, name, time.Now().UTC().Format(time.RFC3339))
		}
		asked := func(name string, rev int64) string {
			now := time.Now().UTC().Format(time.RFC3339Nano)
			s := auditEvent("create", "serviceaccounts", "demo", name, rev)
			return strings.ReplaceAll(s, "2026-01-02T03:04:05Z", now)
		}
		time.Sleep(2 * time.Second)
		line := asked("a", 31)
		write(30, "masterleases/10.0.0.1", "x")
		write(31, "serviceaccounts/demo/a", object("a"))
		time.Sleep(300 * time.Millisecond)
		write(32, "serviceaccounts/demo/b", object("b"))
		log <- line
		time.Sleep(3 * time.Second)
		src.batches <- etcdsource.Batch{Revision: 40, Lost: etcdsource.Window{From: 33, To: 40, Reason: "compacted"}}
		write(41, "serviceaccounts/demo/c", object("c"))
		time.Sleep(100 * time.Millisecond)
		close(src.batches)
		synctest.Wait()
		stop()
		synctest.Wait()
		if code := <-ended; code != 0 || followed != 0 {
			t.Errorf("exit %d, %d follow the log still", code, followed)
		}
		want := []string{
			"0.0 gap revisions 1 to 19: not read: --follow starts now",
			"2.0 30 ✓ kube-apiserver created /registry/masterleases/10.0.0.1",
			"3.0 31 2000-01-01T00:00:02Z ✓ kubectl by alice as carol created serviceaccounts/a -n demo",
			"3.3 32 2000-01-01T00:00:02Z not known created serviceaccounts/b -n demo",
			"5.3 gap revisions 33 to 40: compacted",
			"5.4 41 2000-01-01T00:00:05Z not known created serviceaccounts/c -n demo",
		}
		out.mu.Lock()
		defer out.mu.Unlock()
		if d := cmp.Diff(want, out.lines); d != "" {
			t.Error(d)
		}
	})
}

// TestFollowSaysItsState: a follower says once that etcd is silent or away, and when it answers again.
func TestFollowSaysItsState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src, said := running(cluster()), &stamped{began: time.Now()}
		ended := make(chan int, 1)
		go func() {
			ended <- Execute(t.Context(), []string{"log", "-A", "--follow"}, strings.NewReader(""), io.Discard, said, Funcs{
				Open: func(context.Context, OpenOptions) (Opened, error) { return Opened{Source: src}, nil },
			})
		}()
		for _, s := range []etcdsource.Status{
			{State: etcdsource.Connecting}, {State: etcdsource.Live}, {State: etcdsource.Live},
			{State: etcdsource.Stale, Why: "nothing heard from 10.0.0.7:2379\x1b[2J", Since: time.Now().Add(-5 * time.Second)},
			{State: etcdsource.Live},
			{State: etcdsource.Retrying, Why: "nothing listens there", Next: time.Now().Add(time.Second)},
			{State: etcdsource.Retrying, Why: "nothing listens there", Next: time.Now().Add(3 * time.Second)},
			{State: etcdsource.Connecting}, {State: etcdsource.Live},
		} {
			src.batches <- etcdsource.Batch{Status: s}
		}
		close(src.batches)
		synctest.Wait()
		if code := <-ended; code != 0 {
			t.Errorf("exit %d", code)
		}
		want := []string{
			"0.0 etcdscope: follow: nothing heard from 10.0.0.7:2379␛[2J for 5s: it is stopped, or the network is; what is written meanwhile is printed when it answers",
			"0.0 etcdscope: follow: etcd answers again",
			"0.0 etcdscope: follow: the watch was interrupted: nothing listens there; it is tried again until it succeeds",
			"0.0 etcdscope: follow: etcd answers again",
		}
		said.mu.Lock()
		defer said.mu.Unlock()
		if d := cmp.Diff(want, said.lines); d != "" {
			t.Error(d)
		}
	})
}

package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// podSteps are the writes of the pod's story: the first bytes of the sha256 of each value as the API server wrote it, with
// its times moved behind the seed.
var podSteps = []string{
	"", "e1fe623504e7", "0fa4e6b11233", "8b6a1811887c", "b9eb7f60262c", "5200917990ba",
	"9e6239c7e43d", "3b2aede1634c", "932378c8b8db", "6f77507283db", "1f8dede0c280", "deleted",
}

func TestPodStory(t *testing.T) {
	t.Parallel()
	s := open(t, "pod")
	before := s.Story()
	if before.Start < 100 || before.Done != 0 || len(before.Steps) != len(podSteps) {
		t.Fatalf("starts at %d, %d of %d steps done", before.Start, before.Done, len(before.Steps))
	}
	head := before.Start
	for i, want := range podSteps {
		step, err := s.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if want != "" {
			head++
		}
		if step.Revision != head || step.Stored != (want != "") {
			t.Fatalf("step %d %q ends at revision %d, want %d", i+1, step.Title, step.Revision, head)
		}
		if got := s.at(t, step); got != want {
			t.Errorf("step %d %q wrote %s, want %s", i+1, step.Title, got, want)
		}
	}
	for range 3 {
		if _, err := s.Next(t.Context()); !errors.Is(err, io.EOF) {
			t.Fatalf("after the last step: %v", err)
		}
	}
	after := s.Story()
	if after.Done != len(podSteps) || after.Steps[len(podSteps)-1].Revision != head {
		t.Errorf("done %d, last revision %d", after.Done, after.Steps[len(podSteps)-1].Revision)
	}
	// Going back is time travel: the step that made the pod run is still there.
	if got := s.at(t, after.Steps[5]); got != podSteps[5] {
		t.Errorf("looking back at step 6 shows %s", got)
	}
}

// at is the digest of what the step's key holds at the step's revision.
func (s *Source) at(t *testing.T, step etcdsource.Step) string {
	t.Helper()
	if len(step.Key) == 0 {
		return ""
	}
	span := etcdsource.Key(step.Key)
	span.Values = true
	page, err := s.Range(t.Context(), span, etcdsource.At{Revision: step.Revision})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Entries) == 0 {
		return "deleted"
	}
	return fmt.Sprintf("%x", sha256.Sum256(page.Entries[0].Value))[:12]
}

// TestSeedIsTheCut compares every revision of the demo with the revision of the cut that it replays.
func TestSeedIsTheCut(t *testing.T) {
	t.Parallel()
	s := open(t, "pod")
	script, err := find("pod")
	if err != nil {
		t.Fatal(err)
	}
	cut, err := readCut(t.Context(), script, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Story().Start, int64(1+len(cut.seed)); got != want {
		t.Fatalf("the seed ends at revision %d, want %d", got, want)
	}
	live := map[string]bool{}
	for i, rev := range cut.seed {
		for _, e := range rev {
			resp, err := s.writer.client.Get(t.Context(), string(e.Key), clientv3.WithRev(int64(2+i)))
			if err != nil {
				t.Fatal(err)
			}
			if e.Type == etcdsource.Deleted {
				delete(live, string(e.Key))
				if len(resp.Kvs) != 0 {
					t.Fatalf("revision %d did not delete %s", 2+i, e.Key)
				}
				continue
			}
			live[string(e.Key)] = true
			kv := resp.Kvs[0]
			if kv.ModRevision != int64(2+i) || !bytes.Equal(kv.Value, e.Value) || kv.Lease != e.Lease || kv.Version != e.Version {
				t.Fatalf("revision %d of %s is not revision %d of the cut", 2+i, e.Key, e.Mod)
			}
		}
	}
	if n, err := s.Count(t.Context(), etcdsource.Prefix(""), etcdsource.At{}); err != nil || n != int64(len(live)) {
		t.Errorf("%d live keys, want %d (%v)", n, len(live), err)
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	info, err := s.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info.Kind != etcdsource.KindDemo || info.Name != "demo cluster" || info.Revision != s.Story().Start {
		t.Errorf("got %+v", info)
	}
	for _, want := range []string{"real API server", "replay"} {
		if !strings.Contains(info.Note, want) || strings.Contains(info.Note, "\n") {
			t.Errorf("the note %q does not say %q in one line", info.Note, want)
		}
	}
	started := info.Now
	for {
		if _, err := s.Next(t.Context()); err != nil {
			break
		}
		if info, err = s.Describe(t.Context()); err != nil || info.Now.Before(started) {
			t.Fatalf("the story's time went from %v to %v (%v)", started, info.Now, err)
		}
	}
	if want := time.Date(2026, 11, 22, 11, 9, 13, 0, time.UTC); !info.Now.Equal(want) {
		t.Errorf("at the end it is %v, want %v", info.Now, want)
	}
}

func TestAbilities(t *testing.T) {
	t.Parallel()
	var src etcdsource.Source = open(t, "")
	stepper, err := etcdsource.As[etcdsource.Stepper](src)
	if err != nil || stepper.Story().Name != "pod" {
		t.Error("a demo is no Stepper:", err)
	}
	for what, err := range map[string]error{
		"Versions":  second(etcdsource.As[etcdsource.Versions](src)),
		"Saver":     second(etcdsource.As[etcdsource.Saver](src)),
		"Requester": second(etcdsource.As[etcdsource.Requester](src)),
	} {
		if err != nil {
			t.Errorf("a demo has no %s: %v", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestTwoDemosAtOnce(t *testing.T) {
	t.Parallel()
	a, b := open(t, ""), open(t, "")
	if a.server.dir == b.server.dir {
		t.Fatal("two demos share a folder")
	}
	for range 3 {
		if _, err := a.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	info, err := b.Describe(t.Context())
	if err != nil || info.Revision != b.Story().Start || b.Story().Done != 0 {
		t.Errorf("stepping in one demo moved the other to %d (%v)", info.Revision, err)
	}
	a.Close()
	if _, err := b.Next(t.Context()); err != nil {
		t.Error("closing one demo broke the other:", err)
	}
}

func TestNextWithEndedContext(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Next(ctx); !errors.Is(err, context.Canceled) || s.Story().Done != 0 {
		t.Errorf("got %v, %d steps done", err, s.Story().Done)
	}
}

func TestOpenCanceled(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	if shortBase(base) != base {
		base = ""
	}
	for limit := time.Millisecond; ; limit *= 2 { // in each stage of opening
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		s, err := Open(ctx, "", Options{TempDir: base})
		cancel()
		if err == nil {
			s.Close()
		} else if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("%v: %v", limit, err)
		}
		if base != "" {
			eventually(t, "no folder is left", func() bool {
				left, err := os.ReadDir(base)
				return err == nil && len(left) == 0
			})
		}
		if err == nil {
			return
		}
	}
}

func TestCloseTwice(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	if _, err := s.Next(t.Context()); err == nil {
		if _, err = s.Next(t.Context()); err == nil {
			t.Error("a closed demo wrote a step")
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		s, err := Open(b.Context(), "", Options{})
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}

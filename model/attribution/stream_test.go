package attribution

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/attribution/evidence/evidencetest"
)

func newStream(o StreamOptions) *Stream {
	o.Decoder, o.Kinds, o.Root = decode.New(decode.Options{}), kinds.Builtin(), root
	return NewStream(o)
}

// written is a change of a ConfigMap; its own manager is x, who wrote in a second.
func written(name string, rev int64, value string, second int) etcdsource.Event {
	v := object("ConfigMap", "demo", name, "", fmt.Sprintf(`"data":{"a":%q}`, value), mf(fmt.Sprintf("x/Update %d", second), `"f:data":{"f:a":{}}`))
	e := etcdsource.Event{Key: []byte(root + "configmaps/demo/" + name), Value: []byte(v), Mod: rev, Version: 1, Create: rev, Type: etcdsource.Created}
	if second > 1 {
		e.Version, e.Type = 2, etcdsource.Updated
	}
	return e
}

func offer(s *Stream, events ...etcdsource.Event) { s.Offer(&etcdsource.Batch{Events: events}) }

// TestStreamLeavesOutWhatIsTooMuch: more than may wait is left out by whole revisions, and the rest is still attributed, in
// order.
func TestStreamLeavesOutWhatIsTooMuch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStream(StreamOptions{})
		s.pastDone()
		last := int64(0)
		for i := range 3 * streamWait / 2 {
			last = int64(100 + i/2) // two keys a revision
			e := written(fmt.Sprint(i%2), last, fmt.Sprint(i), 2)
			e.Sub = int64(i % 2)
			offer(s, e)
		}
		if len(s.wait) > streamWait || !s.lost || s.wait[0].Sub != 0 {
			t.Fatalf("%d wait, lost %v, the first is %d of its revision", len(s.wait), s.lost, s.wait[0].Sub)
		}
		seen := int64(0)
		for upTo := int64(0); upTo < last; {
			f, err := s.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range f.New {
				if r.Mod < seen {
					t.Fatalf("revision %d after %d", r.Mod, seen)
				}
				seen = r.Mod
			}
			upTo = max(upTo, f.UpTo)
		}
	})
}

// TestStreamWaitsForThePast: what is offered while the past is being read is looked at after it; the past counts as whole
// only if nothing of it is left out.
func TestStreamWaitsForThePast(t *testing.T) {
	t.Parallel()
	gone := written("a", 2, "1", 1)
	gone.Value = nil
	many := make([]etcdsource.Event, streamPast+10)
	for i := range many {
		many[i] = etcdsource.Event{Key: []byte("k"), Value: []byte("x"), Mod: int64(i/4 + 1), Sub: int64(i % 4), Type: etcdsource.Updated}
	}
	for _, c := range []struct {
		name        string
		past        []etcdsource.Event
		said, whole bool
		first       int64 // revision that is looked at first
		keeps       int   // of the past
	}{
		{"whole", []etcdsource.Event{written("a", 2, "1", 1)}, true, true, 2, 1},
		{"after a compaction", []etcdsource.Event{written("a", 2, "1", 1)}, false, false, 2, 1},
		{"the first value is dropped", []etcdsource.Event{gone, written("a", 3, "2", 2)}, true, false, 3, 1},
		{"too much", many, true, false, 4, streamPast - 2},
	} {
		s := newStream(StreamOptions{Held: true})
		offer(s, written("b", 1e6, "1", 1))
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if f, err := s.Next(ended); err == nil || len(f.New) > 0 {
			t.Errorf("%s: %d are found before the past is read", c.name, len(f.New))
		}
		s.Past(c.past, c.said)
		if n := len(s.wait); s.Whole() != c.whole || s.wait[0].Mod != c.first || n != c.keeps+1 || s.wait[n-1].Mod != 1e6 {
			t.Errorf("%s: whole %v; %d wait, from revision %d to %d", c.name, s.Whole(), n, s.wait[0].Mod, s.wait[n-1].Mod)
		}
	}
}

// TestStreamForgetsWhatItMissed: after a gap nothing is concluded from the version before it.
func TestStreamForgetsWhatItMissed(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := newStream(StreamOptions{})
			offer(s, written("a", 2, "1", 1))
			if f, _ := s.Next(t.Context()); len(f.New) != 1 || f.UpTo != 2 {
				t.Fatalf("%+v", f)
			}
			b := etcdsource.Batch{Events: []etcdsource.Event{written("a", 5, "2", 2)}}
			if lost {
				b.Lost = etcdsource.Window{From: 3, To: 4}
			}
			s.Offer(&b)
			f, _ := s.Next(t.Context())
			if len(f.New) != 1 || strings.Contains(f.New[0].Summary, "a=2") == lost {
				t.Errorf("lost %v: %+v", lost, f)
			}
		})
	}
}

// TestStreamHearsTheAuditLog: a change is found at once without its request, and known better when that is heard, also if
// nothing is written after it.
func TestStreamHearsTheAuditLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStream(StreamOptions{Tail: audit.NewTail()})
		time.Sleep(time.Until(at(5))) // by the clock that the log is written by
		offer(s, written("a", 2, "1", 1), written("a", 3, "2", 5))
		f, err := s.Next(t.Context())
		if err != nil || len(f.New) != 2 || f.New[1].User != "" {
			t.Fatalf("%+v, %v", f, err)
		}
		if err := s.Tail.Put([]byte(evidencetest.AuditLines(req("patch", "configmaps/a", "alice", evidencetest.Kubectl, 4.9, 5, 3, "x")))); err != nil {
			t.Fatal(err)
		}
		var better []Found
		for ends := time.Now().Add(3 * AuditWait); len(better) == 0 && time.Now().Before(ends); {
			f, err := s.Next(t.Context())
			if err != nil || len(f.New) > 0 {
				t.Fatalf("%+v, %v", f, err)
			}
			better = append(better, f.Better...)
		}
		if len(better) != 1 || better[0].Mod != 3 || better[0].User != "alice" {
			t.Errorf("%+v", better)
		}
		if waited := time.Since(at(5)); waited < AuditWait {
			t.Errorf("concluded after %v", waited)
		}
	})
}

// TestStreamEnds: with its context, whether or not there is something to wait for.
func TestStreamEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStream(StreamOptions{})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Hour, cancel)
		if _, err := s.Next(ctx); err == nil {
			t.Error("a stream of nothing found something")
		}
		offer(s, written("a", 2, "1", 1))
		if f, err := s.Next(ctx); err == nil || len(f.New) > 0 {
			t.Errorf("%+v after the end", f)
		}
	})
}

// TestPending: a change is held back until its request had time to be logged, and those behind it wait for it; what no
// request made waits for nothing.
func TestPending(t *testing.T) {
	t.Parallel()
	f := newFeed(t)
	f.e.Follow()
	p := Pending{Engine: f.e, Tail: audit.NewTail()}
	due := func(s float64) (out string) {
		for _, a := range p.Due(at(s)) {
			out += fmt.Sprint(a.Mod, a.User, " ")
		}
		return strings.TrimSpace(out)
	}
	if w := p.Wait(at(5)); w < time.Minute {
		t.Errorf("it waits %v for nothing", w)
	}
	f.put("ranges/serviceips", "x") // the API server's own
	f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"1"}`, mf("x/Update 1", `"f:data":{"f:a":{}}`)))
	f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"2"}`, mf("x/Update 5", `"f:data":{"f:a":{}}`)))
	f.put("ranges/serviceips", "y")
	f.e.Arrived(5, at(5.1))
	for _, a := range f.e.Take(true) {
		p.Add(&a, at(5.1))
	}
	if got := due(5.1); got != "2" {
		t.Errorf("at once: %q", got)
	}
	if w := p.Wait(at(5.2)); w != AuditWait-at(5.2).Sub(at(5.1)) {
		t.Errorf("the next waits %v", w)
	}
	if got := due(6.09); got != "" {
		t.Errorf("too early: %q", got)
	}
	if err := p.Tail.Put([]byte(evidencetest.AuditLines(req("patch", "configmaps/c", "alice", evidencetest.Kubectl, 4.9, 5, 4, "x")))); err != nil {
		t.Fatal(err)
	}
	if got := due(6.1); got != "3 4alice 5" {
		t.Errorf("in time: %q", got)
	}
	f.put("configmaps/demo/c", object("ConfigMap", "demo", "c", "", `"data":{"a":"3"}`, mf("x/Update 6", `"f:data":{"f:a":{}}`)))
	for _, a := range f.e.Take(true) {
		p.Add(&a, at(6.2))
	}
	if w := p.Wait(at(60)); w != time.Millisecond {
		t.Errorf("what is late waits %v", w)
	}
	if all := p.All(); len(all) != 1 || all[0].Mod != 6 || len(p.All()) != 0 {
		t.Errorf("%d are left, %d twice", len(all), len(p.All()))
	}
}

// TestBetters: more confidence says more; with as much, a user does.
func TestBetters(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		v, than Verdict
		want    bool
	}{
		{Verdict{Confidence: Certain}, Verdict{Confidence: Likely, User: "alice"}, true},
		{Verdict{Confidence: Likely, User: "alice"}, Verdict{Confidence: Certain}, false},
		{Verdict{Confidence: Likely, User: "alice"}, Verdict{Confidence: Likely}, true},
		{Verdict{Confidence: Likely}, Verdict{Confidence: Likely, User: "alice"}, false},
		{Verdict{Confidence: Likely, User: "alice"}, Verdict{Confidence: Likely, User: "bob"}, false},
		{Verdict{Confidence: Guess}, Verdict{Confidence: Guess}, false},
		{Verdict{}, Verdict{}, false},
	} {
		if got := c.v.Betters(c.than); got != c.want {
			t.Errorf("%v %q betters %v %q: %v", c.v.Confidence, c.v.User, c.than.Confidence, c.than.User, got)
		}
	}
}

// TestBy: a writer is named by any of its names, or by a part of one in any case; "unknown" is who is not known.
func TestBy(t *testing.T) {
	t.Parallel()
	v := Verdict{Writer: "kubectl-edit", User: "system:serviceaccount:shop:deployer", As: "carol@example.com", UserAgent: "argocd/v2.9 (linux/amd64)"}
	controller := Verdict{Writer: "kube-controller-manager", Controller: "job-controller"}
	nameless := Verdict{Writer: "unknown"}
	for _, c := range []struct {
		v    *Verdict
		name string
		want bool
	}{
		{&v, "kubectl-edit", true}, {&v, "kubectl", true}, {&v, "Edit", true}, {&v, "kubectl-apply", false},
		{&v, "deployer", true}, {&v, "system:serviceaccount:shop:deployer", true}, {&v, "CAROL", true},
		{&v, "kube*", true}, {&v, "*edit", true}, {&v, "edit*", false}, {&v, "*:deployer", true}, {&v, "*", true}, {&Verdict{}, "*", false},
		{&v, "argocd", true}, {&v, "v2.9", false}, {&v, "unknown", false}, {&v, "", false},
		{&controller, "job", true}, {&controller, "kube-controller-manager", true}, {&controller, "cron", false},
		{&Verdict{}, "unknown", true}, {&Verdict{}, "Unknown", true}, {&Verdict{}, "kubectl", false}, {&Verdict{}, "", false},
		{&nameless, "unknown", false}, {&nameless, "unknown*", true}, {&nameless, "not known", false}, {&Verdict{}, "unknown*", false},
		{&Verdict{User: "alice"}, "alice", true}, {&Verdict{User: "alice"}, "unknown", true},
	} {
		if got := c.v.By(c.name); got != c.want {
			t.Errorf("%+v by %q: %v", *c.v, c.name, got)
		}
	}
}

// TestEvidenceIsWhole: what a verdict rests on is not cut, so that a warning at its end is read; only what no API server
// stores is.
func TestEvidenceIsWhole(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a manager with a long name, ", 100) + "names are self-declared"
	if got := line(long); got != long {
		t.Errorf("cut to %d of %d bytes", len(got), len(long))
	}
	if got := line(strings.Repeat("x", 1<<20)); len(got) > maxLine+8 || !strings.HasSuffix(got, "…") {
		t.Errorf("%d bytes of 1 MiB", len(got))
	}
	if got := line("a\x1b]0;b\nc"); strings.ContainsAny(got, "\x1b\n") {
		t.Errorf("%q", got)
	}
}

// BenchmarkStream attributes changes of a few keys, as a live store brings them.
func BenchmarkStream(b *testing.B) {
	s := newStream(StreamOptions{})
	e := written("c", 1, "1", 2)
	value := bytes.ReplaceAll(e.Value, []byte(`"1"`), []byte(`"`+strings.Repeat("x", 900)+`"`))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		e := &etcdsource.Event{Key: fmt.Appendf(nil, "/registry/configmaps/shop/%d", i%100), Value: value, Mod: int64(i + 100), Version: int64(2 + i/100), Type: etcdsource.Updated}
		s.look([]etcdsource.Event{*e}, time.Time{})
		s.engine.Take(i%100 == 0)
	}
}

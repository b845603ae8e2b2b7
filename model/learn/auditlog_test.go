package learn

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

var begin = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// dated is an object that was created at a time, and whose managers wrote it at some times.
func dated(name string, created time.Time, wrote ...string) []byte {
	var managed []string
	for i, at := range wrote {
		managed = append(managed, fmt.Sprintf(`{"manager":"m%d","operation":"Update","apiVersion":"v1","time":%q,"fieldsType":"FieldsV1","fieldsV1":{}}`, i, at))
	}
	return fmt.Appendf(nil, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":%q,"namespace":"shop","uid":"u","creationTimestamp":%q,"managedFields":[%s]},"data":{}}`,
		name, created.Format(time.RFC3339), strings.Join(managed, ","))
}

// history is a source whose first object was created at begin, and whose last revision is a renewal ten minutes later.
func history(t *testing.T, kind etcdsource.Kind) *Opened {
	t.Helper()
	s := tuitest.NewMemory(kind, "s")
	s.Put("/registry/masterleases/10.0.0.1", []byte("x")) // says nothing of its time
	s.Put("/registry/configmaps/shop/first", dated("first", begin))
	s.Put("/registry/configmaps/shop/second", dated("second", begin.Add(-time.Hour)))
	for _, at := range []time.Duration{5 * time.Minute, 10 * time.Minute} {
		s.Put("/registry/leases/kube-system/kube-controller-manager", fmt.Appendf(nil,
			`{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"kube-controller-manager","namespace":"kube-system","uid":"l"},"spec":{"holderIdentity":"cp_1","renewTime":%q}}`,
			begin.Add(at).Format("2006-01-02T15:04:05.000000Z07:00")))
	}
	k, err := From(t.Context(), s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &Opened{Known: k, Source: s}
}

// TestAuditWindow: a source that ended needs the log from its first object to its last revision, and what the clocks may
// differ by, also after a compaction; while it runs the end is open.
func TestAuditWindow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind      etcdsource.Kind
		compacted int64
		from, to  time.Time
	}{
		{etcdsource.KindFile, 0, begin.Add(-clocks), begin.Add(10*time.Minute + clocks)},
		{etcdsource.KindFile, 1, begin.Add(-clocks), begin.Add(10*time.Minute + clocks)},
		{etcdsource.KindFile, 2, begin.Add(-clocks), begin.Add(10*time.Minute + clocks)},
		{etcdsource.KindLive, 0, begin.Add(-clocks), time.Time{}},
	} {
		o := history(t, c.kind)
		o.Info.Compacted = c.compacted
		clock, err := attribution.Frame(t.Context(), o.Source, o.Decoder, o.Root, false)
		if err != nil {
			t.Fatal(err)
		}
		w, err := o.AuditWindow(t.Context(), clock)
		if err != nil || !w.From.Equal(c.from) || w.To.Sub(c.to).Abs() > time.Second {
			t.Errorf("%s compacted at %d: from %v to %v, %v; want %v to %v", c.kind, c.compacted, w.From, w.To, err, c.from, c.to)
		}
	}
}

// TestAuditSince: the log is needed since the oldest of the versions, each of which was written when its newest manager
// wrote; one version that does not say so needs all of the log.
func TestAuditSince(t *testing.T) {
	t.Parallel()
	k := history(t, etcdsource.KindFile).Known
	event := func(value []byte) etcdsource.Event {
		return etcdsource.Event{Key: []byte("/registry/configmaps/shop/x"), Value: value, Mod: 9, Version: 2, Type: etcdsource.Updated}
	}
	ten, eleven := "2026-11-22T10:00:00Z", "2026-11-22T11:00:00Z"
	gone := event(nil)
	gone.Type = etcdsource.Deleted
	for _, c := range []struct {
		name     string
		versions []etcdsource.Event
		want     string // "" for all of the log
	}{
		{"the newest manager", []etcdsource.Event{event(dated("x", begin, ten, eleven))}, "2026-11-22T10:59:00Z"},
		{"in any order", []etcdsource.Event{event(dated("x", begin, eleven, ten))}, "2026-11-22T10:59:00Z"},
		{"the oldest version", []etcdsource.Event{event(dated("x", begin, eleven)), event(dated("y", begin, ten)), event(dated("z", begin, eleven))}, "2026-11-22T09:59:00Z"},
		{"no manager", []etcdsource.Event{event(dated("x", begin))}, ""},
		{"one without", []etcdsource.Event{event(dated("x", begin, ten)), event(dated("y", begin))}, ""},
		{"the first without", []etcdsource.Event{event(dated("x", begin)), event(dated("y", begin, ten))}, ""},
		{"no time", []etcdsource.Event{event(dated("x", begin, "yesterday"))}, ""},
		{"deleted", []etcdsource.Event{gone}, ""},
	} {
		got := ""
		if w := k.AuditSince(c.versions); !w.From.IsZero() {
			got = w.From.Format(time.RFC3339)
		}
		if got != c.want {
			t.Errorf("%s: since %q, want %q", c.name, got, c.want)
		}
	}
}

// TestOldestOf returns one change of each key that was asked for, the first.
func TestOldestOf(t *testing.T) {
	t.Parallel()
	var events []etcdsource.Event
	for i, k := range []string{"a", "b", "a", "c", "b"} {
		events = append(events, etcdsource.Event{Key: []byte(k), Mod: int64(i + 1)})
	}
	got := ""
	for _, e := range OldestOf(events, []string{"b", "a", "unknown"}) {
		got += fmt.Sprint(string(e.Key), e.Mod, " ")
	}
	if got != "a1 b2 " {
		t.Error(got)
	}
}

// logged gives a source an audit log; since holds from when it was read, each time.
func logged(o *Opened, since *[]time.Time) *AuditLog {
	o.Audit = func(_ context.Context, from time.Time, each func(string, io.Reader) error, _ func(string, error)) error {
		*since = append(*since, from)
		return each("audit.log", strings.NewReader(""))
	}
	return NewAuditLog(o)
}

// TestAuditLogOfARunningSource: the last minutes of the log are read when somebody asks, and again once that is no longer
// new; those who only attribute what is written are given what was read last.
func TestAuditLogOfARunningSource(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var since []time.Time
		a := logged(history(t, etcdsource.KindLive), &since)
		if a.Ended(t.Context()) != nil || len(since) != 0 {
			t.Fatal("the log of a running source was read though nobody asked")
		}
		first := a.Log(t.Context())
		time.Sleep(auditFresh - 1)
		if first == nil || a.Log(t.Context()) != first || a.Ended(t.Context()) != first || len(since) != 1 {
			t.Fatalf("read %d times, want once", len(since))
		}
		time.Sleep(time.Nanosecond)
		if a.Ended(t.Context()) != first || len(since) != 1 {
			t.Fatal("it was read again though nobody asked")
		}
		if again := a.Log(t.Context()); again == first || len(since) != 2 || !since[1].Equal(time.Now().Add(-auditPast)) {
			t.Fatalf("read since %v at %v", since, time.Now())
		}
	})
}

// TestAuditLogOfAFile: it is read once, by Ended, for the time of the file; Log never waits for that.
func TestAuditLogOfAFile(t *testing.T) {
	t.Parallel()
	var since []time.Time
	a := logged(history(t, etcdsource.KindFile), &since)
	if a.Log(t.Context()) != nil || len(since) != 0 {
		t.Fatal("the log of a file was read by who must not wait")
	}
	first := a.Ended(t.Context())
	if first == nil || a.Ended(t.Context()) != first || a.Log(t.Context()) != first || len(since) != 1 || !since[0].Equal(begin.Add(-clocks)) {
		t.Fatalf("read since %v, want once since %v", since, begin.Add(-clocks))
	}
}

// TestNobodyWaitsForTheAuditLog: while one reads the log, others get what is known.
func TestNobodyWaitsForTheAuditLog(t *testing.T) {
	t.Parallel()
	o := history(t, etcdsource.KindLive)
	reading, goOn := make(chan bool), make(chan bool)
	o.Audit = func(context.Context, time.Time, func(string, io.Reader) error, func(string, error)) error {
		reading <- true
		<-goOn
		return nil
	}
	a := NewAuditLog(o)
	done := make(chan bool)
	go func() { done <- a.Log(t.Context()) != nil }()
	<-reading
	if a.Log(t.Context()) != nil {
		t.Error("there is a log before it was read")
	}
	close(goOn)
	if !<-done {
		t.Error("who read the log did not get it")
	}
}

// TestNoAuditLog: where none was given, nothing is known.
func TestNoAuditLog(t *testing.T) {
	t.Parallel()
	a := NewAuditLog(history(t, etcdsource.KindFile))
	if a != nil || a.Log(t.Context()) != nil || a.Ended(t.Context()) != nil {
		t.Error("there is an audit log that nobody gave")
	}
}

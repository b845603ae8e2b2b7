package compare

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/tui/tuitest"
	"github.com/etcdscope/etcdscope/tui/tuitest/hosttest"
)

// TestBeforeTheHistory: a state of before the first write is called so, in the title and in a line, instead of listing every key as
// created without a word.
func TestBeforeTheHistory(t *testing.T) {
	src := tuitest.NewMemory(etcdsource.KindFile, "short.db")
	at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	for i := range 3 {
		src.Put("/registry/configmaps/d/a", []byte(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"d","creationTimestamp":"`+at.Format(time.RFC3339)+
			`","managedFields":[{"manager":"m","operation":"Update","apiVersion":"v1","time":"`+at.Add(time.Duration(i)*time.Minute).Format(time.RFC3339)+`","fieldsType":"FieldsV1","fieldsV1":{"f:data":{}}}]}}`))
	}
	h, v := hosttest.View(t, src)
	f := New(h, v).(*Feature)
	from := f.states.end(0)
	from.when, from.timed = attribution.Moment{Ago: 5 * time.Minute}, true
	if err := from.find(context.Background()); err != nil || from.before.IsZero() {
		t.Fatalf("5 minutes before the newest of 2 minutes: %+v, %v", from.before, err)
	}
	f.states.listing.from, f.states.listing.running = end{timed: true}, true
	f.states.onRows(rowsMsg{seq: f.states.listing.seq, from: from, to: f.states.end(0), done: true})
	if len(h.Said) == 0 || !strings.Contains(h.Said[0], "The history begins later: nothing had been written at 2026-11-30 11:5") {
		t.Errorf("said %q", h.Said)
	}
	if got := f.states.diffs.Heading(); !strings.Contains(got, "short.db before its first write → ") {
		t.Errorf("the title is %q", got)
	}
	inside := f.states.end(0)
	inside.when, inside.timed = attribution.Moment{At: at.Add(time.Hour)}, true
	if err := inside.find(context.Background()); err != nil || !inside.before.IsZero() {
		t.Errorf("an hour later: %+v, %v", inside, err)
	}
}

// TestNotDated: a moment that no revision can be found for is not called now.
func TestNotDated(t *testing.T) {
	src := tuitest.NewMemory(etcdsource.KindFile, "bare.db")
	src.Put("/a", []byte("b"))
	h, v := hosttest.View(t, src)
	f := New(h, v).(*Feature)
	e := f.states.end(0)
	e.when, e.timed = attribution.Moment{Ago: time.Minute}, true
	if err := e.find(context.Background()); err == nil || e.String() != "bare.db" {
		t.Errorf("it is called %q, %v", e.String(), err)
	}
}

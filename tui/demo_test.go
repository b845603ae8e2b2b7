package tui

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/demo"
	"github.com/etcdscope/etcdscope/etcdsource/open"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/host"
	"github.com/etcdscope/etcdscope/tui/print"
	"github.com/etcdscope/etcdscope/tui/timeline"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

// A demo's etcd is the test program again: before any test is looked at.
func init() { demo.Child() }

// kept is a source that is closed by whoever opened it, not by the commands.
type kept struct{ etcdsource.Source }

func (kept) Close() error                { return nil }
func (k kept) Unwrap() etcdsource.Source { return k.Source }

// verdict is what the program says of who wrote a change.
type verdict struct {
	Writer     string `json:"writer"`
	Confidence string `json:"confidence"`
	OutOfBand  string `json:"outOfBand"`
}

func verdictOf(v *attribution.Verdict) verdict {
	return verdict{v.Writer, v.Confidence.String(), v.OutOfBand}
}

// TestDemoHasOneVerdict plays the demo and compares, for every change, who wrote it and how sure that is in the feed, in the
// timeline of its key, in the sequence and in the log.
func TestDemoHasOneVerdict(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the whole demo is played in the full run")
	}
	src, _, err := open.Open(t.Context(), open.Options{Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	m := program(t, nil)
	m.deps.Open = func(ctx context.Context, _ host.Target, _ host.Progress) (*learn.Opened, error) {
		known, err := learn.From(ctx, src, learn.Options{Custom: true, Lenient: true})
		return &learn.Opened{Known: known, Source: kept{src}}, err
	}
	d := drive(t, m, 160, 50)
	d.See("The life of a Pod")
	story, err := etcdsource.As[etcdsource.Stepper](src)
	if err != nil {
		t.Fatal(err)
	}
	steps := len(story.Story().Steps)
	pod := ""
	for i := range steps {
		if i == steps-1 { // the next one removes the Pod
			pod = string(story.Story().Steps[1].Key)
			compareKey(t, d, m, pod)
		}
		d.Press("space")
		d.Settle("a step", func() bool { return m.view().Panes.Story.At() == i+1 })
	}
	judged := func() bool {
		items := m.view().State.Feed.Items()
		last := items[len(items)-1].Event
		_, ok := m.view().Panes.Changes.Verdict(timeline.ID{Rev: last.Mod, Sub: last.Sub})
		return ok && last.Mod == m.view().State.Head && m.view().Flow.PastJudged() && m.view().Panes.Changes.Judged() >= last.Mod
	}
	d.Settle("the writers", judged)
	log := logged(t, src)
	seen := 0
	for _, it := range m.view().State.Feed.Items() {
		e := it.Event
		v, ok := m.view().Panes.Changes.Verdict(timeline.ID{Rev: e.Mod, Sub: e.Sub})
		if !ok {
			t.Errorf("revision %d of %s: no writer in the feed", e.Mod, e.Key)
			continue
		}
		if got, want := verdictOf(&v), log[fmt.Sprint(e.Mod, " ", string(e.Key))]; got != want {
			t.Errorf("revision %d of %s: %+v in the feed, %+v in the log", e.Mod, e.Key, got, want)
		}
		seen++
	}
	if seen != len(log) || seen < 800 {
		t.Errorf("%d changes in the feed, %d in the log", seen, len(log))
	}
	compareSequence(t, d, m, pod)
	for i, key := range keysOf(m) {
		if i%25 == 0 {
			compareKey(t, d, m, key)
		}
	}
}

// keysOf returns the keys that are there.
func keysOf(m *Model) (keys []string) {
	live, order := map[string]bool{}, []string{}
	for _, it := range m.view().State.Feed.Items() {
		key := string(it.Event.Key)
		if _, ok := live[key]; !ok {
			order = append(order, key)
		}
		live[key] = it.Event.Type != etcdsource.Deleted
	}
	for _, key := range order {
		if live[key] {
			keys = append(keys, key)
		}
	}
	return keys
}

// compareKey compares the timeline of a key with the feed.
func compareKey(t *testing.T, d *tuitest.Driver, m *Model, key string) {
	t.Helper()
	p := m.view().Panes
	d.Command("key " + key)
	d.Settle("the timeline of "+key, func() bool { return len(p.History.Changes()) > 0 && string(p.History.Changes()[0].Key) == key })
	rows := p.History.Changes()
	d.Settle("the writers of "+key, func() bool {
		for _, r := range rows {
			if _, ok := p.Changes.Verdict(timeline.ID{Rev: r.Mod, Sub: r.Sub}); !ok {
				return false
			}
		}
		return true
	})
	for _, r := range rows { // the timeline may know less for a moment: what is before a row is read beside it
		v, _ := p.Changes.Verdict(timeline.ID{Rev: r.Mod, Sub: r.Sub})
		want := verdictOf(&v)
		d.Settle(fmt.Sprintf("%+v as the writer of revision %d of %s in its timeline, as in the feed", want, r.Mod, key), func() bool {
			h := p.History.Verdict(r.Mod)
			return verdictOf(&h) == want
		})
	}
}

var sequenceRow = regexp.MustCompile(`→ (\d+) \S (\S+)`)

// compareSequence compares the sequence of the Pod's writes with the feed.
func compareSequence(t *testing.T, d *tuitest.Driver, m *Model, pod string) {
	t.Helper()
	d.Press("5")
	d.See("Sequence")
	rows := 0
	d.Settle("the rows of the sequence", func() bool { rows = len(sequenceRow.FindAllString(d.Text(), -1)); return rows > 5 })
	for _, it := range m.view().State.Feed.Items() {
		e := it.Event
		if string(e.Key) != pod {
			continue
		}
		v, _ := m.view().Panes.Changes.Verdict(timeline.ID{Rev: e.Mod, Sub: e.Sub})
		for _, r := range sequenceRow.FindAllStringSubmatch(d.Text(), -1) {
			if r[1] == fmt.Sprint(e.Mod) && !strings.HasPrefix(v.Actor(), r[2]) && v.Writer != "" {
				t.Errorf("revision %d: %s in the sequence, %s in the feed", e.Mod, r[2], v.Actor())
			}
		}
	}
}

// logged returns what the log says of every change of the store.
func logged(t *testing.T, src etcdsource.Source) map[string]verdict {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := print.Execute(t.Context(), []string{"log", "-A", "--recall", "-o", "json"}, nil, &stdout, &stderr, print.Funcs{
		Open: func(context.Context, print.OpenOptions) (print.Opened, error) {
			return print.Opened{Source: kept{src}}, nil
		},
	})
	if code != 0 {
		t.Fatalf("log: exit %d: %s", code, stderr.String())
	}
	out := map[string]verdict{}
	for _, line := range strings.Split(strings.TrimSpace(stdout.String()), "\n") {
		var l struct {
			Revision int64  `json:"revision"`
			Key      string `json:"key"`
			verdict
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		if l.Key != "" {
			out[fmt.Sprint(l.Revision, " ", l.Key)] = l.verdict
		}
	}
	return out
}

package sequence

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/theme"
)

func newPane(t testing.TB, w, h int) *Pane {
	t.Helper()
	th, err := theme.Named("mono")
	if err != nil {
		t.Fatal(err)
	}
	p := New(&pane.Style{Theme: th})
	p.Resize(w, h)
	return p
}

func drawn(p *Pane) string {
	var out []string
	for y := range p.h {
		out = append(out, strings.TrimRight(ansi.Strip(string(p.Row(nil, y))), " "))
	}
	return strings.TrimRight(strings.Join(out, "\n"), "\n")
}

const pod = "/registry/pods/demo/nginx"

func life() []Row {
	return []Row{
		{Lane: attribution.LaneClient, Actor: "kubectl", How: Refused, Text: "refused: nothing is stored"},
		{Rev: 890, Path: pod, Lane: attribution.LaneClient, Actor: "kubectl", Type: etcdsource.Created, Key: "pods/demo/nginx", Text: "created"},
		{Rev: 891, Path: pod, Lane: attribution.LaneScheduler, Actor: "kube-scheduler", Type: etcdsource.Updated, Key: "pods/demo/nginx", Text: "assigned"},
		{Rev: 892, Path: pod, Lane: attribution.LaneKubelet, Node: "node-a", Actor: "kubelet", Type: etcdsource.Updated, Key: "pods/demo/nginx", Text: "runs"},
		{Rev: 893, Path: pod, Lane: attribution.LaneKubelet, Node: "node-a", Actor: "kubelet", Type: etcdsource.Deleted, Key: "pods/demo/nginx", Text: "removed"},
	}
}

func TestDiagram(t *testing.T) {
	p := newPane(t, 72, 9)
	p.Show("pod demo/nginx", life(), "")
	want := strings.Trim(`
  client  sched   kubelet API   etcd  what was written
  ●┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄✗           refused: nothing is stored
  ●───────┼───────┼───────●─────→ 890 + created
  │       ←┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄●           not stored: its watch informs kub…
  │       ●───────┼───────●─────→ 891 ~ assigned
  │       │       ←┄┄┄┄┄┄┄●           not stored: its watch informs kub…
  │       │       ●───────●─────→ 892 ~ runs
❯ │       │       ●───────●─────→ 893 − removed`, "\n")
	if got := drawn(p); !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestPastTheAPIServer(t *testing.T) {
	p := newPane(t, 72, 4)
	p.Show("", []Row{{Rev: 7, Path: pod, Lane: attribution.LaneOther, How: Past, Key: "pods/demo/nginx"}}, "")
	if got := drawn(p); !strings.Contains(got, "▲─────────────→ 7") {
		t.Errorf("the line stops at the API server:\n%s", got)
	}
}

func TestKubeletsOfNodes(t *testing.T) {
	rows := life()
	rows[4].Node = "node-b"
	p := newPane(t, 160, 14)
	p.Show("", rows, "")
	head := strings.Split(drawn(p), "\n")
	if !strings.Contains(head[1], "node-a") || !strings.Contains(head[1], "node-b") {
		t.Errorf("no lane for each node:\n%s", drawn(p))
	}
	p.Resize(60, 14)
	if n := strings.Count(strings.Split(drawn(p), "\n")[0], "kubelet"); n != 1 {
		t.Errorf("%d lanes for kubelets where there is room for one:\n%s", n, drawn(p))
	}
}

func TestEventsAnswerNothing(t *testing.T) {
	rows := withWatches([]Row{
		{Rev: 1, Path: pod, Lane: attribution.LaneClient}, {Rev: 2, Path: "/registry/events/demo/x", Lane: attribution.LaneKubelet},
		{Rev: 3, Path: "/registry/minions/a", Lane: attribution.LaneKubelet}, {Rev: 4, Path: "/registry/replicasets/demo/y", Lane: attribution.LaneControllers},
	})
	if len(rows) != 5 || rows[3].How != Delivered {
		t.Errorf("%+v", rows)
	}
}

func TestCursorStaysOnItsRow(t *testing.T) {
	p := newPane(t, 72, 9)
	rows := life()
	p.Show("", rows[:4], "")
	if p.Current().Rev != 892 {
		t.Fatalf("the cursor is on %d, want the newest", p.Current().Rev)
	}
	p.Show("", rows, "")
	if p.Current().Rev != 893 {
		t.Errorf("the cursor did not follow: %d", p.Current().Rev)
	}
	if i, ok := p.Do(keymap.First).(pane.Select); ok {
		t.Errorf("a row without a key selects %q", i.Path)
	}
	p.Do(keymap.Down)
	more := append(rows, Row{Rev: 900, Path: pod, Lane: attribution.LaneClient})
	p.Show("", more, "")
	if p.Current().Rev != 890 {
		t.Errorf("the cursor left revision 890 for %d", p.Current().Rev)
	}
	if i, ok := p.Do(keymap.Open).(pane.Open); !ok || i.Path != pod {
		t.Errorf("open gave %v", i)
	}
	p.At(892)
	if p.Current().Rev != 892 {
		t.Errorf("At(892) is at %d", p.Current().Rev)
	}
}

func TestExactWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPane(nopTB{}, rapid.IntRange(1, 300).Draw(t, "w"), rapid.IntRange(1, 40).Draw(t, "h"))
		var rows []Row
		for i := range rapid.IntRange(0, 30).Draw(t, "rows") {
			rows = append(rows, Row{
				Rev: int64(i) * 1000, Path: fmt.Sprint("/k", i%5), Key: strings.Repeat("k", i), Text: strings.Repeat("ü", 3*i),
				Lane: rapid.SampledFrom(attribution.Lanes).Draw(t, "lane"), Node: rapid.SampledFrom([]string{"", "a", "node-b"}).Draw(t, "node"),
				How: How(rapid.IntRange(0, 3).Draw(t, "how")), Type: etcdsource.Type(rapid.IntRange(0, 2).Draw(t, "type")), Actor: "someone",
			})
		}
		p.Show("", rows, "nothing")
		for y := range p.h {
			if w := ansi.StringWidth(string(p.Row(nil, y))); w != p.w {
				t.Fatalf("row %d is %d wide, want %d", y, w, p.w)
			}
		}
	})
}

type nopTB struct{ testing.TB }

func (nopTB) Helper()        {}
func (nopTB) Fatal(a ...any) { panic(fmt.Sprint(a...)) }

package columns

import (
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/decode/kinds"
)

func pod(status map[string]any) map[string]any {
	return map[string]any{
		"metadata": map[string]any{"name": "web"},
		"spec":     map[string]any{"containers": []any{map[string]any{"name": "a"}, map[string]any{"name": "b"}}},
		"status":   status,
	}
}

func container(ready bool, state map[string]any) map[string]any {
	return map[string]any{"ready": ready, "restartCount": int64(2), "state": state}
}

func TestPod(t *testing.T) {
	r, ok := kinds.Builtin().Find("po")
	if !ok {
		t.Fatal("no pods")
	}
	waiting := map[string]any{"waiting": map[string]any{"reason": "CrashLoopBackOff"}}
	for want, tree := range map[string]map[string]any{
		"1/2 CrashLoopBackOff 4 <none>": pod(map[string]any{"phase": "Running", "containerStatuses": []any{container(true, nil), container(false, waiting)}}),
		"0/2 Evicted 0 <none>":          pod(map[string]any{"phase": "Failed", "reason": "Evicted"}),
		"0/0  0 <none>":                 nil, // it could not be decoded
	} {
		got := ""
		for _, c := range Of(r, "v1", false) {
			if got != "" {
				got += " "
			}
			got += c.Value(tree)
		}
		if got != want {
			t.Errorf("a pod's cells are %q, want %q", got, want)
		}
	}
}

func TestCustom(t *testing.T) {
	r := kinds.Resource{Custom: true, Versions: []kinds.Version{{Name: "v1", Columns: []kinds.Column{
		{Name: "Size", Type: "integer", Path: ".spec.size"},
		{Name: "Ready", Type: "string", Path: `.status.conditions[?(@.type=="Ready")].status`},
		{Name: "Born", Type: "date", Path: ".metadata.creationTimestamp"},
		{Name: "Note", Type: "string", Path: ".spec.note", Priority: 1},
	}}}}
	tree := map[string]any{"spec": map[string]any{"size": int64(3)}, "status": map[string]any{"conditions": []any{
		map[string]any{"type": "Synced", "status": "False"}, map[string]any{"type": "Ready", "status": "True"}}}}
	cols := Of(r, "example.com/v1", false)
	if len(cols) != 2 || cols[0].Head != "SIZE" || cols[0].Value(tree) != "3" || cols[1].Value(tree) != "True" {
		t.Errorf("the columns are %v", cols)
	}
	if n := len(Of(r, "example.com/v1", true)); n != 3 {
		t.Errorf("wide output has %d columns, want 3", n)
	}
	if n := len(Of(r, "example.com/v2", false)); n != 0 {
		t.Errorf("a version without a definition has %d columns", n)
	}
}

func TestAge(t *testing.T) {
	born := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for want, d := range map[string]time.Duration{
		"5s": 5 * time.Second, "4m10s": 250 * time.Second, "90m": 90 * time.Minute, "3h5m": 185 * time.Minute,
		"3d2h": 74 * time.Hour, "10d": 245 * time.Hour, "2y10d": 740 * 24 * time.Hour, "0s": -time.Hour,
	} {
		if got := Age(born, born.Add(d)); got != want {
			t.Errorf("%s is %s, want %s", d, got, want)
		}
	}
	if got := Age(time.Time{}, born); got != "<unknown>" {
		t.Errorf("no time is %s", got)
	}
}

func TestChosen(t *testing.T) {
	r, ok := kinds.Builtin().Find("po")
	if !ok {
		t.Fatal("no pods")
	}
	tree := pod(map[string]any{"phase": "Running", "podIP": "10.0.0.9"})
	for _, c := range []struct{ spec, head, cell string }{
		{"status", "STATUS", "Running"}, {".status.podIP", "PODIP", "10.0.0.9"}, {"Where={.spec.nodeName}", "WHERE", "<none>"},
		{"first=.spec.containers[0].name", "FIRST", "a"}, {".spec.containers[*].name", "NAME", "a,b"}, {"gone", "GONE", ""},
	} {
		cols := Chosen(r, "v1", []string{c.spec})
		if len(cols) != 1 || cols[0].Head != c.head || cols[0].Value(tree) != c.cell {
			t.Errorf("%s is %v: %q", c.spec, cols, cols[0].Value(tree))
		}
		if cols[0].Value(nil) == "10.0.0.9" {
			t.Error("a cell of nothing")
		}
	}
}

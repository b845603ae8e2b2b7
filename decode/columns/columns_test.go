package columns

import (
	"encoding/json"
	"strings"
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

// podNow is when the pods of TestPod are looked at.
var podNow = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// TestPod: what kubectl prints of pods in each state.
func TestPod(t *testing.T) {
	t.Parallel()
	r, ok := kinds.Builtin().Find("po")
	if !ok {
		t.Fatal("no pods")
	}
	const (
		two     = `"spec":{"containers":[{"name":"a"},{"name":"b"}]}`
		inits   = `"spec":{"initContainers":[{"name":"i"},{"name":"j"}],"containers":[{"name":"a"}]}`
		sidecar = `"spec":{"initContainers":[{"name":"i"},{"name":"s","restartPolicy":"Always"}],"containers":[{"name":"a"}]}`
		runs    = `{"name":"a","ready":true,"restartCount":0,"state":{"running":{}}}`
		done    = `{"name":"i","ready":true,"state":{"terminated":{"exitCode":0,"reason":"Completed"}}}`
		ready   = `"conditions":[{"type":"Ready","status":"True"},{"type":"Initialized","status":"True"}]`
	)
	for _, c := range []struct{ pod, want string }{
		{two + `,"status":{"phase":"Running","containerStatuses":[` + runs + `,{"name":"b","restartCount":4,"state":{"waiting":{"reason":"CrashLoopBackOff"}},"lastState":{"terminated":{"finishedAt":"2026-01-02T03:00:00Z"}}}]}`, "1/2 CrashLoopBackOff 4 (4m5s ago)"},
		{two + `,"status":{"phase":"Failed","reason":"Evicted"}`, "0/2 Evicted 0"},
		{inits + `,"status":{"phase":"Pending","initContainerStatuses":[` + done + `,{"name":"j","state":{"running":{}}}]}`, "0/1 Init:1/2 0"},
		{inits + `,"status":{"phase":"Pending","initContainerStatuses":[{"name":"i","restartCount":2,"state":{"waiting":{"reason":"CrashLoopBackOff"}}},{"name":"j","state":{"waiting":{"reason":"PodInitializing"}}}]}`, "0/1 Init:CrashLoopBackOff 2"},
		{inits + `,"status":{"phase":"Pending","initContainerStatuses":[{"name":"i","state":{"terminated":{"exitCode":2}}},{"name":"j"}]}`, "0/1 Init:ExitCode:2 0"},
		{inits + `,"status":{"phase":"Pending","initContainerStatuses":[{"name":"i","state":{"terminated":{"exitCode":137,"signal":9}}}]}`, "0/1 Init:Signal:9 0"},
		{inits + `,"status":{"phase":"Pending","initContainerStatuses":[{"name":"i","state":{"terminated":{"exitCode":1,"reason":"Error"}}}]}`, "0/1 Init:Error 0"},
		{sidecar + `,"status":{"phase":"Running",` + ready + `,"initContainerStatuses":[` + done + `,{"name":"s","ready":true,"started":true,"restartCount":3,"state":{"running":{}},"lastState":{"terminated":{"finishedAt":"2026-01-02T01:04:05Z"}}}],"containerStatuses":[` + runs + `]}`, "2/2 Running 3 (120m ago)"},
		{two + `,"status":{"phase":"Running","containerStatuses":[{"name":"a","state":{"terminated":{"exitCode":137}}}]}`, "0/2 ExitCode:137 0"},
		{two + `,"status":{"phase":"Running","containerStatuses":[{"name":"a","state":{"terminated":{"exitCode":137,"signal":9}}}]}`, "0/2 Signal:9 0"},
		{two + `,"status":{"phase":"Running","containerStatuses":[{"name":"a","state":{"terminated":{"exitCode":0,"reason":"Completed"}}},` + runs + `]}`, "1/2 NotReady 0"},
		{two + `,"status":{"phase":"Running",` + ready + `,"containerStatuses":[{"name":"a","state":{"terminated":{"exitCode":0,"reason":"Completed"}}},` + runs + `]}`, "1/2 Running 0"},
		{two + `,"status":{"phase":"Succeeded","containerStatuses":[{"name":"a","state":{"terminated":{"exitCode":0,"reason":"Completed"}}}]}`, "0/2 Completed 0"},
		{`"metadata":{"deletionTimestamp":"2026-01-02T03:04:00Z"},` + two + `,"status":{"phase":"Running","reason":"NodeLost"}`, "0/2 Unknown 0"},
		{`"metadata":{"deletionTimestamp":"2026-01-02T03:04:00Z"},` + two + `,"status":{"phase":"Running","containerStatuses":[` + runs + `]}`, "1/2 Terminating 0"},
		{`"metadata":{"deletionTimestamp":"2026-01-02T03:04:00Z"},` + two + `,"status":{"phase":"Succeeded"}`, "0/2 Succeeded 0"},
		{two + `,"status":{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"SchedulingGated"}]}`, "0/2 SchedulingGated 0"},
		{"", "<unknown> <unknown> <unknown>"}, // it could not be decoded
	} {
		var tree map[string]any
		if c.pod != "" {
			dec := json.NewDecoder(strings.NewReader("{" + c.pod + "}"))
			dec.UseNumber()
			if err := dec.Decode(&tree); err != nil {
				t.Fatal(c.pod, err)
			}
		}
		var got []string
		for _, col := range Of(r, "v1", false)[:3] {
			got = append(got, col.Cell(tree).At(podNow))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %q, want %q", c.pod, s, c.want)
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
	if len(cols) != 4 || cols[0].Head != "SIZE" || cols[0].Cell(tree).Text != "3" || cols[1].Cell(tree).Text != "True" {
		t.Errorf("the columns are %v", cols)
	}
	if n := len(Of(r, "example.com/v1", true)); n != 5 {
		t.Errorf("wide output has %d columns, want 5", n)
	}
	if cols := Of(r, "example.com/v2", false); len(cols) != 1 || !cols[0].Age {
		t.Errorf("a version without a definition has %v", cols)
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
		if len(cols) != 1 || cols[0].Head != c.head || cols[0].Cell(tree).Text != c.cell {
			t.Errorf("%s is %v: %q", c.spec, cols, cols[0].Cell(tree).Text)
		}
		if cols[0].Cell(nil).Text == "10.0.0.9" {
			t.Error("a cell of nothing")
		}
	}
}

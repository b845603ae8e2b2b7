package audit

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// wrapped puts each line of a log into a form; lines come without their ends.
type wrapped func(lines []string) string

// each puts one and the same thing around every line.
func each(format func(line string) string) wrapped {
	return func(lines []string) (out string) {
		for _, l := range lines {
			out += format(l) + "\n"
		}
		return out
	}
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// pieces cuts a text into pieces of at most n bytes.
func pieces(s string, n int) (out []string) {
	for ; len(s) > n; s = s[n:] {
		out = append(out, s[:n])
	}
	return append(out, s)
}

func criParts(line string) (out string) {
	parts := pieces(line, 100)
	for i, p := range parts {
		tag := "P"
		if i == len(parts)-1 {
			tag = "F"
		}
		out += "2026-01-02T10:00:00.123456789Z stdout " + tag + " " + p + "\n"
		if i == 1 {
			out += "2026-01-02T10:00:00.2Z stderr F I0102 something {else}\n"
		}
	}
	return strings.TrimSuffix(out, "\n")
}

func indented(s string) string {
	var v any
	_ = json.Unmarshal([]byte(s), &v)
	b, _ := json.MarshalIndent(v, "", "  ")
	return string(b)
}

func bytesOf(s string) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint([]byte(s)), "[]"), " ", ",")
}

// shapes are the forms in which a log leaves a cluster.
var shapes = map[string]wrapped{
	"plain":                  each(func(l string) string { return l }),
	"a BOM and CRLF":         func(lines []string) string { return "\ufeff" + strings.Join(lines, "\r\n") + "\r\n" },
	"a BOM and an array":     func(lines []string) string { return "\ufeff[" + strings.Join(lines, ",") + "]" },
	"an array":               func(lines []string) string { return "[" + strings.Join(lines, ", ") + "]\n" },
	"an array over lines":    func(lines []string) string { return "[\n  " + strings.Join(lines, ",\n  ") + "\n]\n" },
	"a line an element":      func(lines []string) string { return "[" + strings.Join(lines, ",\n") + "]\n" },
	"an indented array":      func(lines []string) string { return indented("[" + strings.Join(lines, ",") + "]") },
	"arrays in lines":        each(func(l string) string { return "[" + l + "]" }),
	"arrays over lines":      each(func(l string) string { return "[\n" + l + "\n]" }),
	"sorted and spaced":      each(func(l string) string { return strings.ReplaceAll(indented(l), "\n", "") }),
	"in one line, backwards": func(lines []string) string { return lines[1] + lines[0] + lines[2] + lines[3] },
	"in one line":            func(lines []string) string { return strings.Join(lines, " ") },
	"oc adm node-logs":       each(func(l string) string { return "master-0.example.com " + l }),
	"kubectl --prefix":       each(func(l string) string { return "[pod/kube-apiserver-cp/kube-apiserver] " + l }),
	"kubectl --timestamps":   each(func(l string) string { return "2026-01-02T10:00:00.1Z " + l }),
	"labels before":          each(func(l string) string { return `2026-01-02T10:00:00Z {app="kube-apiserver", node="{a}"} ` + l }),
	"tabs before":            each(func(l string) string { return "2026-01-02T10:00:00+00:00\tkube-audit\t" + l }),
	"CRI":                    each(func(l string) string { return "2026-01-02T10:00:00.123456789Z stdout F " + l }),
	"CRI in parts":           each(criParts),
	"CRI behind a name":      each(func(l string) string { return "master-0 " + strings.ReplaceAll(criParts(l), "\n", "\nmaster-0 ") }),
	"docker": each(func(l string) string {
		return `{"log":` + quoted(l+"\n") + `,"stream":"stdout","time":"2026-01-02T10:00:00Z"}`
	}),
	"docker in parts": each(func(l string) (out string) {
		for i, p := range pieces(l+"\n", 150) {
			if i == 1 {
				out += `{"log":"I0102 something else\n","stream":"stderr","time":"2026-01-02T10:00:00Z"}` + "\n"
			}
			out += `{"log":` + quoted(p) + `,"stream":"stdout","time":"2026-01-02T10:00:00Z"}` + "\n"
		}
		return strings.TrimSuffix(out, "\n")
	}),
	"journalctl -o json":  each(func(l string) string { return `{"_PID":"7","MESSAGE":` + quoted(l) + `,"PRIORITY":"6"}` }),
	"journal in bytes":    each(func(l string) string { return `{"MESSAGE":[` + bytesOf(l) + `],"_PID":"7"}` }),
	"journalctl -o short": each(func(l string) string { return "Jan 02 10:00:00 master-0 kube-apiserver[1234]: " + l }),
	"journalctl -o cat":   each(func(l string) string { return l }),
	"journal short, in two": each(func(l string) string {
		return "Jan 02 10:00:00 cp-0 kube[12]: " + l[:300] + "\nJan 02 10:00:01 cp-0 kube[12]: " + l[300:]
	}),
	"journal cat, in two": each(func(l string) string { return l[:300] + "\n" + l[300:] }),
	"journal export":      each(func(l string) string { return "__CURSOR=x\nMESSAGE=" + l + "\n" }),
	"EKS, Insights":       each(func(l string) string { return `{"@timestamp":"2026-01-02 10:00:00.100","@message":` + quoted(l) + `}` }),
	"EKS, rows":           func(lines []string) string { return insights(lines) },
	"EKS, CSV":            func(lines []string) string { return "@timestamp,@message\n" + each(csvLine)(lines) },
	"EKS, get-log-events": func(lines []string) string { return indented(logEvents("events", lines)) },
	"EKS, a subscription": func(lines []string) string { return logEvents("logEvents", lines) },
	"EKS, to a bucket":    each(func(l string) string { return "2026-01-02T10:00:00.100Z " + l }),
	"GKE, a JSON payload": each(func(l string) string {
		return `{"insertId":"a","jsonPayload":` + l + `,"resource":{"type":"k8s_cluster"}}`
	}),
	"GKE, a text payload": each(func(l string) string { return `{"insertId":"a","textPayload":` + quoted(l) + `}` }),
	"Azure": each(func(l string) string {
		return `{"category":"kube-audit","properties":{"log":` + quoted(l) + `,"stream":"stdout"}}`
	}),
	"Azure, records":        func(lines []string) string { return `{"records":[` + strings.Join(lines, ",") + `]}` },
	"a text within a text":  each(func(l string) string { return `{"message":` + quoted(`{"log":`+quoted(l)+`}`) + `}` }),
	"an object in a search": each(func(l string) string { return `{"_index":"k","_source":{"audit":` + l + `}}` }),
	"among other lines":     each(func(l string) string { return "I0102 10:00:00 1 httplog.go:1] {\n" + l + "\n{\"level\":\"info\"}" }),
}

func csvLine(l string) string {
	return `2026-01-02 10:00:00.100,"` + strings.ReplaceAll(l, `"`, `""`) + `"`
}

func insights(lines []string) string {
	var rows []string
	for _, l := range lines {
		rows = append(rows, `[{"field":"@timestamp","value":"2026-01-02 10:00:00"},{"field":"@message","value":`+quoted(l)+`}]`)
	}
	return indented(`{"results":[` + strings.Join(rows, ",") + `],"status":"Complete"}`)
}

func logEvents(name string, lines []string) string {
	var list []string
	for _, l := range lines {
		list = append(list, `{"timestamp":1767348000100,"message":`+quoted(l)+`,"ingestionTime":1767348000200}`)
	}
	return `{"messageType":"DATA_MESSAGE","` + name + `":[` + strings.Join(list, ",") + `]}`
}

// TestForms: the same requests are read, in whatever form a log left its cluster, as a whole and while it is followed.
func TestForms(t *testing.T) {
	lines := []string{
		eventOf(1, "RequestResponse", "create", "/x", pod, `,"responseObject":{"kind":"Pod","metadata":{"name":"web","resourceVersion":"7"},"a":"{\"b\": \"é\"}"}`),
		eventOf(2, "Metadata", "get", "/x", pod, ""), eventOf(3, "Metadata", "patch", "/x?fieldManager=m", pod, ""), eventOf(4, "Metadata", "delete", "/x", pod, ""),
	}
	const want = "create pods 7 id-1 , patch pods 0 id-3 m, delete pods 0 id-4 , "
	say := func(list []*Request) (got string) {
		for _, q := range list {
			got += fmt.Sprintf("%s %d %s %s, ", q.What(), q.Revision, q.ID, q.Sender.Manager)
		}
		return got
	}
	web := Object{"", "pods", "demo", "web"}
	for name, form := range shapes {
		text := form(lines)
		for _, w := range []Window{{}, {From: time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC), To: time.Date(2026, 1, 2, 11, 0, 0, 0, time.UTC)}} {
			l, r := read(t, w, text)
			if got := say(l.Of(web)); got != want || r.Damaged != 0 || r.Huge != 0 || r.Events < 3 {
				t.Errorf("%s: read %s (%+v) of\n%s", name, got, r, text)
			}
		}
		if event, held, err := Holds(t.Context(), one(text)); !event || !held || err != nil {
			t.Errorf("%s: holds an event %v, anything %v, %v", name, event, held, err)
		}
		if spread([]byte(text)) {
			continue
		}
		tail := NewTail()
		for line := range strings.Lines(text) {
			_ = tail.Put([]byte(line))
		}
		var got []*Request
		for _, r := range tail.Take() {
			got = append(got, &r)
		}
		if say(got) != want {
			t.Errorf("%s, followed: %s", name, say(got))
		}
	}
}

// TestCutForms: a part without its end costs one event, and no other.
func TestCutForms(t *testing.T) {
	a, b := eventOf(1, "Metadata", "patch", "/x", pod, ""), eventOf(2, "Metadata", "delete", "/x", pod, "")
	at := "2026-01-02T10:00:00Z stdout "
	for name, text := range map[string]string{
		"a cut line":               a[:200] + "\n" + b + "\n",
		"a cut CRI line":           at + "P " + a[:200] + "\n" + at + "F " + b + "\n" + at + "F " + b + "\n",
		"a CRI line without end":   at + "F " + b + "\n" + at + "P " + a[:200] + "\n",
		"a full CRI line, cut":     at + "F " + a[:200] + "\n" + at + "F " + b + "\n",
		"a cut docker line":        `{"log":` + quoted(a[:200]) + `,"stream":"stdout"}` + "\n" + `{"log":` + quoted(b) + `,"stream":"stdout"}`,
		"a cut line behind a name": "cp-0 " + a[:200] + "\ncp-0 " + b + "\n",
	} {
		l, r := read(t, Window{}, text)
		got := l.Of(Object{"", "pods", "demo", "web"})
		if r.Damaged+r.Foreign != 1 || len(got) != 1 || got[0].Verb != Delete {
			t.Errorf("%s: %d requests, %+v", name, len(got), r)
		}
	}
}

// TestNoAuditLog: what holds no audit event is recognised, whatever else it holds.
func TestNoAuditLog(t *testing.T) {
	for name, text := range map[string]string{
		"lines of a component": "I0102 10:00:00 1 main.go:7] started {\"a\":1}\n", "core Events": `{"kind":"Event","apiVersion":"v1","metadata":{"name":"e"},"reason":"Pulled"}` + "\n",
		"a list of objects": `{"kind":"EventList","apiVersion":"v1","items":[{"kind":"Event"}]}`, "numbers": "[1,2,3]", "an array": `[{"a":"{}"}]`, "binary": "\x00\x01\x02{{{[[[\xff",
		"a cut event": `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Met`, "a policy": "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: []\n",
	} {
		l, r := read(t, Window{}, text)
		event, held, err := Holds(t.Context(), one(text))
		if l.Len() != 0 || !strings.HasPrefix(r.Trouble(), NoEvent) || event || !held || err != nil {
			t.Errorf("%s: %d requests, %+v, %v %v %v", name, l.Len(), r, event, held, err)
		}
	}
	if event, held, err := Holds(t.Context(), one("", "\n\n")); event || held || err != nil {
		t.Error("something is held by nothing")
	}
}

// TestGoogle: GKE describes requests in Google's own form.
func TestGoogle(t *testing.T) {
	entry := func(method, resource, more string) string {
		return `{"insertId":"x","logName":"projects/p/logs/cloudaudit.googleapis.com%2Factivity","operation":{"first":true,"id":"id-9","last":true,"producer":"k8s.io"},` +
			`"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","authenticationInfo":{"principalEmail":"alice@example.com"},"methodName":"` + method +
			`","requestMetadata":{"callerIp":"192.0.2.7","callerSuppliedUserAgent":"kubectl/v1.36.3 (linux/amd64)"},"resourceName":"` + resource + `","serviceName":"k8s.io"` + more +
			`},"resource":{"type":"k8s_cluster"},"timestamp":"2026-01-02T10:00:01.000000Z","receiveTimestamp":"2026-01-02T10:00:09Z"}`
	}
	for _, c := range []struct {
		entry  string
		object Object
		want   string
	}{
		{entry("io.k8s.core.v1.configmaps.create", "core/v1/namespaces/shop/configmaps/flags", `,"response":{"@type":"core.k8s.io/v1.ConfigMap","metadata":{"resourceVersion":"7"}}`), Object{"", "configmaps", "shop", "flags"}, "create configmaps 7"},
		{entry("io.k8s.apps.v1.deployments.status.update", "apps/v1/namespaces/shop/deployments/web/status", `,"status":{"code":0}`), Object{"apps", "deployments", "shop", "web"}, "update deployments/status 0"},
		{entry("io.k8s.core.v1.pods.binding.create", "core/v1/namespaces/shop/pods/web/binding", ""), Object{"", "pods", "shop", "web"}, "create pods/binding 0"},
		{entry("io.k8s.core.v1.namespaces.delete", "core/v1/namespaces/shop", `,"response":{"@type":"core.k8s.io/v1.Status","metadata":{"resourceVersion":"7"}}`), Object{"", "namespaces", "", "shop"}, "delete namespaces 0"},
		{entry("io.k8s.authorization.rbac.v1.clusterroles.patch", "rbac.authorization.k8s.io/v1/clusterroles/a", ""), Object{"rbac.authorization.k8s.io", "clusterroles", "", "a"}, "patch clusterroles 0"},
		{entry("com.example.shop.v1.widgets.delete", "shop.example.com/v1/namespaces/shop/widgets/w", ""), Object{"shop.example.com", "widgets", "shop", "w"}, "delete widgets 0"},
		{entry("io.k8s.core.v1.pods.get", "core/v1/namespaces/shop/pods/web", ""), Object{"", "pods", "shop", "web"}, ""},
		{entry("io.k8s.core.v1.pods.create", "core/v1/namespaces/shop/pods/web", `,"status":{"code":7,"message":"no"}`), Object{"", "pods", "shop", "web"}, ""},
	} {
		for name, text := range map[string]string{"lines": c.entry + "\n", "an indented array": indented("[" + c.entry + "]")} {
			l, r := read(t, Window{}, text)
			got := ""
			for _, q := range l.Of(c.object) {
				got += fmt.Sprintf("%s %d", q.What(), q.Revision)
				if q.Sender.User != "alice@example.com" || q.Sender.Program() != "kubectl" || q.ID != "id-9" {
					t.Errorf("%s: by %+v", name, q.Sender)
				}
			}
			if got != c.want || r.Events != 1 || r.Damaged != 0 {
				t.Errorf("%s: got %q, want %q (%+v) of\n%s", name, got, c.want, r, text)
			}
		}
	}
}

// TestExports: files that were taken from clusters in seven ways hold the same requests.
func TestExports(t *testing.T) {
	names, err := filepath.Glob("testdata/exports/*")
	if err != nil || len(names) < 7 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		l, r := read(t, Window{}, string(b), string(b)) // twice: exports overlap
		got := ""
		for _, q := range l.Of(Object{"", "configmaps", "shop", "flags"}) {
			got += fmt.Sprintf("%s %s %d, ", q.Sender.User, q.Verb, q.Revision)
		}
		if want := "alice@example.com create 2, bob@example.com update 3, carol@example.com delete 0, "; got != want || r.Trouble() != "" {
			t.Errorf("%s: %s (%+v)", name, got, r)
		}
	}
}

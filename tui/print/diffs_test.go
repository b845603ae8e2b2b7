package print

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestDiffJSON: an object that differs is one line with its two revisions; what was not there has none.
func TestDiffJSON(t *testing.T) {
	for _, c := range []struct{ args, op, revs, changes string }{
		{"diff pod nginx -n demo", "changed", "6 7", "add .status"},
		{"diff pod nginx 4 6 -n demo", "changed", "4 6", "add .spec.nodeName"},
		{"diff pod nginx 6 4 -n demo", "changed", "6 4", "remove .spec.nodeName"},
		{"diff pod nginx 4 -n demo", "changed", "4 7", "add .spec.nodeName add .status"},
		{"diff " + widgetKey, "removed", "10 <nil>", ""},
		{"diff " + widgetKey + " 10 13", "removed", "10 <nil>", ""},
		{"diff " + widgetKey + " 9 12", "added", "<nil> 10", ""},
		{"diff " + secretKey, "changed", "8 9", "replace .data.password"},
		{"diff two/b 15", "added", "<nil> 16", ""},
	} {
		list := printed(t, file(cluster(), 0), exitNo, strings.Fields(c.args)...)
		if len(list) != 1 {
			t.Errorf("%s: %v", c.args, list)
			continue
		}
		o := list[0]
		var changes []string
		for _, x := range o["changes"].([]any) {
			m := x.(map[string]any)
			changes = append(changes, fmt.Sprint(m["op"], " ", m["path"]))
		}
		if o["op"] != c.op || fmt.Sprint(o["from"], " ", o["to"]) != c.revs || c.changes != "" && strings.Join(changes, " ") != c.changes {
			t.Errorf("%s: %v", c.args, o)
		}
	}
	o := printed(t, file(cluster(), 0), exitNo, "diff", "pod", "nginx", "-n", "demo")[0]
	if fmt.Sprint(o["kind"], o["namespace"], o["name"], o["key"]) != "Poddemonginx"+podKey {
		t.Errorf("it is named %v", o)
	}
	if o := printed(t, file(cluster(), 0), exitNo, "diff", "/registry/minions/node-a", "4")[0]; o["namespace"] != "" || o["name"] != "node-a" {
		t.Errorf("an object of the cluster: %v", o)
	}
	if o := printed(t, file(cluster(), 0), exitNo, "diff", "two/b", "15")[0]; o["kind"] != nil || o["namespace"] != nil {
		t.Errorf("a foreign key: %v", o)
	}
}

// TestDiffText: of a version that is compared with nothing each field is a line, with the sign of what happened to it.
func TestDiffText(t *testing.T) {
	for args, want := range map[string]string{
		"diff " + secretKey + " 7 8":     "+ .data.password: ***",
		"diff " + widgetKey:              "− .spec.size: 9007199254740993",
		"diff " + podKey:                 podKey + " revision 6 → revision 7",
		"diff " + widgetKey + " 10 13":   widgetKey + " revision 10 → nothing",
		"diff " + widgetKey + " 9 10":    widgetKey + " nothing → revision 10",
		"diff " + secretKey:              "~ .data.password: *** → ***",
		"diff " + secretKey + " 8 9":     "~ .data.password: *** → ***",
		"diff " + oddKey + " 14 --ascii": `odd/\xff␛[31m nothing → revision 15`,
	} {
		stdout, stderr, code := run(t, file(cluster(), 0), strings.Fields(args)...)
		lines := words(stdout)
		if code != exitNo || !has(lines, want) {
			t.Errorf("%s: exit %d, no %q in\n%s%s", args, code, want, stdout, stderr)
		}
	}
}

// TestDiffUnchanged: bytes that differ where no field does are a difference, with a note; equal bytes are none.
func TestDiffUnchanged(t *testing.T) {
	ops := []sourcetest.Op{sourcetest.Put("/registry/configmaps/demo/c", `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"demo"},"data":{"a":"1"}}`),
		sourcetest.Put("/registry/configmaps/demo/c", `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"c","namespace":"demo"},"data":{"a":"1"}}`),
		sourcetest.Put("/registry/configmaps/demo/c", `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"c","namespace":"demo"},"data":{"a":"1"}}`)}
	src := file(ops, 0)
	o := printed(t, src, exitNo, "diff", "cm/c", "2", "3", "-n", "demo")[0]
	if fmt.Sprint(o["changes"]) != "[]" || fmt.Sprint(o["note"]) == "" || o["note"] == nil {
		t.Errorf("%v", o)
	}
	stdout, _, code := run(t, src, "diff", "cm/c", "2", "3", "-n", "demo")
	if code != exitNo || !strings.Contains(stdout, fmt.Sprint(o["note"])) {
		t.Errorf("as text: exit %d\n%s", code, stdout)
	}
	for _, args := range []string{"diff cm/c -n demo", "diff cm/c 3 4 -n demo"} {
		if list := printed(t, src, 0, strings.Fields(args)...); len(list) != 0 {
			t.Errorf("%s: the same bytes: %v", args, list)
		}
	}
	// Among many objects it is counted apart, and left out with the noise.
	if o := printed(t, src, exitNo, "diff", "2", "3", "--summary")[0]; fmt.Sprint(o["changed"], o["storedAnew"], o["added"], o["removed"]) != "1100" {
		t.Errorf("counted as %v", o)
	}
	if list := printed(t, src, 0, "diff", "2", "3", "--no-noise"); len(list) != 0 {
		t.Errorf("it is noise: %v", list)
	}
}

// TestDiffMany: without one key, all objects are compared; --op chooses, --summary counts, and the exit code is that of
// what is left.
func TestDiffMany(t *testing.T) {
	src := file(cluster(), 0)
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"diff 6 9", exitNo, "changed " + podKey + ", added " + secretKey},
		{"diff 9 6", exitNo, "changed " + podKey + ", removed " + secretKey},
		{"diff 6 9 --type created", exitNo, "added " + secretKey},
		{"diff 6 9 --op added", exitNo, "added " + secretKey},
		{"diff 6 9 --type deleted", 0, ""},
		{"diff 6 9 --op removed,changed", exitNo, "changed " + podKey},
		{"diff po 6 9 -A", exitNo, "changed " + podKey},
		{"diff 17 19 -n other", exitNo, "added /registry/pods/other/web"},
		{"diff /registry/secrets/ 6 9", exitNo, "added " + secretKey},
		{"diff 11 12", exitNo, "changed " + leaseKey},
		{"diff 11 12 --no-noise", 0, ""},
		{"diff 9 9", 0, ""},
		{"diff two/ 16", exitNo, "removed two/a"},
	} {
		var got []string
		for _, o := range printed(t, src, c.code, strings.Fields(c.args)...) {
			got = append(got, fmt.Sprint(o["op"], " ", o["key"]))
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %q, want %q", c.args, got, c.want)
		}
	}
}

// TestDiffSummary counts by resource and namespace, in order; the sum is the last line of the text, on stderr without
// --summary.
func TestDiffSummary(t *testing.T) {
	var got []string
	for _, o := range printed(t, file(cluster(), 0), exitNo, "diff", "6", "--summary") {
		got = append(got, fmt.Sprint(o["resource"], "/", o["namespace"], " ", o["added"], o["removed"], o["changed"]))
	}
	want := "(no object)/ 300|leases.coordination.k8s.io/kube-node-lease 100|pods/demo 101|pods/other 100|secrets/demo 100"
	if strings.Join(got, "|") != want {
		t.Errorf("%q, want %q", strings.Join(got, "|"), want)
	}
	stdout, stderr, _ := run(t, file(cluster(), 0), "diff", "6", "--summary")
	lines := words(stdout)
	if lines[len(lines)-1] != "7 created, 0 deleted, 1 updated" || stderr != "" || !has(lines, "pods demo 1 - 1 -") {
		t.Errorf("%q\n%s", stderr, stdout)
	}
	if _, stderr, _ := run(t, file(cluster(), 0), "diff", "6"); stderr != "etcdscope: diff: 7 created, 0 deleted, 1 updated\n" {
		t.Errorf("without --summary: %q", stderr)
	}
	if stdout, _, code := run(t, file(cluster(), 0), "diff", "9", "9", "--summary"); code != 0 || stdout != "0 created, 0 deleted, 0 updated\n" {
		t.Errorf("of nothing: exit %d, %q", code, stdout)
	}
}

// TestDiffArguments: revisions and times stand at the end; a name of digits is a name where there is such an object.
func TestDiffArguments(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args string
		rest int
		revs []int64
	}{
		{"pod nginx", 2, nil}, {"pod nginx 4", 2, []int64{4}}, {"pod nginx 4 5", 2, []int64{4, 5}}, {"4 5", 0, []int64{4, 5}},
		{"3 4 5", 1, []int64{4, 5}}, {"pod 10m 5", 1, []int64{0, 5}}, {"pod 2026-01-02T03:04:05Z", 1, []int64{0}}, {"pod 0s", 1, []int64{0}}, {"-5", 1, nil}, {"", 0, nil},
	} {
		rest, revs, err := splitRevisions(strings.Fields(c.args))
		ok := err == nil && len(rest) == c.rest && len(revs) == len(c.revs)
		for i := range revs {
			ok = ok && revs[i].rev == c.revs[i] && revs[i].timed() == (c.revs[i] == 0)
		}
		if !ok {
			t.Errorf("%q: %v, %+v, %v", c.args, rest, revs, err)
		}
	}
	src := file([]sourcetest.Op{put("/registry/configmaps/default/5", "v1", "ConfigMap", "", `,"data":{"a":"1"}`), put("/registry/configmaps/default/5", "v1", "ConfigMap", "", `,"data":{"a":"2"}`)}, 0)
	if list := printed(t, src, exitNo, "diff", "cm", "5"); len(list) != 1 || list[0]["name"] != "5" {
		t.Errorf("the ConfigMap 5: %v", list)
	}
	if list := printed(t, src, exitNo, "diff", "cm", "2"); len(list) != 1 || fmt.Sprint(list[0]["from"], " ", list[0]["to"]) != "2 3" {
		t.Errorf("all ConfigMaps at revision 2: %v", list)
	}
}

// TestDiffCompacted: the version before the newest one may be compacted, which is not the same as not there.
func TestDiffCompacted(t *testing.T) {
	_, stderr, code := run(t, file(cluster(), 18), "diff", secretKey)
	if code != exitCompacted || !strings.Contains(stderr, "compacted") {
		t.Errorf("exit %d, %q", code, stderr)
	}
	if _, _, code := run(t, file(cluster(), 18), "diff", "two/b"); code != exitNo {
		t.Errorf("what was created since is whole: exit %d", code)
	}
}

// two runs the program over two sources: a.db and b.db, or a live one.
func two(t *testing.T, a, b etcdsource.Source, args string) (stdout, stderr string, code int, opened []OpenOptions) {
	t.Helper()
	var out, err strings.Builder
	code = Execute(t.Context(), strings.Fields(args), strings.NewReader(""), &out, &err, Funcs{
		Open: func(_ context.Context, o OpenOptions) (Opened, error) {
			opened = append(opened, o)
			if len(opened) == 1 {
				return Opened{Source: a}, nil
			}
			return Opened{Source: b}, nil
		},
	})
	return out.String(), err.String(), code, opened
}

// TestDiffSources: with --to the objects of two sources are compared, "live" is the one of the flags, a REV is the
// first's, and a second one the other's.
func TestDiffSources(t *testing.T) {
	a, b := file(cluster()[:7], 0), file(cluster(), 0)
	stdout, _, code, opened := two(t, a, b, "diff --from a.db --to live --endpoints x pod nginx -n demo -o json")
	if code != 0 || stdout != "" || len(opened) != 2 || opened[0].Path != "a.db" || opened[1].Path != "" || opened[1].Live.Endpoints[0] != "x" {
		t.Errorf("exit %d, %q, opened %+v", code, stdout, opened)
	}
	stdout, _, code, _ = two(t, a, b, "diff --from a.db --to b.db secrets -A -o json")
	if list := objects(t, stdout); code != exitNo || len(list) != 1 || fmt.Sprint(list[0]["op"], list[0]["from"], " ", list[0]["to"]) != "changed8 9" {
		t.Errorf("exit %d, %s", code, stdout)
	}
	stdout, _, code, _ = two(t, a, b, "diff --from a.db --to b.db secrets -A 8 8 -o json")
	if code != 0 || stdout != "" {
		t.Errorf("both at 8: exit %d, %s", code, stdout)
	}
	stdout, _, code, _ = two(t, a, b, "diff --from a.db --to b.db secrets -A 7 -o json")
	if list := objects(t, stdout); code != exitNo || len(list) != 1 || list[0]["op"] != "added" {
		t.Errorf("the first at 7: exit %d, %s", code, stdout)
	}
	if _, stderr, code, _ := two(t, a, b, "diff --from a.db --to b.db 99"); code != exitNo || !strings.Contains(stderr, "99") {
		t.Errorf("the first at 99: exit %d, %q", code, stderr)
	}
	other := file([]sourcetest.Op{put("/k8s/namespaces/kube-system", "v1", "Namespace", "", ""), put("/k8s/pods/demo/x", "v1", "Pod", "", "")}, 0)
	if _, stderr, code, _ := two(t, a, other, "diff --from a.db --to b.db"); code != exitNo || !strings.Contains(stderr, "/registry/") || !strings.Contains(stderr, "/k8s/") {
		t.Errorf("roots that differ are named: exit %d, %q", code, stderr)
	}
}

// TestDiffFilter: the words of a filter that are about what differs choose among the differences; those about writes are refused.
func TestDiffFilter(t *testing.T) {
	t.Parallel()
	for filter, want := range map[string]string{
		"kind:secrets": "added " + secretKey, "type:updated": "changed " + podKey, "!kind:secrets ns:demo": "changed " + podKey, "nginx": "changed " + podKey, "kind:cm": "",
	} {
		code := exitNo
		if want == "" {
			code = 0
		}
		var got []string
		for _, o := range printed(t, file(cluster(), 0), code, "diff", "6", "9", "--filter", filter) {
			got = append(got, fmt.Sprint(o["op"], " ", o["key"]))
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %q, want %q", filter, got, want)
		}
	}
	for _, filter := range []string{"by:", "is:nothing", "kind:nothing"} {
		if _, stderr, code := run(t, file(cluster(), 0), "diff", "6", "9", "--filter", filter); code != exitUsage || !strings.Contains(stderr, "--filter") {
			t.Errorf("%s: exit %d, %q", filter, code, stderr)
		}
	}
}

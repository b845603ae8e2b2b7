package print

import (
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/decode/fields"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// owned is a ConfigMap with two fields, of which alice owns the first, and alice and a subresource the second.
func owned(a, b string) sourcetest.Op {
	return configMap("c", `"managedFields":[`+
		`{"manager":"alice","operation":"Apply","apiVersion":"v1","time":"2026-01-02T03:04:05Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:a":{},"f:b":{}}}},`+
		`{"manager":"bob","operation":"Update","subresource":"status","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:b":{}}}}]`,
		`,"data":{"a":"`+a+`","b":"`+b+`","c":"3"}`)
}

// TestBlameJSON: a field has its value, its managers and the revision that changed it last; where that is not retained,
// the oldest that has it, in another field.
func TestBlameJSON(t *testing.T) {
	src := file([]sourcetest.Op{owned("1", "1"), owned("1", "2"), owned("1", "2")}, 0)
	want := map[string]string{
		".data.a": "1 revision=2 atOrBefore=<nil> [map[manager:alice operation:Apply time:2026-01-02T03:04:05Z]]",
		".data.b": "2 revision=3 atOrBefore=<nil> [map[manager:alice operation:Apply time:2026-01-02T03:04:05Z] map[manager:bob operation:Update subresource:status]]",
		".data.c": "3 revision=2 atOrBefore=<nil> []",
	}
	check := func(args string, src *memory, want map[string]string) {
		t.Helper()
		got := map[string]string{}
		for _, o := range printed(t, src, 0, strings.Fields(args)...) {
			got[fmt.Sprint(o["path"])] = fmt.Sprintf("%v revision=%v atOrBefore=%v %v", o["value"], o["revision"], o["atOrBefore"], o["managers"])
		}
		for path, w := range want {
			if got[path] != w {
				t.Errorf("%s: %s is %q, want %q", args, path, got[path], w)
			}
		}
	}
	check("blame cm/c -n demo", src, want)
	check("blame cm c -n demo --rev 2", src, map[string]string{".data.b": strings.NewReplacer("2 revision=3", "1 revision=2").Replace(want[".data.b"])})
	check("blame cm/c -n demo", file([]sourcetest.Op{owned("1", "1"), owned("1", "1"), owned("1", "2")}, 3), map[string]string{
		".data.a": strings.Replace(want[".data.a"], "revision=2 atOrBefore=<nil>", "revision=<nil> atOrBefore=3", 1),
		".data.b": strings.Replace(want[".data.b"], "revision=3", "revision=4", 1),
	})
}

// TestBlameText: the columns stand below their heads, however long the managers' names are; a revision that is not
// retained is marked ≤, and a field that nobody owns has a dash.
func TestBlameText(t *testing.T) {
	stdout, stderr, code := run(t, file([]sourcetest.Op{owned("1", "1"), owned("1", "1"), owned("1", "2")}, 3), "blame", "cm/c", "-n", "demo")
	lines := words(stdout)
	for _, want := range []string{"≤3 alice .data.a: 1", "≤3 - .data.c: 3"} {
		if !has(lines, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	if code != 0 || stderr != "" || !strings.Contains(stdout, "alice, bob (status)") || !strings.Contains(stdout, " 4  ") {
		t.Errorf("exit %d, %q\n%s", code, stderr, stdout)
	}
	column := -1
	for line := range strings.Lines(stdout) {
		mark := "  ."
		if column < 0 {
			mark = "  FIELD"
		}
		at := len([]rune(line[:strings.LastIndex(line, mark)]))
		if column < 0 {
			column = at
		}
		if at != column {
			t.Errorf("%q: the field is in column %d, want %d", line, at, column)
		}
	}
}

// TestManagers names the owners of a field: each once, with its subresource, safely, and none as a dash.
func TestManagers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		owners []*fields.Entry
		want   string
	}{
		{nil, "-"},
		{[]*fields.Entry{{Manager: "kubectl"}}, "kubectl"},
		{[]*fields.Entry{{Manager: "kubectl"}, {Manager: "hpa", Subresource: "scale"}}, "kubectl, hpa (scale)"},
		{[]*fields.Entry{{Manager: "a\x1b[2J", Subresource: "\n"}}, "a␛[2J (␊)"},
	} {
		if got := managers(c.owners); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	long := strings.Repeat("m", 3*maxManagers)
	meta := `"managedFields":[{"manager":"` + long + `","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:a":{}}}}]`
	stdout, _, _ := run(t, file([]sourcetest.Op{configMap("c", meta, `,"data":{"a":"1"}`)}, 0), "blame", "cm/c", "-n", "demo")
	if strings.Contains(stdout, strings.Repeat("m", maxManagers)) || !strings.Contains(stdout, strings.Repeat("m", maxManagers-1)+"…") {
		t.Errorf("a long name is cut:\n%s", stdout)
	}
}

// TestBlameEnds: what cannot be blamed says why, and which revision can be.
func TestBlameEnds(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"blame " + widgetKey, exitNo, "add --rev 10"},
		{"blame " + widgetKey + " --rev 13", exitNo, "add --rev 10"},
		{"blame " + widgetKey + " --rev 9", exitNo, "no such key at revision 9"},
		{"blame two/b", exitNo, "no fields"},
		{"blame -n demo", exitUsage, "arg"},
		{"blame cm -n demo", exitUsage, "more than one object"},
		{"blame pod/nginx -n demo --rev 2000", exitNo, "has not been written yet"},
		{"blame pod/nginx -n demo -o yaml", exitUsage, "text, json"},
	} {
		ends(t, file(cluster(), 0), c.args, c.code, c.says)
	}
	if _, stderr, code := run(t, file(cluster(), 8), "blame", "pod/nginx", "-n", "demo", "--rev", "5"); code != exitCompacted {
		t.Errorf("compacted: exit %d, %q", code, stderr)
	}
	stdout, stderr, code := run(t, file(cluster(), 0), "blame", secretKey, "-n", "demo", "-o", "json")
	if code != 0 || strings.Contains(stdout, "aHVudGVy") || !strings.Contains(stdout, `"***"`) {
		t.Errorf("a Secret: exit %d, %s%s", code, stdout, stderr)
	}
}

// TestBlameOddKey: a key that is no UTF-8 is found as ls prints it.
func TestBlameOddKey(t *testing.T) {
	src := file([]sourcetest.Op{sourcetest.Put("odd/\xffa", `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"data":{"a":"1"}}`)}, 0)
	if list := printed(t, src, 0, "blame", `odd/\xffa`); len(list) == 0 {
		t.Error("it has no fields")
	}
}

// TestBlameLive: of a live store so many versions are read as were agreed, each being a request; older changes are told as
// ≤ the oldest that was read.
func TestBlameLive(t *testing.T) {
	var ops []sourcetest.Op
	for i := range blameLive + 20 {
		ops = append(ops, owned("1", fmt.Sprint(i)))
	}
	for _, o := range printed(t, running(ops), 0, "blame", "cm/c", "-n", "demo") {
		var rev int
		fmt.Sscan(fmt.Sprint(o["atOrBefore"]), &rev)
		if o["path"] == ".data.a" && (o["revision"] != nil || rev < 10) {
			t.Errorf("%v", o)
		}
		if o["path"] == ".data.b" && fmt.Sprint(o["revision"]) != fmt.Sprint(len(ops)+1) {
			t.Errorf("%v", o)
		}
	}
}

// TestBlameWithoutOwner: of a field that no manager owns, the time and the writer are those of the revision that changed it;
// of one that a manager owns they are its own.
func TestBlameWithoutOwner(t *testing.T) {
	fields := map[string]map[string]any{}
	for _, l := range printed(t, file(cluster(), 0), 0, strings.Fields("blame pod nginx -n demo -o json --from x.db")...) {
		fields[l["path"].(string)] = l
	}
	node, name := fields[".spec.nodeName"], fields[".metadata.name"]
	if node["writer"] != "kube-scheduler" || node["time"] == nil || node["confidence"] == nil || fmt.Sprint(node["managers"]) != "[]" {
		t.Errorf("the node: %v", node)
	}
	if name["writer"] == "kube-scheduler" || name["time"] == nil {
		t.Errorf("the name, of another revision: %v", name)
	}
	for path, l := range fields {
		if fmt.Sprint(l["managers"]) != "[]" && (l["writer"] != nil || l["time"] != nil) {
			t.Errorf("%s has an owner: %v", path, l)
		}
	}
}

package print

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestTrace: the story of a pod holds its node and that node's lease, but neither renewals nor other objects.
func TestTrace(t *testing.T) {
	stdout, stderr, code := run(t, file(cluster(), 0), "trace", "pod", "nginx", "-n", "demo", "-o", "json")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	var got []string
	for line := range strings.Lines(stdout) {
		var l struct {
			Revision                        int
			Key, Lane, Relation, Type, Kind string
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%d %s %s %s %s", l.Revision, l.Type, l.Kind, l.Relation, l.Lane))
	}
	want := []string{"4 created Pod self other", "5 created Node node other", "6 updated Pod self scheduler", "7 updated Pod self other", "11 created Lease lease other"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	stdout, _, _ = run(t, file(cluster(), 0), "trace", "pod", "nginx", "-n", "demo")
	if !strings.Contains(stdout, "       6  scheduler    ") || strings.Count(stdout, "\n") != len(want) {
		t.Errorf("as text:\n%s", stdout)
	}
	for _, c := range []struct {
		args string
		live bool
		code int
		say  string
	}{
		{"trace pods -n demo", false, 2, "story of one object"},
		{"trace", false, 2, "story of one object"},
		{"trace pod none -n demo", false, 1, "no version of this object"},
		{"trace pod nginx -n demo", true, 2, "add --recall"},
	} {
		src := file(cluster(), 0)
		if c.live {
			src = running(cluster())
		}
		_, stderr, code := run(t, src, strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(stderr, c.say) {
			t.Errorf("%s: exit %d, %q; want %d, %q", c.args, code, stderr, c.code, c.say)
		}
	}
}

// TestTraceHeld: of an object that is being deleted the last lines say what holds it; of others nothing is said.
func TestTraceHeld(t *testing.T) {
	marked := `"deletionTimestamp":"2026-01-02T03:04:05Z"`
	src := file([]sourcetest.Op{put("/registry/namespaces/shop", "v1", "Namespace", marked, ""), put("/registry/namespaces/calm", "v1", "Namespace", "", ""),
		put("/registry/configmaps/shop/c", "v1", "ConfigMap", marked+`,"finalizers":["x.io/hold"]`, ""), put("/registry/configmaps/shop/d", "v1", "ConfigMap", "", "")}, 0)
	stdout, _, code := run(t, src, "trace", "ns", "shop", "--from", "x.db")
	lines := words(stdout)
	if code != 0 || !has(lines, "held by configmaps/c -n shop: waits for x.io/hold") || !has(lines, "held by configmaps/d -n shop: it is still there") {
		t.Errorf("exit %d\n%s", code, stdout)
	}
	var held []any
	for _, l := range printed(t, src, 0, strings.Fields("trace ns shop --from x.db -o json")...) {
		if h, ok := l["held"].(map[string]any); ok {
			held = append(held, h["key"], h["finalizers"])
		}
	}
	if fmt.Sprint(held) != "[/registry/configmaps/shop/c [x.io/hold] /registry/configmaps/shop/d []]" {
		t.Errorf("%v", held)
	}
	if stdout, _, code := run(t, src, "trace", "ns", "calm", "--from", "x.db"); code != 0 || strings.Contains(stdout, "held by") {
		t.Errorf("exit %d\n%s", code, stdout)
	}
}

// TestTraceEvents: the Events about an object are a part of its story; those about others are not.
func TestTraceEvents(t *testing.T) {
	t.Parallel()
	about := func(uid string) string {
		return fmt.Sprintf(`"type":"Warning","reason":"BackOff","message":"m","involvedObject":{"kind":"Pod","namespace":"demo","name":"web","uid":%q},"source":{"component":"kubelet"}`, uid)
	}
	src := file([]sourcetest.Op{put("/registry/pods/demo/web", "v1", "Pod", "", ""), put("/registry/events/demo/web.1", "v1", "Event", "", ","+about("uid-web")),
		put("/registry/events/demo/web.2", "v1", "Event", "", ","+about("u2"))}, 0)
	stdout, stderr, code := run(t, src, "trace", "pod", "web", "-n", "demo")
	if code != 0 || !strings.Contains(stdout, "events/web.1 -n demo") || !strings.Contains(stdout, "BackOff: m") || strings.Contains(stdout, "web.2") {
		t.Errorf("exit %d, %s\n%s", code, stderr, stdout)
	}
}

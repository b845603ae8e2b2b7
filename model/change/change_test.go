package change

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
)

var update = flag.Bool("update", false, "write the golden files")

// pair is two versions of a key as an etcd of a real cluster held them.
type pair struct {
	Name, Key     string
	Before, After []byte
	Revision      int64
}

func pairs(t *testing.T) (out []pair) {
	t.Helper()
	f, err := os.Open("testdata/changes.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var p pair
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

// describe describes the change from one value to another; nil is no value.
func describe(key string, before, after []byte, v decode.View) Change {
	cur := &etcdsource.Event{Key: []byte(key), Value: after, Mod: 8, Version: 2, Type: etcdsource.Updated}
	var prev *etcdsource.Event
	switch {
	case after == nil:
		cur.Type = etcdsource.Deleted
	case before == nil:
		cur.Type = etcdsource.Created
	}
	if before != nil {
		prev = &etcdsource.Event{Key: []byte(key), Value: before, Mod: 7, Version: 1, Type: etcdsource.Created}
	}
	return Describe(decode.New(decode.Options{}), kinds.Builtin(), "/registry/", prev, cur, v)
}

// checkSummary holds what is promised of every summary.
func checkSummary(t *testing.T, c Change) {
	t.Helper()
	if w := ansi.StringWidth(c.Summary); w > SummaryWidth || c.Summary == "" {
		t.Errorf("%s: %d columns: %q", c.Key, w, c.Summary)
	}
	for _, r := range c.Summary {
		if clean.Bad(r) {
			t.Errorf("%s: the summary holds %U: %q", c.Key, r, c.Summary)
		}
	}
}

// TestSummaries describes what real components wrote: what it was, which fields differ, and the creation and the end of
// the same keys.
func TestSummaries(t *testing.T) {
	var b strings.Builder
	for _, p := range pairs(t) {
		c := describe(p.Key, p.Before, p.After, decode.View{})
		checkSummary(t, c)
		fmt.Fprintf(&b, "%s: %s %s/%s %s\n  %s | %s\n", p.Name, c.Ref.Kind, c.Ref.Namespace, c.Ref.Name, c.Type, c.Aspect, c.Summary)
		for i, x := range c.Changes {
			if i == 4 {
				fmt.Fprintf(&b, "  (%d more)\n", len(c.Changes)-i)
				break
			}
			fmt.Fprintf(&b, "  %s %s\n", x.Op, x.Path)
		}
		for _, c := range []Change{describe(p.Key, nil, p.After, decode.View{}), describe(p.Key, p.After, nil, decode.View{})} {
			checkSummary(t, c)
			if c.Changes != nil || c.Aspect != AspectCreate && c.Aspect != AspectDelete {
				t.Errorf("%s: %s %s with %d changes", p.Name, c.Type, c.Aspect, len(c.Changes))
			}
			if c.Ref.Kind == "Event" {
				fmt.Fprintf(&b, "  %s | %s\n", c.Aspect, c.Summary)
			}
		}
	}
	const golden = "testdata/summaries.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Error(d)
	}
}

// js returns a stored object of one kind with some fields.
func js(kind, fields string) []byte {
	return fmt.Appendf(nil, `{"apiVersion":"v1","kind":%q,%s}`, kind, fields)
}

func TestAspects(t *testing.T) {
	for _, c := range []struct{ kind, before, after, want string }{
		{"Pod", `"spec":{"a":1}`, `"spec":{"a":2}`, AspectSpec},
		{"Pod", `"spec":{"a":1},"status":{"b":1}`, `"spec":{"a":2},"status":{"b":2}`, AspectSpec},
		{"Pod", `"status":{"b":1},"metadata":{"labels":{"a":"1"}}`, `"status":{"b":2},"metadata":{"labels":{"a":"2"}}`, AspectStatus},
		{"Pod", `"metadata":{"labels":{"a":"1"}}`, `"metadata":{"labels":{"a":"2"}}`, AspectMetadata},
		{"Pod", `"metadata":{}`, `"metadata":{"deletionTimestamp":"2026-11-22T11:07:35Z"},"spec":{"a":1}`, AspectDelete},
		{"Pod", `"metadata":{"generation":1,"managedFields":[1]}`, `"metadata":{"generation":2,"managedFields":[2]}`, AspectNone},
		{"Pod", `"metadata":{"managedFields":[1]}`, `"metadata":{"managedFields":[2]}`, AspectNone},
		{"ConfigMap", `"data":{"a":"1"}`, `"data":{"a":"2"}`, AspectSpec},
		{"Pod", `"statuses":{"a":1}`, `"statuses":{"a":2}`, AspectSpec},
		{"Pod", `"metadatas":{"a":1}`, `"metadatas":{"a":2}`, AspectSpec},
		{"Lease", `"spec":{"renewTime":"1"}`, `"spec":{"renewTime":"2"}`, AspectHeartbeat},
		{"Lease", `"spec":{"renewTime":"1","holderIdentity":"a"}`, `"spec":{"renewTime":"2","holderIdentity":"b"}`, AspectSpec},
		{"Pod", `"spec":{"renewTime":"1"}`, `"spec":{"renewTime":"2"}`, AspectSpec},
		{"Node", `"status":{"conditions":[{"type":"Ready","lastHeartbeatTime":"1"}]}`, `"status":{"conditions":[{"type":"Ready","lastHeartbeatTime":"2"}]}`, AspectHeartbeat},
		{"ConfigMap", `"metadata":{"annotations":{"control-plane.alpha.kubernetes.io/leader":"a"}}`, `"metadata":{"annotations":{"control-plane.alpha.kubernetes.io/leader":"b"}}`, AspectHeartbeat},
	} {
		got := describe("/registry/x/d/n", js(c.kind, c.before), js(c.kind, c.after), decode.View{})
		checkSummary(t, got)
		if got.Aspect != c.want {
			t.Errorf("%s %s → %s is %q, want %q: %s", c.kind, c.before, c.after, got.Aspect, c.want, got.Summary)
		}
	}
}

// TestPhrases checks what is said of some fields.
func TestPhrases(t *testing.T) {
	for _, c := range []struct{ kind, before, after, want string }{
		{"Deployment", `"spec":{"replicas":3}`, `"spec":{"replicas":5}`, "3 → 5 replicas"},
		{"Pod", `"spec":{}`, `"spec":{"nodeName":"node-a"}`, "assigned to node-a"},
		{"Pod", `"metadata":{"finalizers":["a/b","c"]}`, `"metadata":{"finalizers":["c","d"]}`, "−finalizer a/b +finalizer d"},
		{"ConfigMap", `"data":{"a":"1"}`, `"data":{"a":"1","b":"2"}`, "+data b=2"},
		{"ConfigMap", `"apiVersion":"v1"`, `"data":{"a":"1"}`, "+data"},
		{"ConfigMap", `"data":{"a":"1"}`, `"apiVersion":"v1"`, "−data"},
		{"ConfigMap", `"metadata":{}`, `"metadata":{"labels":{"a":"b"}}`, "+labels"},
		{"ConfigMap", `"data":{"k":"` + strings.Repeat("x", 400) + `"}`, `"data":{"k":"` + strings.Repeat("y", 400) + `"}`, "~data k"},
		{"A", `"spec":{"a":1,"b":1,"c":1,"d":1,"e":1}`, `"spec":{"a":2,"b":2,"c":2,"d":2,"e":2}`, "spec.a 1 → 2, spec.b 1 → 2, spec.c 1 → 2, +2 more"},
		{"A", `"spec":{"n":9007199254740993}`, `"spec":{"n":9007199254740992}`, "spec.n 9007199254740993 → 9007199254740992"},
		{"Service", `"spec":{"unknownFields":{"16":"a"}}`, `"spec":{"unknownFields":{"16":"b"}}`, "unknown field 16 of spec changed"},
		{"Service", `"spec":{"a":1}`, `"spec":{"a":2,"unknownFields":{"16":"b","15":1}}`, "unknown fields 15, 16 of spec added, spec.a 1 → 2"},
		{"Service", `"unknownFields":{"16":"b"},"spec":{}`, `"spec":{}`, "unknown field 16 removed"},
		{"Pod", `"spec":{"containers":[{"name":"a","unknownFields":{"x.3":1,"4":1}}]}`, `"spec":{"containers":[{"name":"a","unknownFields":{"4":1}}]}`, "unknown field x.3 of spec.containers[name=a] removed"},
		{"A", `"spec":{"x":"\u001b[31m"}`, `"spec":{"x":"\u202e"}`, "spec.x ␛[31m → �"},
	} {
		got := describe("/registry/x/d/n", js(c.kind, c.before), js(c.kind, c.after), decode.View{})
		checkSummary(t, got)
		if got.Summary != c.want {
			t.Errorf("%s → %s: %q, want %q", c.before, c.after, got.Summary, c.want)
		}
	}
}

// TestSecretsAreNotTold looks for a Secret's values in its changes and summaries: the summary holds none whatever the
// view.
func TestSecretsAreNotTold(t *testing.T) {
	const word = "swordfish-hunter2"
	b64 := base64.StdEncoding.EncodeToString([]byte(word))
	secret := func(v string) []byte {
		return js("Secret", fmt.Sprintf(`"metadata":{"name":"s"},"data":{"p":%q},"stringData":{"q":%q},"type":"Opaque"`, v, v))
	}
	for _, key := range []string{"/registry/secrets/d/s", "/registry/things/d/s"} {
		for _, p := range [][2][]byte{{nil, secret(b64)}, {secret(b64), nil}, {secret(b64), secret("ZWxzZQ==")}, {secret("ZWxzZQ=="), secret(word)}, {js("Secret", `"metadata":{"name":"s"}`), secret(word)}} {
			for _, view := range []decode.View{{}, {Reveal: true}} {
				c := describe(key, p[0], p[1], view)
				checkSummary(t, c)
				said := c.Summary
				if !view.Reveal {
					said += string(changesJSON(t, c.Changes))
				}
				if strings.Contains(said, word) || strings.Contains(said, b64[:16]) {
					t.Errorf("%s: %s", key, said)
				}
			}
		}
	}
}

func changesJSON(t *testing.T, c []diff.Change) []byte {
	t.Helper()
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestNotKnown describes what is not known: the version before it is missing, or neither decodes.
func TestNotKnown(t *testing.T) {
	cur := &etcdsource.Event{Key: []byte("/registry/pods/d/n"), Value: js("Pod", `"spec":{}`), Mod: 8, Version: 5, Type: etcdsource.Updated}
	c := Describe(decode.New(decode.Options{}), kinds.Builtin(), "/registry/", nil, cur, decode.View{})
	if c.Aspect != "" || c.Changes != nil || !strings.Contains(c.Summary, "not known") || c.Ref.Kind != "Pod" || c.Ref.Name != "n" {
		t.Errorf("without the version before: %q %q %+v", c.Aspect, c.Summary, c.Ref)
	}
	for name, p := range map[string][2]string{
		"text":           {"1458", "1460"},
		"broken":         {"{\"a\":", "\x1b[31m{"},
		"encrypted":      {"k8s:enc:aescbc:v1:k:aaaa", "k8s:enc:aescbc:v1:k:bbbb"},
		"plain JSON":     {`{"a":1}`, `{"a":2}`},
		"no longer JSON": {`{"apiVersion":"v1","kind":"A"}`, "k8s\x00\xff\xff"},
	} {
		c := describe("/registry/pods/d/n", []byte(p[0]), []byte(p[1]), decode.View{})
		checkSummary(t, c)
		if want := map[bool]string{true: AspectSpec}[len(c.Changes) > 0]; c.Aspect != want {
			t.Errorf("%s: aspect %q of %d changes: %s", name, c.Aspect, len(c.Changes), c.Summary)
		}
	}
}

// TestValue writes values on one safe line.
func TestValue(t *testing.T) {
	for want, v := range map[string]any{
		"nothing": nil, `""`: "", "true": true, "9007199254740993": json.Number("9007199254740993"), `{"a":["<b>"]}`: map[string]any{"a": []any{"<b>"}}, "a␛b": "a\x1bb",
	} {
		if got := Value(v); got != want {
			t.Errorf("%v is %q, want %q", v, got, want)
		}
	}
	if w := ansi.StringWidth(Value(strings.Repeat("語", 100000))); w > valueWidth {
		t.Errorf("%d columns", w)
	}
}

// TestUnread: what a value that cannot be read says of a change, which is never taken for a write of no consequence.
func TestUnread(t *testing.T) {
	t.Parallel()
	whole, err := base64.StdEncoding.DecodeString("azhzAAoPCgJ2MRIJQ29uZmlnTWFwElMKQQoBYxIAGgRzaG9wIgAqJDExMTExMTExLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMTIAOABCCAiQ5IavBhAAEgYKAWESATESBgoBYhIBMhoAIgA=")
	if err != nil {
		t.Fatal(err)
	}
	cut, broken := whole[:len(whole)-3], []byte(`{"kind":"ConfigMap",`)
	for _, c := range []struct {
		name          string
		before, after []byte
		want          string // aspect | summary
	}{
		{"it was cut off", whole, cut, " | the stored bytes differ, and not all of them could be decoded"},
		{"it was mended", cut, whole, " | the stored bytes differ, and not all of them could be decoded"},
		{"it was cut within a field", whole, whole[:len(whole)-6], " | the version of revision 8 cannot be compared: the value is cut off; malformed ConfigMap: unexpe…"},
		{"two that were cut so", whole[:len(whole)-7], whole[:len(whole)-6], `spec | +fields["2"][1].rest=Eg==`},
		{"it stays cut off", cut, cut, "none | rewritten, no field changed"},
		{"a text over what was broken", broken, []byte("hello"), " | written; the version before, of revision 7: malformed JSON: unexpected end of JSON input"},
		{"broken in another way", []byte("hello"), broken, " | written; malformed JSON: unexpected end of JSON input"},
		{"broken again", broken, broken, " | rewritten with the same value"},
	} {
		got := describe("/registry/configmaps/shop/c", c.before, c.after, decode.View{})
		if s := got.Aspect + " | " + got.Summary; s != c.want {
			t.Errorf("%s: %q, want %q", c.name, s, c.want)
		}
	}
}

// TestBeats: a lease that was renewed is told from its bytes as from its fields.
func TestBeats(t *testing.T) {
	dec := decode.New(decode.Options{})
	lease := func(holder string, renewed int64) *decode.Object {
		at := metav1.NewMicroTime(time.Unix(renewed, 0))
		raw, err := (&coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: "n", UID: "u"}, Spec: coordinationv1.LeaseSpec{HolderIdentity: &holder, RenewTime: &at}}).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		value, err := (&runtime.Unknown{TypeMeta: runtime.TypeMeta{APIVersion: "coordination.k8s.io/v1", Kind: "Lease"}, Raw: raw}).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		return dec.Object([]byte("/registry/leases/kube-node-lease/n"), append([]byte("k8s\x00"), value...), renewed)
	}
	for _, c := range []struct {
		before, after *decode.Object
		beats         bool
	}{
		{lease("n", 1), lease("n", 11), true},
		{lease("n", 1), lease("n", 1), false},
		{lease("n", 1), lease("m", 11), false},
		{nil, lease("n", 1), false},
		{lease("n", 1), nil, false},
	} {
		if got := Beats(c.before, c.after); got != c.beats {
			t.Errorf("%v, want %v", got, c.beats)
		}
		if c.before == nil || c.after == nil {
			continue
		}
		changes, reordered := dec.Compare(c.before, c.after, decode.View{})
		if got := AspectOf(c.before, c.after, changes, reordered) == AspectHeartbeat; got != c.beats {
			t.Errorf("by its fields %v, want %v", got, c.beats)
		}
	}
}

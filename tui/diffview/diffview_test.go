package diffview

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/keymap"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/tui/pane"
	"github.com/etcdscope/etcdscope/tui/pane/panetest"
	"github.com/etcdscope/etcdscope/tui/theme"
)

var dec = decode.New(decode.Options{})

func version(rev int64, js string) Side {
	k := []byte("/registry/deployments/shop/web")
	if js == "" {
		return Side{Key: k, Rev: rev}
	}
	return Side{Key: k, Rev: rev, Object: dec.Object(k, []byte(js), rev)}
}

func deployment(spec string) string {
	return `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop","uid":"u"},"spec":` + spec + `}`
}

// both returns the rows as text, with a sign before each.
func both(c *Content) string {
	var b strings.Builder
	for _, r := range c.Rows {
		switch {
		case r.Op == Equal:
			fmt.Fprintln(&b, " ", r.New.Text)
		case r.Op != Added:
			fmt.Fprintln(&b, "-", r.Old.Text)
		}
		if r.Op == Added || r.Op == Changed {
			fmt.Fprintln(&b, "+", r.New.Text)
		}
	}
	return b.String()
}

func TestItemsArePairedByName(t *testing.T) {
	a := version(5, deployment(`{"template":{"spec":{"containers":[{"name":"web","image":"web:1.8.1","args":["-a","-b"]},{"name":"log","image":"log:1"}]}}}`))
	b := version(9, deployment(`{"template":{"spec":{"containers":[{"name":"log","image":"log:1"},{"name":"web","image":"web:1.8.2","args":["-a","-c","-b"]}]}}}`))
	c := Compare(dec, a, b, nil, false)
	got := both(c)
	want := `  spec:
    template:
      spec:
        containers:
        - image: log:1
          name: log
        - args:
          - "-a"
+         - "-c"
          - "-b"
-         image: web:1.8.1
+         image: web:1.8.2
          name: web
`
	if !strings.HasSuffix(got, want) {
		t.Errorf("rows are\n%s, want\n%s", got, want)
	}
	if c.Moved != 1 {
		t.Errorf("%d items moved", c.Moved)
	}
	lines, hunks := c.lay(layout{})
	if hunks != 1 || !has(lines, "@@ spec.template.spec.containers[name=web] @@") {
		t.Errorf("%d hunks:\n%v", hunks, lines)
	}
	for _, r := range c.Rows {
		if r.Op == Changed && strings.Contains(r.New.Text, "image") {
			var words []string
			from := uint32(0)
			for _, s := range r.New.Spans {
				if s.Role == text.AddedWord {
					words = append(words, r.New.Text[from:s.End])
				}
				from = s.End
			}
			if len(words) != 1 || words[0] != "2" {
				t.Errorf("marked within %q are %q", r.New.Text, words)
			}
		}
	}
}

func has(lines []line, s string) bool {
	for _, l := range lines {
		if strings.Contains(l.left.Text, s) {
			return true
		}
	}
	return false
}

func TestNoiseIsFoldedAndCounted(t *testing.T) {
	obj := func(at string, ready string) string {
		return `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","managedFields":[{"manager":"kubelet","time":"` + at + `"}]},"status":{"conditions":[{"type":"Ready","status":"` + ready + `","lastTransitionTime":"` + at + `"}]}}`
	}
	c := Compare(dec, version(5, obj("t1", "True")), version(6, obj("t2", "False")), nil, false)
	if f, added, removed := c.counts(false); f != 1 || added != 1 || removed != 1 {
		t.Errorf("%d fields, +%d −%d", f, added, removed)
	}
	if c.noisy() != 3 { // managedFields, resourceVersion, the transition's time
		t.Errorf("%d rows of noise in\n%s", c.noisy(), both(c))
	}
	lines, _ := c.lay(layout{})
	if has(lines, "manager") {
		t.Error("managedFields are shown")
	}
	lines, _ = c.lay(layout{noise: true})
	if !has(lines, "t1") || !has(lines, "t2") {
		t.Error("noise is not shown when it is asked for")
	}
	c = Compare(dec, version(5, obj("t1", "True")), version(6, obj("t2", "True")), nil, false)
	if len(c.Words) != 1 || !strings.Contains(c.Words[0], "Nothing differs but") {
		t.Errorf("only noise is told as %q", c.Words)
	}
}

func TestSecretsAreComparedButMasked(t *testing.T) {
	k := []byte("/registry/secrets/shop/db")
	secret := func(rev int64, data string) Side {
		return Side{Key: k, Rev: rev, Object: dec.Object(k, []byte(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"db","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"data\":`+strings.ReplaceAll(data, `"`, `\"`)+`}"}},"data":`+data+`}`), rev)}
	}
	a, b := secret(5, `{"user":"YQ==","password":"aHVudGVyMg=="}`), secret(6, `{"user":"YQ==","password":"c2VjcmV0Cg=="}`)
	for _, mode := range []Mode{Unified, Beside, Fields} {
		c := Compare(dec, a, b, nil, false)
		lines, hunks := c.lay(layout{mode: mode, noise: true})
		if hunks == 0 || !c.Masked {
			t.Errorf("%s: a changed secret has %d hunks, masked %v", mode, hunks, c.Masked)
		}
		for _, l := range lines {
			if s := l.left.Text + l.right.Text; strings.Contains(s, "aHVu") || strings.Contains(s, "c2Vj") {
				t.Errorf("%s shows %q", mode, s)
			}
		}
		if s := c.Patch("x", true); strings.Contains(s, "aHVu") || strings.Contains(s, "c2Vj") {
			t.Errorf("the patch shows %q", s)
		}
	}
	if s := both(Compare(dec, a, b, nil, false)); !strings.Contains(s, "-   password: \"***\"\n+   password: \"***\"\n") || !strings.Contains(s, "    user: \"***\"\n") {
		t.Errorf("masked rows are\n%s", s)
	}
	if s := both(Compare(dec, a, b, nil, true)); !strings.Contains(s, "+   password: c2VjcmV0Cg==") {
		t.Errorf("revealed rows are\n%s", s)
	}
}

func TestWords(t *testing.T) {
	js := deployment(`{"replicas":1}`)
	for _, c := range []struct {
		a, b Side
		want string
	}{
		{version(4, ""), version(5, js), "created"},
		{version(4, js), version(5, ""), "deleted"},
		{version(4, ""), version(5, ""), "neither"},
		{version(5, js), version(5, js), "The same bytes"},
		{version(4, js), version(5, "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\n  uid: u\nspec:\n  replicas: 1\n"), "Re-encoded: json before, yaml now."},
		{version(4, js), version(5, strings.Replace(js, `"uid":"u"`, `"uid":"v"`, 1)), "two lives"},
	} {
		got := Compare(dec, c.a, c.b, nil, false).Words
		if !strings.Contains(strings.Join(got, "\n"), c.want) {
			t.Errorf("said is %q, want %q", got, c.want)
		}
	}
}

// TestHunksNameTheirRevision compares over several writes.
func TestHunksNameTheirRevision(t *testing.T) {
	at := []Side{
		version(3, deployment(`{"replicas":1,"template":{"spec":{"containers":[{"name":"web","image":"a"}]}},"x1":1,"x2":1,"x3":1,"x4":1,"x5":1,"x6":1,"x7":1,"zone":"a"}`)),
		version(5, deployment(`{"replicas":1,"template":{"spec":{"containers":[{"name":"web","image":"b"}]}},"x1":1,"x2":1,"x3":1,"x4":1,"x5":1,"x6":1,"x7":1,"zone":"a"}`)),
		version(8, deployment(`{"replicas":1,"template":{"spec":{"containers":[{"name":"web","image":"b"}]}},"x1":1,"x2":1,"x3":1,"x4":1,"x5":1,"x6":1,"x7":1,"zone":"b"}`)),
	}
	var steps []Step
	for i := 1; i < len(at); i++ {
		steps = append(steps, Step{at[i].Rev, dec.Diff(at[i-1].Object, at[i].Object, decode.View{})})
	}
	lines, hunks := Compare(dec, at[0], at[2], steps, false).lay(layout{})
	if hunks != 2 || !has(lines, "containers[name=web] @@  written at 5") || !has(lines, "@@ spec @@  written at 8") {
		t.Errorf("%d hunks: %v", hunks, lines)
	}
	p := New(panetest.Style(t))
	p.SignedBy(func(key []byte, rev int64) (v attribution.Verdict, ok bool) {
		v.Writer, v.Confidence, v.Time = "kubectl-edit", attribution.Likely, time.Date(2026, 11, 22, 10, 25, 31, 0, time.UTC)
		return v, rev == 5 && string(key) == string(at[0].Key)
	})
	p.Show(Compare(dec, at[0], at[2], steps, false))
	if s := panetest.Rows(t, p, 110, 40); !strings.Contains(s, "written at 5  by kubectl-edit ~ 2026-11-22T10:25:31Z\n") || !strings.Contains(s, "written at 8\n") {
		t.Errorf("the hunks are signed so:\n%s", s)
	}
	p.Show(Compare(dec, at[0], at[1], steps[:1], false))
	if s := panetest.Rows(t, p, 110, 40); !strings.Contains(s, "containers[name=web] @@  by kubectl-edit ~") {
		t.Errorf("a single write is signed so:\n%s", s)
	}
	p.SignedBy(func([]byte, int64) (attribution.Verdict, bool) {
		return attribution.Verdict{Evidence: "deleted by a client; its name is not stored"}, true
	})
	p.Show(Compare(dec, at[1], Side{Key: at[1].Key, Rev: 9}, []Step{{Rev: 9}}, false))
	if s := panetest.Rows(t, p, 80, 40); !strings.Contains(s, "@@ object @@  writer not known: deleted by a client; its name is not stored") {
		t.Errorf("a deletion by nobody known is signed so:\n%s", s)
	}
}

// TestRowsAreBothSides checks that the lines of each side, read as YAML, are that side's object again.
func TestRowsAreBothSides(t *testing.T) {
	scalar := rapid.OneOf(
		rapid.Custom(func(t *rapid.T) any {
			return rapid.SampledFrom([]string{"a", "b: c", "", "x\ny\n", "- q", "x\nz"}).Draw(t, "s")
		}),
		rapid.Custom(func(t *rapid.T) any { return rapid.IntRange(-3, 3).Draw(t, "n") }),
		rapid.Custom(func(t *rapid.T) any { return rapid.Bool().Draw(t, "b") }),
	)
	var tree func(depth int) *rapid.Generator[any]
	tree = func(depth int) *rapid.Generator[any] {
		if depth == 0 {
			return scalar
		}
		key := rapid.SampledFrom([]string{"a", "b", "c.d/e", "name"})
		return rapid.OneOf(scalar,
			rapid.Custom(func(t *rapid.T) any { return rapid.MapOfN(key, tree(depth-1), 0, 3).Draw(t, "m") }),
			rapid.Custom(func(t *rapid.T) any { return rapid.SliceOfN(tree(depth-1), 0, 3).Draw(t, "l") }),
		)
	}
	root := rapid.MapOfN(rapid.SampledFrom([]string{"spec", "status", "data"}), tree(4), 1, 3)
	rapid.Check(t, func(t *rapid.T) {
		side := func(name string) Side {
			m := root.Draw(t, name)
			m["apiVersion"], m["kind"] = "v1", "Thing"
			js, _ := json.Marshal(m)
			return version(7, string(js))
		}
		a, b := side("before"), side("after")
		c := Compare(dec, a, b, nil, true)
		var old, now strings.Builder
		for _, r := range c.Rows {
			if r.Op != Added {
				old.WriteString(r.Old.Text + "\n")
			}
			if r.Op != Removed {
				now.WriteString(r.New.Text + "\n")
			}
		}
		same := func(what, got string, o *decode.Object) {
			x, err := yaml.YAMLToJSON([]byte(got))
			y, _ := yaml.YAMLToJSON(o.YAMLBytes(decode.View{Reveal: true, ManagedFields: true}))
			if err != nil || string(x) != string(y) {
				t.Fatalf("%s is\n%s(%v), want\n%s", what, got, err, o.YAMLBytes(decode.View{Reveal: true}))
			}
		}
		same("the newer side", now.String(), b.Object)
		if c.Moved == 0 {
			same("the older side", old.String(), a.Object)
		}
	})
}

func TestPaneGoesThroughHunks(t *testing.T) {
	th, _ := theme.Named("dark")
	p := New(&pane.Style{Theme: th})
	spec := func(x, y int) string {
		fields := []string{fmt.Sprintf(`"a":%d`, x), fmt.Sprintf(`"z":%d`, y)}
		for i := range 40 {
			fields = append(fields, fmt.Sprintf(`"f%02d":1`, i))
		}
		return deployment("{" + strings.Join(fields, ",") + "}")
	}
	p.Resize(80, 20)
	p.Show(Compare(dec, version(2, spec(1, 1)), version(3, spec(2, 2)), nil, false))
	if p.hunks != 2 || p.hunk() != 1 {
		t.Fatalf("hunk %d of %d", p.hunk(), p.hunks)
	}
	p.Do(keymap.NextHunk)
	p.Do(keymap.NextHunk) // at the last one it stays
	if p.hunk() != 2 {
		t.Errorf("after n the hunk is %d", p.hunk())
	}
	p.Do(keymap.PrevHunk)
	if p.hunk() != 1 {
		t.Errorf("after N the hunk is %d", p.hunk())
	}
	n := len(p.lines)
	for i := range p.lines {
		if p.lines[i].kind == lineFold && p.lines[i].hunk == 0 && strings.Contains(p.lines[i].left.Text, "equal") {
			p.list.SetCursor(i)
		}
	}
	p.Do(keymap.Open)
	if len(p.lines) <= n {
		t.Error("enter does not open a fold")
	}
	p.Resize(200, 20)
	if p.mode != Beside {
		t.Errorf("at 200 columns the mode is %s", p.mode)
	}
	p.Do(keymap.NextPane)
	p.Resize(80, 20)
	if p.mode != Fields {
		t.Errorf("a chosen mode does not stay: %s", p.mode)
	}
}

func BenchmarkCompare(b *testing.B) {
	pod := func(image string) Side {
		var cs []string
		for i := range 5 {
			cs = append(cs, fmt.Sprintf(`{"name":"c%d","image":"%s","args":["a","b","c"],"env":[{"name":"A","value":"1"},{"name":"B","value":"2"}],"resources":{"limits":{"cpu":"1","memory":"1Gi"}}}`, i, image))
		}
		return version(3, deployment(`{"template":{"spec":{"containers":[`+strings.Join(cs, ",")+`]}}}`))
	}
	x, y := pod("a:1"), pod("a:2")
	b.ReportAllocs()
	for b.Loop() {
		Compare(dec, x, y, nil, false)
	}
}

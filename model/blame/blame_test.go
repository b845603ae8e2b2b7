package blame

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// past is the history of one key, oldest first.
type past struct {
	events []etcdsource.Event
	edge   etcdsource.Edge
	reads  int
}

func (p *past) Versions(_ context.Context, _ []byte, upTo int64, limit int) (out []etcdsource.Event, edge etcdsource.Edge, err error) {
	for i := len(p.events) - 1; i >= 0; i-- {
		if e := p.events[i]; upTo == 0 || e.Mod <= upTo {
			if len(out) == limit {
				return out, etcdsource.Edge{Kind: etcdsource.EdgeMore}, nil
			}
			out = append(out, e)
			p.reads++
		}
	}
	return out, p.edge, nil
}

var podKey = []byte("/registry/pods/demo/web")

func (p *past) put(mod int64, object string) {
	e := etcdsource.Event{Key: podKey, Value: []byte(object), Mod: mod, Type: etcdsource.Updated}
	if n := len(p.events); n == 0 && p.edge.Kind != etcdsource.EdgeCompacted || n > 0 && p.events[n-1].Type == etcdsource.Deleted {
		e.Type = etcdsource.Created
	}
	p.events = append(p.events, e)
}

func (p *past) delete(mod int64) {
	p.events = append(p.events, etcdsource.Event{Key: podKey, Mod: mod, Type: etcdsource.Deleted})
}

func (p *past) read(t testing.TB, rev int64, limit int) (*Blame, *etcdsource.Event) {
	t.Helper()
	b, gone, err := Read(context.Background(), p, decode.New(decode.Options{}), podKey, rev, decode.View{}, limit)
	if err != nil {
		t.Fatal(err)
	}
	return b, gone
}

func pod(managed, spec string) string {
	return `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"demo","managedFields":[` + managed + `]},"spec":` + spec + `}`
}

func entry(manager, at, set string) string {
	return fmt.Sprintf(`{"manager":%q,"operation":"Update","time":"2026-01-02T03:04:%sZ","fieldsV1":{"f:spec":{%s}}}`, manager, at, set)
}

func lines(b *Blame) string {
	var out strings.Builder
	for _, l := range b.Lines {
		if !strings.HasPrefix(l.Path, ".spec") {
			continue
		}
		fmt.Fprintf(&out, "%d %s=%v", l.Revision, l.Path, l.Value)
		for _, o := range l.Owners {
			out.WriteString(" " + o.Manager)
		}
		if !l.Time.IsZero() {
			out.WriteString(" :" + l.Time.Format("05"))
		}
		out.WriteString("\n")
	}
	return out.String()
}

func TestRead(t *testing.T) {
	var p past
	p.put(2, pod(entry("old", "01", `"f:x":{}`), `{"x":9}`))
	p.delete(4)
	p.put(5, pod(entry("kubectl", "05", `"f:n":{},"f:a":{}`), `{"a":"1","n":1,"list":["p"]}`))
	p.put(7, pod(entry("kubectl", "05", `"f:a":{}`)+","+entry("scaler", "07", `"f:n":{}`), `{"a":"1","n":2,"list":["p","q"]}`))
	p.put(9, pod(entry("kubectl", "05", `"f:a":{}`)+","+entry("scaler", "09", `"f:n":{}`), `{"a":"1","n":1,"list":["p","q"],"gone":1}`))
	p.put(11, pod(entry("kubectl", "05", `"f:a":{}`)+","+entry("scaler", "11", `"f:n":{}`), `{"a":"1","n":1,"list":["p","q"]}`))

	b, _ := p.read(t, 0, 100)
	want := "5 .spec.a=1 kubectl :05\n5 .spec.list[0]=p\n7 .spec.list[1]=q\n9 .spec.n=1 scaler :09\n"
	if got := lines(b); got != want || !b.Settled() {
		t.Errorf("at the head, got\n%swant\n%s", got, want)
	}
	if b, _ = p.read(t, 8, 100); lines(b) != "5 .spec.a=1 kubectl :05\n5 .spec.list[0]=p\n7 .spec.list[1]=q\n7 .spec.n=2 scaler :07\n" {
		t.Errorf("at 8:\n%s", lines(b))
	}
	if b, gone := p.read(t, 4, 100); b != nil || gone == nil || gone.Mod != 2 {
		t.Errorf("deleted: %v, %v", b, gone)
	}
	if b, gone := p.read(t, 1, 100); b != nil || gone != nil {
		t.Errorf("before it was there: %v, %v", b, gone)
	}
	if b, _ = p.read(t, 0, 2); b.Read != 2 || b.Floor != 9 || b.Settled() || !strings.Contains(lines(b), "0 .spec.n=1") {
		t.Errorf("two versions: read %d, floor %d\n%s", b.Read, b.Floor, lines(b))
	}
}

func TestCompacted(t *testing.T) {
	p := past{edge: etcdsource.Edge{Kind: etcdsource.EdgeCompacted, Revision: 6}}
	p.put(5, pod("", `{"a":1,"n":1}`))
	p.put(7, pod("", `{"a":1,"n":2}`))
	b, _ := p.read(t, 0, 100)
	if got := lines(b); got != "0 .spec.a=1\n7 .spec.n=2\n" || b.Floor != 5 || b.Edge.Kind != etcdsource.EdgeCompacted {
		t.Errorf("floor %d, edge %v\n%s", b.Floor, b.Edge, got)
	}
}

// TestUnreadable: a version that cannot be decrypted ends the walk, and nothing is said of what it held.
func TestUnreadable(t *testing.T) {
	var p past
	p.put(2, pod("", `{"a":1}`))
	p.put(3, "k8s:enc:kms:v2:plugin:xxxx")
	p.put(5, pod("", `{"a":1,"n":1}`))
	p.put(7, pod("", `{"a":1,"n":2}`))
	if b, _ := p.read(t, 0, 100); lines(b) != "0 .spec.a=1\n7 .spec.n=2\n" || b.Floor != 5 {
		t.Errorf("floor %d\n%s", b.Floor, lines(b))
	}
}

// TestOtherItemName: an item that older versions name in another way is still found.
func TestOtherItemName(t *testing.T) {
	var p past
	p.put(2, pod("", `{"list":[{"name":"a","v":1},{"name":"a","v":2}],"k":1}`))
	p.put(3, pod("", `{"list":[{"name":"a","v":1},{"name":"b","v":3}],"k":1}`))
	b, _ := p.read(t, 0, 100)
	for _, l := range b.Lines {
		if want := int64(3); strings.Contains(l.Path, "name=b") && l.Revision != want {
			t.Errorf("%s: %d, want %d", l.Path, l.Revision, want)
		}
	}
}

// TestSecretsStayMasked: no value of a Secret is in a line.
func TestSecretsStayMasked(t *testing.T) {
	dec := decode.New(decode.Options{})
	o := dec.Object([]byte("/registry/secrets/demo/s"), []byte(`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"data\":{\"p\":\"aHVudGVy\"}}"}},"data":{"p":"aHVudGVy"},"stringData":["aHVudGVy"]}`), 5)
	masked := 0
	for _, l := range New(dec, o, decode.View{}).Lines {
		if s := fmt.Sprint(l.Value); strings.Contains(s, "aHVudGVy") {
			t.Errorf("%s: %s", l.Path, s)
		} else if strings.Contains(s, decode.Mask) {
			masked++
		}
	}
	if masked != 3 {
		t.Errorf("%d masked values", masked)
	}
}

// TestAgainstNaive compares with the leaves of every version.
func TestAgainstNaive(t *testing.T) {
	values := rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "a.b/c", "d"}), rapid.IntRange(0, 2), 0, 4)
	spec := rapid.Custom(func(t *rapid.T) map[string]any {
		m := map[string]any{"m": values.Draw(t, "m")}
		var list []any
		for _, n := range rapid.Permutation([]string{"x", "y", "z"}).Draw(t, "items")[:rapid.IntRange(0, 3).Draw(t, "n")] {
			list = append(list, map[string]any{"name": n, "v": rapid.IntRange(0, 1).Draw(t, "v")})
		}
		if list != nil {
			m["list"] = list
		}
		return m
	})
	rapid.Check(t, func(t *rapid.T) {
		var p past
		specs := rapid.SliceOfN(spec, 1, 8).Draw(t, "versions")
		var leaves []map[string]string
		for i, s := range specs {
			js, _ := json.Marshal(s)
			p.put(int64(10*i+2), pod("", string(js)))
			o := decode.New(decode.Options{}).Object(podKey, []byte(pod("", string(js))), 1)
			flat := map[string]string{}
			for _, l := range diff.Leaves(o.Tree(decode.View{}), diff.Lists{}) {
				flat[l.Path] = fmt.Sprint(l.Value)
			}
			leaves = append(leaves, flat)
		}
		b, _, err := Read(context.Background(), &p, decode.New(decode.Options{}), podKey, 0, decode.View{}, 100)
		if err != nil || !b.Settled() {
			t.Fatal("not settled", err)
		}
		for _, l := range b.Lines {
			at := len(leaves) - 1
			for at > 0 && leaves[at-1][l.Path] == leaves[at][l.Path] {
				at--
			}
			if strings.HasPrefix(l.Path, ".spec.") && fmt.Sprint(l.Value) != "map[]" && l.Revision != p.events[at].Mod {
				t.Fatalf("%s: %d, want %d\n%v", l.Path, l.Revision, p.events[at].Mod, specs)
			}
		}
	})
}

// BenchmarkRead explains a pod of ordinary size with a history of fifty versions.
func BenchmarkRead(b *testing.B) {
	var p past
	for i := range 50 {
		env := make([]string, 20)
		for j := range env {
			env[j] = fmt.Sprintf(`{"name":"E%d","value":"v"}`, j)
		}
		p.put(int64(i+2), pod(entry("kubectl", "05", `"f:containers":{}`), fmt.Sprintf(`{"containers":[{"name":"web","image":"i:%d","env":[%s]}],"n":%d}`, i/10, strings.Join(env, ","), i)))
	}
	b.ReportAllocs()
	for b.Loop() {
		p.read(b, 0, 1000)
	}
}

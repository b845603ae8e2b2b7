package reconcile

import (
	"fmt"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
)

const flagsKey = "/registry/configmaps/demo/x"

// accounted gives an account 40 versions of a ConfigMap that two managers set to and fro, a second apart, and a Deployment
// that never becomes ready.
func accounted(t *testing.T, w Window) *Account {
	t.Helper()
	x := NewAccount(attribution.Options{}, w)
	m := change.NewMemory(dec, kinds.Builtin(), "/registry/", decode.View{}, change.MemoryBounds{Bytes: 1 << 20, Objects: 10})
	put := func(e etcdsource.Event) {
		x.Add(m.Describe(m.Before(&e), &e))
		m.Remember(&e)
	}
	entry := func(manager string, i int) string {
		return fmt.Sprintf(`{"manager":%q,"operation":"Update","time":"2026-01-02T03:04:%02dZ","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:a":{}}}}`, manager, i)
	}
	put(etcdsource.Event{Key: []byte("/registry/deployments/demo/x"), Mod: 9, Version: 1, Type: etcdsource.Created,
		Value: []byte(object("apps/v1", "Deployment", `"uid":"u-deployment","managedFields":[`+entry("argocd-controller", 0)+`]`, `"spec":{"replicas":1},"status":{}`))})
	for i := range 40 {
		e := etcdsource.Event{Key: []byte(flagsKey), Mod: int64(10 + i), Version: int64(1 + i), Type: etcdsource.Updated}
		if i == 0 {
			e.Type = etcdsource.Created
		}
		meta := `"uid":"u-flags","managedFields":[` + entry([]string{"argocd-controller", "kubectl-edit"}[i%2], i) + `]`
		e.Value = []byte(object("v1", "ConfigMap", meta, fmt.Sprintf(`"data":{"a":"%d"}`, i%2)))
		put(e)
		if x.Over() {
			break
		}
	}
	x.End()
	return x
}

// TestAccountNamesWriters: the fight about the ConfigMap has its two writers, each counted with what it wrote.
func TestAccountNamesWriters(t *testing.T) {
	x := accounted(t, Window{})
	fights := x.Fights()
	if len(fights) != 1 || fights[0].Sides[0].Writer != "kubectl-edit" || fights[0].Sides[1].Writer != "argocd-controller" || fights[0].Undone != 38 || fights[0].Beat() != time.Second {
		t.Fatalf("%+v %+v", fights, x.Writers())
	}
	got := map[string]Wrote{}
	for _, w := range x.Writers() {
		got[w.Writer] = w
	}
	a, k := got["argocd-controller"], got["kubectl-edit"]
	if len(got) != 2 || a.Count != 21 || k.Count != 20 || k.Sure != 20 || k.Most != (Hot{flagsKey, 20}) || k.Revision != 49 {
		t.Errorf("%+v", got)
	}
}

// TestWindow: what lies before is not counted, but what it left behind is known; nothing is taken behind the end.
func TestWindow(t *testing.T) {
	whole := accounted(t, Window{})
	x := accounted(t, Window{From: 20, To: 29})
	first, last := x.Span()
	if first != 20 || last != 29 || !x.Over() {
		t.Errorf("counted %d to %d, over %v", first, last, x.Over())
	}
	if a, b := x.HotObjects(1)[0].Count, whole.HotObjects(1)[0].Count; a != 10 || b != 40 {
		t.Errorf("%d writes in the window, %d in all", a, b)
	}
	if w := x.Waiting(); len(w) != 1 || w[0].Since.Revision != 9 {
		t.Errorf("it waits since before the window, but %+v", w)
	}
	if n := len(accounted(t, Window{From: 1 << 40}).HotObjects(5)); n != 0 {
		t.Errorf("%d objects are counted before the window", n)
	}
	none := accounted(t, Window{Only: func([]byte) bool { return false }})
	if len(none.Writers())+len(none.Waiting()) != 0 {
		t.Error("a key that does not count is counted")
	}
}

func TestLastMinute(t *testing.T) {
	f := newFold()
	put := func(writer string, seconds int) {
		f.now = f.now.Add(time.Duration(seconds) * time.Second)
		f.t.Apply(Input{Change: &change.Change{Event: etcdsource.Event{Key: fmt.Append(nil, writer), Mod: f.rev}}, Writer: writer, Attributed: true, When: f.now})
	}
	for range 10 {
		put("busy", 0)
	}
	put("late", 59)
	if w := f.t.Writers(); w[0].Writer != "busy" || w[0].Recent != 10 || w[1].Recent != 1 {
		t.Errorf("within the minute: %+v", w)
	}
	put("late", 1)
	if w := f.t.Writers(); w[1].Writer != "late" || w[1].Recent != 2 || w[0].Recent != 0 || w[0].Count != 10 {
		t.Errorf("after it: %+v", w)
	}
	if got := f.t.Newest(); !got.Equal(f.now) {
		t.Errorf("newest %s, want %s", got, f.now)
	}
	for i := range 2 * maxWriters {
		put(fmt.Sprint(i), 0)
	}
	if n := len(f.t.Writers()); n != maxWriters {
		t.Errorf("%d writers are kept", n)
	}
}

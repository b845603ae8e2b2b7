package decode

import (
	"bytes"
	"encoding/json"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// cpu returns the processor time that the process has used: what other processes do is no part of it.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// inTurn runs functions one after the other, again and again, and reports the processor time of each and how many
// times that of the others the first one needs, from the medians.
func inTurn(b *testing.B, names []string, run ...func()) {
	took := make([][]time.Duration, len(run))
	for b.Loop() {
		for i, f := range run {
			runtime.GC() // each pays for its own garbage
			start, used, n := cpu(b), time.Duration(0), 0
			for ; used < 100*time.Millisecond; used = cpu(b) - start {
				for range 10 {
					f()
				}
				n += 10
			}
			took[i] = append(took[i], used/time.Duration(n))
		}
	}
	median := func(i int) float64 {
		slices.Sort(took[i])
		return float64(took[i][len(took[i])/2].Nanoseconds())
	}
	ours := median(0)
	b.ReportMetric(ours/1000, "ours-µs")
	for i := 1; i < len(run); i++ {
		b.ReportMetric(median(i)/1000, names[i]+"-µs")
		b.ReportMetric(ours/median(i), "x-"+names[i])
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkView goes from the stored bytes of a pod of 3.7 kB to its YAML. Target: at most twice the floor, which is
// Unmarshal, encoding/json and an emitter that does nothing but emit; at most a seventh of sigs.k8s.io/yaml.
func BenchmarkView(b *testing.B) {
	v := stored(b, "pod-3700")
	d := New(Options{})
	all := View{ManagedFields: true}
	pod := func() *corev1.Pod {
		e, err := readEnvelope(v.Value[len(protobufMagic):])
		p := &corev1.Pod{}
		if err != nil || p.Unmarshal(e.raw) != nil {
			b.Fatal("no pod")
		}
		return p
	}
	var e emitter
	for name, out := range map[string][]byte{"ours": d.Object([]byte(v.Key), v.Value, 7).YAMLBytes(all), "floor": e.yaml(mustJSON(b, pod()))} {
		if tree, err := reread(out); err != nil || !has(tree, "spec", "containers", 0, "image") || !has(tree, "metadata", "managedFields", 0) {
			b.Fatalf("%s writes no pod: %v\n%s", name, err, out)
		}
	}
	inTurn(b, []string{"", "floor", "sigs-yaml"},
		func() { d.Object([]byte(v.Key), v.Value, 7).YAMLBytes(all) },
		func() { e.yaml(mustJSON(b, pod())) },
		func() {
			if _, err := yaml.Marshal(pod()); err != nil {
				b.Fatal(err)
			}
		})
}

// BenchmarkDocument is the same with colours and folds, as the screen shows it, and with managedFields left out.
func BenchmarkDocument(b *testing.B) {
	v := stored(b, "pod-3700")
	d := New(Options{})
	b.ReportAllocs()
	for b.Loop() {
		d.Object([]byte(v.Key), v.Value, 7).YAML(View{})
	}
}

// emitter is the floor of writing YAML: JSON is cut into pieces that are sorted and written, nothing is copied, and
// what may need quotes is written as the JSON string that it is.
type emitter struct {
	in    []byte
	p     int
	items []piece
	out   []byte
	order []int32
}

type piece struct {
	key, val   []byte // as they are in the JSON; key is nil in a list
	kind       byte   // '{', '[' or 's'
	next, kids int32  // 0 for none
}

func (e *emitter) yaml(js []byte) []byte {
	e.in, e.p, e.items, e.out, e.order = js, 0, append(e.items[:0], piece{}), e.out[:0], e.order[:0]
	e.emit(e.parse(nil), 0, false)
	return e.out
}

func (e *emitter) text() []byte {
	from := e.p
	for {
		e.p++
		e.p += bytes.IndexByte(e.in[e.p:], '"')
		back := 0
		for e.in[e.p-1-back] == '\\' {
			back++
		}
		if back%2 == 0 {
			break
		}
	}
	e.p++
	return e.in[from:e.p]
}

func (e *emitter) parse(key []byte) int32 {
	at := int32(len(e.items))
	e.items = append(e.items, piece{key: key, kind: 's'})
	switch c := e.in[e.p]; c {
	case '{', '[':
		e.items[at].kind = c
		e.p++
		for last := int32(0); e.in[e.p] != c+2; {
			var k []byte
			if c == '{' {
				k = e.text()
				e.p++
			}
			kid := e.parse(k)
			if last == 0 {
				e.items[at].kids = kid
			} else {
				e.items[last].next = kid
			}
			if last = kid; e.in[e.p] == ',' {
				e.p++
			}
		}
		e.p++
	case '"':
		e.items[at].val = e.text()
	default:
		from := e.p
		for bytes.IndexByte([]byte(",}]"), e.in[e.p]) < 0 {
			e.p++
		}
		e.items[at].val = e.in[from:e.p]
	}
	return at
}

func (e *emitter) scalar(s []byte) {
	if len(s) > 7 && s[0] == '"' && bytes.IndexFunc(s[1:len(s)-1], func(r rune) bool { return r < 'A' || r > 'z' || r > 'Z' && r < 'a' }) < 0 {
		s = s[1 : len(s)-1]
	}
	e.out = append(e.out, s...)
}

func (e *emitter) emit(at int32, indent int, started bool) {
	t := &e.items[at]
	switch {
	case t.kind == 's':
		e.scalar(t.val)
		e.out = append(e.out, '\n')
	case t.kids == 0:
		e.out = append(e.out, t.kind, t.kind+2, '\n')
	case t.kind == '[':
		for k := t.kids; k != 0; k = e.items[k].next {
			e.out = append(append(e.out, strings.Repeat(" ", indent)...), '-', ' ')
			e.emit(k, indent+2, true)
		}
	default:
		from := len(e.order)
		for k := t.kids; k != 0; k = e.items[k].next {
			e.order = append(e.order, k)
		}
		to := len(e.order)
		slices.SortFunc(e.order[from:], func(x, y int32) int { return bytes.Compare(e.items[x].key, e.items[y].key) })
		for i := from; i < to; i++ {
			if i > from || !started {
				e.out = append(e.out, blanks[:indent]...)
			}
			e.field(e.order[i], indent)
		}
		e.order = e.order[:from]
	}
}

func (e *emitter) field(at int32, indent int) {
	f := &e.items[at]
	e.scalar(f.key)
	e.out = append(e.out, ':')
	switch {
	case f.kids == 0:
		e.out = append(e.out, ' ')
		e.emit(at, 0, false)
		return
	case f.kind == '{':
		indent += 2
	}
	e.out = append(e.out, '\n')
	e.emit(at, indent, false)
}

// TestEmitter checks the floor: what it writes reads back equal.
func TestEmitter(t *testing.T) {
	var e emitter
	for name, v := range values(t) {
		o := v.open()
		root := o.parsed()
		if root == nil {
			continue
		}
		var c bytes.Buffer
		if err := json.Compact(&c, appendJSON(nil, root, appendQuoted)); err != nil {
			t.Fatal(err)
		}
		want, err := jsonValue(c.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := reread(e.yaml(c.Bytes())); err != nil || string(mustJSON(t, got)) != string(mustJSON(t, want)) {
			t.Errorf("%s: %v\n%s", name, err, e.out)
		}
	}
}

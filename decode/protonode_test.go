package decode

import (
	"bytes"
	"cmp"
	"errors"
	"maps"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/wire"
)

// byJSON is the reference for an object in protobuf: its type's own code reads it, encoding/json writes it, and that is
// parsed.
func byJSON(value []byte) (root *node, unknown []wire.Unknown, err error) {
	e, _ := readEnvelope(value[len(protobufMagic):]) // of one that is cut off, what there is
	gvk := schema.FromAPIVersionAndKind(string(e.apiVersion), string(e.kind))
	obj := typed(gvk)
	m, ok := obj.(message)
	if !ok {
		return nil, nil, errors.New("no type")
	}
	if err := guarded(func() error { return m.Unmarshal(e.raw) }); err != nil {
		return nil, nil, err
	}
	obj.GetObjectKind().SetGroupVersionKind(gvk)
	fillIn(obj)
	if md, ok := obj.(metav1.Object); ok {
		(&Object{}).mendManagers(md)
	}
	js, err := marshal(obj)
	if err != nil {
		return nil, nil, err
	}
	root = parseJSON(js)
	if unknown = wire.TypeOf(reflect.TypeOf(obj)).Unknown(e.raw); len(unknown) > 0 {
		n := root.grafted(graftOf(unknown))
		root = &n
	}
	return root, unknown, nil
}

// sameAsJSON compares an object with the reference: its tree, its head, its managedFields, and each field by its path.
func sameAsJSON(t testing.TB, name string, value []byte) (byLayout bool) {
	t.Helper()
	o := New(Options{}).Object([]byte("/registry/x/y"), value, 7)
	root, unknown, err := byJSON(value)
	if err != nil {
		if o.kind != nil {
			t.Fatalf("%s: read, though its type does not take it: %v", name, err)
		}
		return false
	}
	if o.kind == nil {
		return false
	}
	if !reflect.DeepEqual(unknown, o.unknown) {
		t.Fatalf("%s: unknown %v, want %v", name, o.unknown, unknown)
	}
	fieldsOneByOne(t, name, o, root)
	if got := o.parsed(); !equalNodes(got, root) {
		t.Fatalf("%s: is\n%s\nwant\n%s", name, appendJSON(nil, got, appendQuoted), appendJSON(nil, root, appendQuoted))
	}
	ref := &Object{js: "{}", shared: &shared{}}
	ref.root.Store(root)
	ref.head()
	if md := root.field("metadata"); md != nil && o.kind.isObject && strings.ToValidUTF8(o.Name+o.Namespace+o.UID, "") == o.Name+o.Namespace+o.UID &&
		(o.Name != ref.Name || o.Namespace != ref.Namespace || o.UID != ref.UID || o.Generation != ref.Generation || !o.Created.Equal(ref.Created) && o.Created.Year() < 10000) {
		t.Fatalf("%s: %s/%s %s %d %s, want %s/%s %s %d %s", name, o.Namespace, o.Name, o.UID, o.Generation, o.Created, ref.Namespace, ref.Name, ref.UID, ref.Generation, ref.Created)
	}
	if got, want := o.Managed(), ref.Managed(); !reflect.DeepEqual(got, want) {
		t.Fatalf("%s: managed by\n%+v\nwant\n%+v", name, got, want)
	}
	return true
}

// fieldsOneByOne asks for each field of an object whose tree was not made.
func fieldsOneByOne(t testing.TB, name string, o *Object, root *node) {
	t.Helper()
	var ask func(n *node, path []string)
	ask = func(n *node, path []string) {
		if len(path) > 0 {
			if got := o.find(path); got == nil || !equalNodes(got, n) {
				t.Fatalf("%s: %v is %+v, want %+v", name, path, got, n)
			}
			if got := o.Text(path...); got != n.text() && !o.hides(path) {
				t.Fatalf("%s: the text of %v is %q, want %q", name, path, got, n.text())
			}
		}
		if n.kind != '{' {
			return
		}
		for i := range n.items {
			ask(&n.items[i], append(path[:len(path):len(path)], n.items[i].name))
		}
		if len(path) < 4 {
			if got := o.find(append(path[:len(path):len(path)], "no such field")); got != nil {
				t.Fatalf("%s: %v has no such field", name, path)
			}
			if got := o.Text(append(path[:len(path):len(path)], "no such field")...); got != "" {
				t.Fatalf("%s: %v has no such field, but it is %q", name, path, got)
			}
		}
	}
	ask(root, nil)
}

// sameDiff compares what differs in two values with what differs in their trees.
func sameDiff(t testing.TB, name string, before, after []byte) {
	t.Helper()
	d := New(Options{})
	a, b := d.Object([]byte("/registry/x/y"), before, 7), d.Object([]byte("/registry/x/y"), after, 8)
	if a.kind == nil || b.kind == nil {
		return
	}
	changes, reordered := d.Compare(a, b, View{Reveal: true})
	wantChanges, wantReordered := diff.Compare(a.Tree(View{Reveal: true}), b.Tree(View{Reveal: true}), d.lists)
	if !reflect.DeepEqual(changes, wantChanges) || !reflect.DeepEqual(reordered, wantReordered) {
		t.Fatalf("%s: differs in\n%+v %v\nwant\n%+v %v", name, changes, reordered, wantChanges, wantReordered)
	}
	paths := reordered
	for i := range changes {
		paths = append(paths, changes[i].Path)
	}
	allTouched(t, name, a, b, paths)
}

// allTouched checks that what changed lies in a field that was touched, or above one.
func allTouched(t testing.TB, name string, a, b *Object, paths []string) {
	t.Helper()
	var ways [][]string
	if !Touched(a, b, func(way []string) bool {
		ways = append(ways, slices.Clone(way))
		return true
	}) && a.kind == b.kind && a.Unknown+b.Unknown == 0 {
		t.Fatalf("%s: cannot be compared", name)
	}
	if a.kind != b.kind || a.Unknown+b.Unknown > 0 {
		return
	}
	for _, path := range paths {
		var fields []string
		for _, s := range diff.Split(path) {
			if !s.IsField() { // items are named here, and counted there
				break
			}
			fields = append(fields, s.Field)
		}
		if !slices.ContainsFunc(ways, func(way []string) bool {
			n := min(len(way), len(fields))
			return slices.Equal(way[:n], fields[:n])
		}) {
			t.Fatalf("%s: %s changed, but only %v was touched", name, path, ways)
		}
	}
}

// TestStoredByLayout reads what API servers stored.
func TestStoredByLayout(t *testing.T) {
	n := 0
	all := values(t)
	for name, v := range all {
		if bytes.HasPrefix(v.Value, protobufMagic) && sameAsJSON(t, name, v.Value) {
			n++
		}
	}
	for name, v := range all {
		for other, w := range all {
			if bytes.HasPrefix(v.Value, protobufMagic) && bytes.HasPrefix(w.Value, protobufMagic) {
				sameDiff(t, name+" and "+other, v.Value, w.Value)
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d values were read by their layout", n)
	}
}

// TestKindsByLayout reads objects of every kind whose fields are set at random.
func TestKindsByLayout(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewSource(1))
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	kinds := slices.SortedFunc(maps.Keys(kindTypes()), func(a, b kindName) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.apiVersion, b.apiVersion))
	})
	for _, id := range kinds {
		k := kindTypes()[id]
		if _, ok := reflect.New(k.goType).Interface().(message); !ok {
			continue
		}
		if kindOf([]byte(id.apiVersion), []byte(id.kind)) == nil {
			t.Errorf("%s %s has no layout", id.apiVersion, id.kind)
			continue
		}
		byLayout := 0
		var last []byte
		for round := range rounds {
			obj := reflect.New(k.goType)
			filler{r, 1 + round%3}.fill(obj.Elem(), 0)
			raw, err := obj.Interface().(interface{ Marshal() ([]byte, error) }).Marshal()
			if err != nil {
				t.Fatal(err)
			}
			value := inEnvelope(id.apiVersion, id.kind, raw)
			if sameAsJSON(t, id.kind, value) {
				byLayout++
			}
			if last != nil {
				sameDiff(t, id.kind, last, value)
			}
			sameDiff(t, id.kind, value, inEnvelope(id.apiVersion, id.kind, changed(r, obj)))
			last = value
		}
		if byLayout == 0 { // an empty message has no layout
			t.Errorf("%s %s: none of %d objects was read by the layout", id.apiVersion, id.kind, rounds)
		}
	}
}

// changed marshals an object again, some of its fields set again.
func changed(r *rand.Rand, obj reflect.Value) []byte {
	f := filler{r, 2}
	e := obj.Elem()
	for i := range e.NumField() {
		if e.Type().Field(i).Name != "TypeMeta" && r.Intn(2) == 0 {
			f.fill(e.Field(i), 1)
		}
	}
	raw, _ := obj.Interface().(interface{ Marshal() ([]byte, error) }).Marshal()
	return raw
}

// TestMalformedByLayout reads values that were changed at random bytes: no layout takes what its type refuses, nor reads it
// in another way.
func TestMalformedByLayout(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewSource(2))
	rounds := 400
	if testing.Short() {
		rounds = 60
	}
	for name, v := range values(t) {
		if !bytes.HasPrefix(v.Value, protobufMagic) || len(v.Value) > 6000 {
			continue
		}
		for range rounds {
			b := bytes.Clone(v.Value)
			for range 1 + r.Intn(2) {
				b[4+r.Intn(len(b)-4)] = byte(r.Intn(256))
			}
			sameAsJSON(t, name, b)
			sameDiff(t, name, v.Value, b)
		}
	}
}

// TestTwiceByLayout reads messages in which a field is there twice, or out of its order.
func TestTwiceByLayout(t *testing.T) {
	meta := func(b ...byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), b)
	}
	name := func(s string) []byte {
		return protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), s)
	}
	one, two := meta(name("a")...), meta(protowire.AppendString(protowire.AppendTag(nil, 3, protowire.BytesType), "b")...)
	spec := protowire.AppendBytes(protowire.AppendTag(nil, 2, protowire.BytesType), protowire.AppendString(protowire.AppendTag(nil, 10, protowire.BytesType), "n"))
	for _, raw := range [][]byte{append(bytes.Clone(one), two...), append(bytes.Clone(spec), one...), append(bytes.Clone(one), spec...)} {
		value := inEnvelope("v1", "Pod", raw)
		sameAsJSON(t, "pod", value)
		want, _, err := byJSON(value)
		if got := New(Options{}).Object([]byte("/registry/x"), value, 1).parsed(); err != nil || !equalNodes(got, want) {
			t.Errorf("%x: %v is %s", raw, err, appendJSON(nil, got, appendQuoted))
		}
	}
}

// filler sets fields at random.
type filler struct {
	r    *rand.Rand
	most int // items of a list
}

var texts = []string{"", "a", "web", "10.0.0.1", "ü", "\xff\xfe", "x\"y\\", "\x00", "k8s.io/name", "line\nline", "\u2028<&>"}

func (f filler) fill(v reflect.Value, depth int) {
	switch p := v.Addr().Interface().(type) {
	case *metav1.Time:
		*p = metav1.Unix([]int64{0, 1, 1700000000, -62135596800, 253402300800}[f.r.Intn(5)], 0)
		return
	case *metav1.MicroTime:
		*p = metav1.MicroTime{Time: metav1.Unix(int64(f.r.Intn(1e9)), int64(f.r.Intn(1e9))).Time}
		return
	case *metav1.FieldsV1:
		p.SetRawString([]string{`{"f:a":{}}`, `{"f:b":{"f:c":{}},"f:a":{}}`, `{"f:spec":{"k:{\"name\":\"x\"}":{".":{}}}}`, `null`, ` {"f:a": {} }`, `{"x":1}`, `{"f:ü":{}}`}[f.r.Intn(7)])
		return
	case *runtime.RawExtension:
		p.Raw = []byte([]string{`{"b":1,"a":[1.50,"x"]}`, `null`, `"x"`, ` [1]`}[f.r.Intn(4)])
		return
	case *resource.Quantity:
		*p = resource.MustParse([]string{"0", "250m", "1Gi", "1.5", "1e3", "1000Mi", "0.0001"}[f.r.Intn(7)])
		return
	case *intstr.IntOrString:
		*p = []intstr.IntOrString{intstr.FromInt32(8080), intstr.FromString("http"), intstr.FromInt32(-1), {}}[f.r.Intn(4)]
		return
	}
	f.fillKind(v, depth)
}

func (f filler) fillKind(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Name == "TypeMeta" || !v.Field(i).CanSet() || f.r.Intn(2+depth) > 1 {
				continue
			}
			f.fill(v.Field(i), depth+1)
		}
	case reflect.Pointer:
		if f.r.Intn(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(v.Elem(), depth+1)
		}
	case reflect.Slice:
		n := f.r.Intn(f.most + 1)
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			f.fill(v.Index(i), depth+1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range f.r.Intn(f.most + 1) {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			f.fill(key, depth+1)
			f.fill(value, depth+1)
			v.SetMapIndex(key, value)
		}
	case reflect.String:
		v.SetString(texts[f.r.Intn(len(texts))])
	case reflect.Bool:
		v.SetBool(f.r.Intn(2) == 0)
	case reflect.Int32, reflect.Int64, reflect.Int:
		v.SetInt([]int64{0, 1, -1, 300, 1<<31 - 1}[f.r.Intn(5)])
	case reflect.Uint8:
		v.SetUint(uint64(f.r.Intn(256)))
	}
}

// equalNodes reports whether two values are the same, names of their own aside.
func equalNodes(a, b *node) bool {
	if a.kind != b.kind || a.str != b.str || len(a.items) != len(b.items) {
		return false
	}
	for i := range a.items {
		if p, q := &a.items[i], &b.items[i]; p.name != q.name || !equalNodes(p, q) {
			return false
		}
	}
	return true
}

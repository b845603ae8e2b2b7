package decode

import (
	"errors"
	"slices"
	"strconv"
	"sync"
	"unsafe"

	"github.com/etcdscope/etcdscope/decode/diff"
)

// View says what may be seen of an object. The zero View masks Secrets and leaves managedFields out.
type View struct {
	Reveal        bool // values of Secrets
	ManagedFields bool
	// Typed masks such that a client with types can read the object: Kioq, the base64 of the mask, in the data of a Secret.
	Typed bool
}

// Mask replaces a Secret's value.
const Mask = "***"

// ErrMasked says that the stored bytes are those of a Secret, and that the View does not reveal them.
var ErrMasked = errors.New("it is a Secret, whose bytes are masked")

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// parsed returns the object's JSON as nodes, nil where it has none.
func (o *Object) parsed() *node {
	if root := o.root.Load(); root != nil {
		return root
	}
	if !o.Decoded() {
		return nil
	}
	if !o.isLarge() {
		o.once.Do(func() {
			root, n := o.parse()
			o.nodes = n
			o.root.Store(root)
		})
		return o.root.Load()
	}
	root, n := o.parse()
	o.shared.keep(o, root, n*nodeSize)
	return root
}

// isLarge reports whether the object's tree is kept only while there is room for it.
func (o *Object) isLarge() bool {
	return len(o.js) >= large || len(o.message) >= largeMessage || o.rest != nil
}

// parse makes the object's tree, and counts its values.
func (o *Object) parse() (root *node, n int) {
	switch {
	case o.rest != nil:
		root = o.rest()
		return root, root.count()
	case o.kind == nil:
		return countJSON(o.js)
	}
	p := newBuilder(o.kind.claims, 0)
	defer p.done()
	n1 := p.object(o.kind.layout, o.message)
	if o.kind.isTyped {
		n1 = n1.with("apiVersion", node{kind: '"', str: o.kind.apiVersion}).with("kind", node{kind: '"', str: o.kind.kind})
	}
	if len(o.unknown) > 0 {
		n1 = n1.grafted(graftOf(o.unknown))
	}
	return &n1, p.count + 3
}

// count is how many values there are in a tree.
func (n *node) count() int {
	c := 1
	for i := range n.items {
		c += n.items[i].count()
	}
	return c
}

// nodeSize is how many bytes a node takes.
const nodeSize = int(unsafe.Sizeof(node{}))

// messageWeight is about how many bytes the tree of a message takes for each of its bytes.
const messageWeight = 7

// Weight is about how many bytes of memory the object takes, without the tree of a large one: those of all objects of a
// Decoder together are bounded.
func (o *Object) Weight() int {
	if o.kind != nil {
		return len(o.stored) + messageWeight*len(o.message)
	}
	o.brief()
	n, bytes := o.nodes, len(o.stored)
	if len(o.js) >= large || o.rest != nil {
		n = o.values
	}
	if o.Encoding != encJSON || len(o.js) < large { // else they are the stored bytes
		bytes += len(o.js)
	}
	return bytes + nodeSize*n
}

// KeptWeight is Weight as those count it who keep objects to use them again: a large one counts four times, for its few like
// are decoded again sooner than many small ones.
func (o *Object) KeptWeight() int {
	if n := o.Weight(); n < large {
		return n
	}
	return 4 * o.Weight()
}

// revealed returns the object as seen returns it to whom Secrets are revealed; nil of nil.
func (o *Object) revealed() *node {
	if o == nil {
		return nil
	}
	return o.seen(View{Reveal: true})
}

// seen returns the object as a view shows it, nil where there is nothing decoded.
func (o *Object) seen(v View) *node {
	root := o.parsed()
	if root == nil {
		return nil
	}
	hide := o.Secret && !v.Reveal
	if root.kind != '{' || !o.IsKubernetes() {
		if hide {
			return &node{kind: '"', str: Mask}
		}
		return root
	}
	out := *root
	if md := root.field("metadata"); md != nil && md.kind == '{' {
		out = out.with("metadata", o.metadata(*md, v, hide))
	}
	if hide {
		out = maskObject(out, o.public(), v.Typed)
	}
	return &out
}

// metadata returns metadata as the API server serves it: with the resourceVersion, without what is null.
func (o *Object) metadata(md node, v View, hide bool) node {
	out := md.with("resourceVersion", node{kind: '"', str: strconv.FormatInt(o.Mod, 10)})
	drop := []string{}
	if !v.ManagedFields {
		drop = append(drop, "managedFields")
	}
	if c := md.field("creationTimestamp"); c != nil && c.kind == 'n' {
		drop = append(drop, "creationTimestamp")
	}
	if len(drop) > 0 {
		out = out.without(drop...)
	}
	if hide {
		for _, t := range tokens(o) {
			out = out.hushed(t)
		}
	}
	if a := out.field("annotations"); hide && a != nil && a.kind == '{' {
		masked, of := *a, secretValues(o)
		masked.items = slices.Clone(a.items)
		for i := range masked.items {
			if n := maskAnnotation(a.items[i], of); n != nil {
				one := *n
				one.name = a.items[i].name
				masked.items[i] = one
			}
		}
		out = out.with("annotations", masked)
	}
	if hide && out.field(UnknownFields) != nil {
		out = out.with(UnknownFields, *hidden())
	}
	return out
}

// Tree returns the decoded content, nil where there is none. Numbers are json.Number. The tree is the caller's.
func (o *Object) Tree(v View) map[string]any {
	if o == nil {
		return nil
	}
	n := o.seen(v)
	if n == nil || n.kind != '{' {
		return nil
	}
	m, _ := n.value().(map[string]any)
	return m
}

// IsTree reports whether Tree returns one.
func (o *Object) IsTree(v View) bool {
	if o.kind != nil {
		return true
	}
	root := o.brief()
	return root != nil && root.kind == '{' && (o.IsKubernetes() || !o.Secret || v.Reveal)
}

// Raw returns the bytes as they are stored.
func (o *Object) Raw(v View) ([]byte, error) {
	if o.Secret && !v.Reveal {
		return nil, ErrMasked
	}
	return o.stored, nil
}

// EachLeaf calls f with each field of an object that has no parts, with its path, and its value as the View shows it. The
// leaf is valid until f returns. There is none where there is no decoded form.
func (d *Decoder) EachLeaf(o *Object, v View, f func(*diff.Leaf)) {
	hide := o.Secret && !v.Reveal
	values := sync.OnceValue(func() hiddenTexts { return secretValues(o) })
	diff.EachLeaf(o.Tree(View{Reveal: true}), d.lists, func(l *diff.Leaf) {
		if hide {
			one := [1]diff.Change{{Path: l.Path, New: l.Value}}
			maskChanges(one[:], values, o)
			l.Value = one[0].New
		}
		f(l)
	})
}

package decode

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/etcdscope/etcdscope/decode/diff"
)

// View says what may be seen of an object. The zero View masks Secrets and leaves managedFields out.
type View struct {
	Reveal        bool // values of Secrets
	ManagedFields bool
}

// Mask is what stands in place of a Secret's value.
const Mask = "***"

// ErrMasked says that the stored bytes are those of a Secret, and that the View does not reveal them.
var ErrMasked = errors.New("it is a Secret, whose bytes are masked")

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// parsed returns the object's JSON as nodes, nil where it has none.
func (o *Object) parsed() *node {
	o.once.Do(func() {
		if o.js != "" {
			o.root = parseJSON(o.js)
		}
	})
	return o.root
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
		out = maskObject(out)
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
	if a := out.field("annotations"); hide && a != nil && a.kind == '{' {
		masked := *a
		for _, it := range a.items {
			if n := maskAnnotation(it); n != nil {
				masked = masked.with(it.name, *n)
			}
		}
		out = out.with("annotations", masked)
	}
	return out
}

// known are the fields of a Secret that hold no secret.
var known = map[string]bool{"apiVersion": true, "kind": true, "metadata": true, "type": true, "immutable": true}

// maskObject masks the values of a Secret. Fields that Secrets do not have are masked as a whole.
func maskObject(n node) node {
	out := n
	for _, it := range n.items {
		switch {
		case known[it.name]:
		case (it.name == "data" || it.name == "stringData") && it.kind == '{':
			out = out.with(it.name, maskMap(it))
		default:
			out = out.with(it.name, node{kind: '"', str: Mask})
		}
	}
	return out
}

func maskMap(n node) node {
	out := node{kind: '{'}
	for _, it := range n.items {
		out.items = append(out.items, node{kind: '"', name: it.name, str: Mask})
	}
	return out
}

// maskAnnotation masks what an annotation of a Secret embeds: the object as it was applied, in whatever annotation. It
// returns nil where there is nothing to mask.
func maskAnnotation(it node) *node {
	if it.kind != '"' {
		return nil
	}
	s := strings.TrimSpace(it.str)
	if !strings.HasPrefix(s, "{") {
		if it.name == lastApplied {
			return &node{kind: '"', str: Mask}
		}
		return nil
	}
	if !json.Valid([]byte(s)) {
		return &node{kind: '"', str: Mask}
	}
	inner := *parseJSON(s)
	if inner.field("data") == nil && inner.field("stringData") == nil && it.name != lastApplied {
		return nil
	}
	if md := inner.field("metadata"); md != nil {
		if a := md.field("annotations"); a != nil && a.kind == '{' {
			masked := *a
			for _, x := range a.items {
				if n := maskAnnotation(x); n != nil {
					masked = masked.with(x.name, *n)
				}
			}
			inner = inner.with("metadata", md.with("annotations", masked))
		}
	}
	return &node{kind: '"', str: string(appendJSON(nil, ptr(maskObject(inner)), appendQuoted))}
}

func ptr(n node) *node { return &n }

// maskChanges masks the values of a Secret's changed fields; those of its metadata and type stay.
func maskChanges(changes []diff.Change) {
	for i := range changes {
		c := &changes[i]
		switch {
		case strings.HasPrefix(c.Path, ".metadata.annotations") && ofMetadata(c.Path):
			c.Old, c.New = maskEmbedded(c.Path, c.Old), maskEmbedded(c.Path, c.New)
		case c.Path == ".type", c.Path == ".immutable", c.Path == ".kind", c.Path == ".apiVersion", ofMetadata(c.Path):
			c.Old, c.New = maskTree(c.Old), maskTree(c.New)
		default:
			c.Old, c.New = maskAll(c.Old), maskAll(c.New)
		}
	}
}

func ofMetadata(path string) bool {
	rest, ok := strings.CutPrefix(path, ".metadata")
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// maskAll keeps the names of a map and hides everything else.
func maskAll(v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for k := range v {
			out[k] = Mask
		}
		return out
	}
	return Mask
}

// maskTree masks what annotations embed in a part of the metadata.
func maskTree(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := make(map[string]any, len(m))
	for k, x := range m {
		if a, ok := x.(map[string]any); ok && k == "annotations" {
			x = maskEmbedded("", a)
		}
		out[k] = x
	}
	return out
}

func maskEmbedded(path string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = maskEmbedded(k, x)
		}
		return out
	case string:
		name := ""
		if strings.Contains(path, lastApplied) {
			name = lastApplied
		}
		if n := maskAnnotation(node{kind: '"', name: name, str: v}); n != nil {
			return n.str
		}
	}
	return v
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

// Raw returns the bytes as they are stored.
func (o *Object) Raw(v View) ([]byte, error) {
	if o.Secret && !v.Reveal {
		return nil, ErrMasked
	}
	return o.stored, nil
}

// Leaves returns the fields of an object that have no parts, with their paths, as the View shows their values. It is
// empty where there is no decoded form.
func (d *Decoder) Leaves(o *Object, v View) []diff.Leaf {
	leaves := diff.Leaves(o.Tree(View{Reveal: true}), d.lists)
	if !o.Secret || v.Reveal {
		return leaves
	}
	changes := make([]diff.Change, len(leaves))
	for i := range leaves {
		changes[i] = diff.Change{Path: leaves[i].Path, New: leaves[i].Value}
	}
	maskChanges(changes)
	for i := range leaves {
		leaves[i].Value = changes[i].New
	}
	return leaves
}

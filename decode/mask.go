package decode

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/etcdscope/etcdscope/decode/diff"
)

// Nothing that may be the value of a Secret is shown without being asked for: fields that Secrets do not have are masked
// as a whole, and annotations as soon as they may embed the object.

// known are the fields of a Secret that hold no secret.
var known = map[string]bool{"apiVersion": true, "kind": true, "metadata": true, "type": true, "immutable": true}

// public returns the fields of an object that holds secrets which hold none.
func (o *Object) public() map[string]bool {
	if l := o.login(); l != nil {
		return l.public
	}
	return known
}

// typedMask is the mask where a type wants base64.
const typedMask = "Kioq"

// maskObject masks the values of a Secret. Fields that are not public are masked as a whole; with typed they keep their type,
// or are left out.
func maskObject(n node, public map[string]bool, typed bool) node {
	out := n
	for _, it := range n.items {
		switch {
		case public[it.name]:
		case it.name == "data" && it.kind == '{' && typed:
			out = out.with(it.name, maskMap(it, typedMask))
		case (it.name == "data" || it.name == "stringData") && it.kind == '{':
			out = out.with(it.name, maskMap(it, Mask))
		case typed && it.kind != '"': // a text would be of another type
			out = out.without(it.name)
		default:
			out = out.with(it.name, node{kind: '"', str: Mask})
		}
	}
	return out
}

func maskMap(n node, mask string) node {
	out := node{kind: '{'}
	for _, it := range n.items {
		out.items = append(out.items, node{kind: '"', name: it.name, str: mask})
	}
	return out
}

// maskAnnotation masks what an annotation of a Secret embeds: the object as it was applied, in whatever annotation and
// however it is packed, and one of its values in any text. It returns nil where there is nothing to mask.
func maskAnnotation(it node, of hiddenTexts) *node {
	if it.kind != '"' {
		return nil
	}
	n := maskEmbeddedObject(it, of)
	if n == nil && (of.in(it.str) || literals.MatchString(it.str)) || n != nil && of.foundLong(n.str) {
		return hidden()
	}
	return n
}

// literals finds a value that was given on a command line: kubernetes.io/change-cause keeps the line, and the value may
// be another one since.
var literals = regexp.MustCompile(`(?i)--from-(literal|file)[= ]|--?[a-z-]*(password|passwd|token|secret)[= ]\S`)

// maskEmbeddedObject masks an object in an annotation, nil where there is none.
func maskEmbeddedObject(it node, of hiddenTexts) *node {
	s := strings.TrimSpace(it.str)
	if !strings.HasPrefix(s, "{") {
		if it.name == lastApplied || packed(s) || yamlData.MatchString(s) || strings.HasPrefix(s, "[") && strings.ContainsAny(s, "{:") {
			return hidden()
		}
		return nil
	}
	if !json.Valid([]byte(s)) {
		return hidden()
	}
	inner := *parseJSON(s)
	if inner.field("data") == nil && inner.field("stringData") == nil && it.name != lastApplied {
		if holdsData(&inner, of) {
			return hidden()
		}
		return nil
	}
	if md := inner.field("metadata"); md != nil {
		if a := md.field("annotations"); a != nil && a.kind == '{' {
			masked := *a
			for _, x := range a.items {
				if n := maskAnnotation(x, of); n != nil {
					masked = masked.with(x.name, *n)
				}
			}
			inner = inner.with("metadata", md.with("annotations", masked))
		}
	}
	return &node{kind: '"', str: string(appendJSON(nil, ptr(maskObject(inner, known, false)), appendQuoted))}
}

func hidden() *node { return &node{kind: '"', str: Mask} }

// yamlData finds the data of a Secret in YAML.
var yamlData = regexp.MustCompile(`(?m)^[ \t-]*["']?(data|stringData)["']?:`)

// holdsData looks for an object with data at any depth, also in texts that are JSON themselves.
func holdsData(n *node, of hiddenTexts) bool {
	for i := range n.items {
		x := &n.items[i]
		if n.kind == '{' && (x.name == "data" || x.name == "stringData") || x.kind == '"' && maskAnnotation(node{kind: '"', str: x.str}, of) != nil || holdsData(x, of) {
			return true
		}
	}
	return false
}

// packers are what packed objects begin with: JSON, gzip, zip, zlib, zstd.
var packers = []string{"{", "[", "\x1f\x8b", "PK\x03\x04", "\x78\x01", "\x78\x5e", "\x78\x9c", "\x78\xda", "\x28\xb5\x2f\xfd"}

// packed reports whether a text looks like a base64-encoded object, in which Rancher and others store the last applied
// configuration.
func packed(s string) bool {
	if len(s) < 16 {
		return false
	}
	b, err := unpacked(s)
	return err == nil && slices.ContainsFunc(packers, func(p string) bool { return strings.HasPrefix(string(b), p) })
}

// unpacked decodes base64 of either alphabet.
func unpacked(s string) ([]byte, error) {
	s = strings.NewReplacer("-", "+", "_", "/", "\n", "", "\r", "").Replace(strings.TrimRight(strings.TrimSpace(s), "="))
	return base64.RawStdEncoding.DecodeString(s)
}

func ptr(n node) *node { return &n }

// maskChanges masks the values of a Secret's changed fields; those of its metadata and type stay. of returns the values that
// metadata may hold too.
func maskChanges(changes []diff.Change, of func() hiddenTexts, objects ...*Object) {
	for i := range changes {
		c := &changes[i]
		switch {
		case strings.HasPrefix(c.Path, ".metadata."+UnknownFields):
			c.Old, c.New = maskAll(c.Old), maskAll(c.New)
		case openField(c.Path, objects):
		case strings.HasPrefix(c.Path, ".metadata.annotations") && ofMetadata(c.Path):
			c.Old, c.New = maskEmbedded(c.Path, c.Old, of()), maskEmbedded(c.Path, c.New, of())
		case c.Path == ".type", c.Path == ".immutable", c.Path == ".kind", c.Path == ".apiVersion", ofMetadata(c.Path):
			c.Old, c.New = maskTree(c.Old, of), maskTree(c.New, of)
		default:
			c.Old, c.New = maskAll(c.Old), maskAll(c.New)
		}
		for _, t := range tokens(objects...) {
			c.Old, c.New = without(c.Old, t), without(c.New, t)
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
func maskTree(v any, of func() hiddenTexts) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := make(map[string]any, len(m))
	for k, x := range m {
		if a, ok := x.(map[string]any); ok && k == "annotations" {
			x = maskEmbedded("", a, of())
		}
		out[k] = x
	}
	return out
}

func maskEmbedded(path string, v any, of hiddenTexts) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = maskEmbedded(k, x, of)
		}
		return out
	case string:
		name := ""
		if strings.Contains(path, lastApplied) {
			name = lastApplied
		}
		if n := maskAnnotation(node{kind: '"', name: name, str: v}, of); n != nil {
			return n.str
		}
	}
	return v
}

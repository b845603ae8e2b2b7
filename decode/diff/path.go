package diff

import (
	"encoding/json"
	"strconv"
	"strings"
)

// path is the way to a value, from the inside out. Exactly one of key, item and index says the last step; a nil path is
// the object itself.
type path struct {
	up   *path
	key  string // field of a map; may be "" where item and index are unset
	item string // "name=web", as it is between the brackets
	// oneKey reports that item is "web" only, and key is "name".
	oneKey bool
	index  int // position in a list, plus 1
	depth  int // how many steps lead here
	size   int // about how many bytes it has
}

// The paths to the fields of a, to a list's items by their place, and by their names.
func (p *path) field(key string) *path { return p.down(&path{key: key}, len(key)) }
func (p *path) at(i int) *path         { return p.down(&path{index: i + 1}, 4) }
func (p *path) named(item string) *path {
	return p.down(&path{item: item}, len(item))
}

func (p *path) down(next *path, size int) *path {
	next.up, next.depth, next.size = p, 1, size+2
	if p != nil {
		next.depth, next.size = p.depth+1, p.size+size+2
	}
	return next
}

const (
	// maxDepth is how many steps a path has at most; what lies deeper is taken as a whole. Definitions of custom
	// resources are nested some 60 deep, and a value of a megabyte can be nested 10,000 deep.
	maxDepth = 100
	// maxTotal bounds the bytes of the paths that are made of one object, or of two that are compared: below a long
	// name, each of 100,000 fields would repeat it.
	maxTotal = 64 << 20
)

// room is what is left of maxTotal.
type room int

// parts reports whether n parts of the value at p may have paths of their own.
func (r room) parts(p *path, n int) bool {
	return p == nil || p.depth < maxDepth && p.size < int(r)/(n+1)
}

// String writes the path: .spec.containers[name=web].image, .metadata.labels["a.b/c"], .spec.rules[2].
func (p *path) String() string {
	var b strings.Builder
	if p != nil {
		b.Grow(p.size)
	}
	p.write(&b)
	return b.String()
}

func (p *path) write(b *strings.Builder) {
	if p == nil {
		return
	}
	p.up.write(b)
	p.step(b)
}

// step writes the last step.
func (p *path) step(b *strings.Builder) {
	switch {
	case p.index > 0:
		inBrackets(b, strconv.Itoa(p.index-1))
	case p.oneKey:
		b.WriteByte('[')
		b.WriteString(p.key)
		b.WriteByte('=')
		b.WriteString(p.item)
		b.WriteByte(']')
	case p.item != "":
		inBrackets(b, p.item)
	case isWord(p.key):
		b.WriteByte('.')
		b.WriteString(p.key)
	default:
		inBrackets(b, quote(p.key))
	}
}

func inBrackets(b *strings.Builder, s string) {
	b.WriteByte('[')
	b.WriteString(s)
	b.WriteByte(']')
}

// Field appends the field of a map to a path.
func Field(path, key string) string {
	if isWord(key) {
		return path + "." + key
	}
	return path + "[" + quote(key) + "]"
}

// isWord reports whether a key can stand behind a dot.
func isWord(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
		if !letter && (i == 0 || !('0' <= c && c <= '9' || c == '-')) {
			return false
		}
	}
	return s != ""
}

// quote writes a JSON string.
func quote(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// scalar writes a key's value in an item's name; ok is false for what cannot name anything.
func scalar(v any) (s string, ok bool) {
	switch x := v.(type) {
	case string:
		return scalarText(x), true
	case json.Number:
		return x.String(), true
	case bool:
		return strconv.FormatBool(x), true
	case int64:
		return strconv.FormatInt(x, 10), true
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64), true
	}
	return "", false
}

// scalarText is scalar of a text.
func scalarText(s string) string {
	for i := range len(s) {
		if !bare[s[i]] {
			return quote(s)
		}
	}
	if s == "" {
		return quote(s)
	}
	return s
}

// Named reports whether an item of a list has the fields of a name, as a path has it in brackets: name=web.
func Named(item any, name string) bool {
	m, ok := item.(map[string]any)
	if !ok {
		s, ok := Scalar(item)
		return ok && s == name
	}
	pairs := Pairs(name)
	for k, want := range pairs {
		if s, ok := Scalar(m[k]); !ok || s != want && strings.Trim(s, `"`) != want {
			return false
		}
	}
	return len(pairs) > 0
}

// bare are the bytes of texts that need no quotes.
var bare = func() (b [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:/@+*$") {
		b[c] = true
	}
	return b
}()

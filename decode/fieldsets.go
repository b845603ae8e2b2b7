package decode

import (
	"encoding/json"
	"strings"
	"sync"
)

// The field sets of managedFields are most of many objects, and nearly all of them are the same bytes as in the version before:
// each is looked at once.

// maxSets bounds the bytes of the sets that are remembered, twice: of the newest, and of those before them. Longer ones than
// maxSet are looked at each time.
const maxSets, maxSet = 2 << 20, 32 << 10

// fieldSets remembers field sets by their bytes. Its zero value is ready, and safe for concurrent use.
type fieldSets struct {
	mu         sync.RWMutex
	young, old map[string]string // as JSON with its fields in order, "" for what is no JSON
	bytes      int
}

// valid reports whether a set is JSON.
func (f *fieldSets) valid(raw []byte) bool { return f.text(raw) != "" }

// text returns a set as JSON with its fields in the order of their names, "" for what is no JSON.
func (f *fieldSets) text(raw []byte) string {
	f.mu.RLock()
	s, ok := f.young[string(raw)]
	if !ok {
		s, ok = f.old[string(raw)]
	}
	f.mu.RUnlock()
	if ok {
		return s
	}
	s = canonicalSet(raw)
	if len(raw) > maxSet {
		return s
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.young == nil || f.bytes > maxSets {
		f.old, f.young, f.bytes = f.young, map[string]string{}, 0
	}
	key := s
	if key != string(raw) {
		key = string(raw)
	}
	f.young[key] = s
	f.bytes += len(raw)
	return s
}

func canonicalSet(raw []byte) string {
	if inOrder(raw) {
		return string(raw)
	}
	if !json.Valid(raw) {
		return ""
	}
	n := parseJSON(string(raw))
	return string(appendJSON(make([]byte, 0, len(raw)), n, appendQuoted))
}

// setDepth is how deep inOrder looks.
const setDepth = 32

// inOrder reports whether a set is written as appendJSON writes it: objects within objects, without blanks, their fields in
// order, and in their names no escapes but those of quotes and backslashes. As API servers write them, nearly all are.
func inOrder(b []byte) bool {
	var last [setDepth][]byte // the field before, of each object that is open
	depth := 0
	if len(b) < 2 || b[0] != '{' {
		return false
	}
	for i := 1; i < len(b); {
		switch c, before := b[i], b[i-1]; {
		case c == '}' && before != ',':
			i++
			if depth--; depth < 0 {
				return i == len(b)
			}
		case c == ',' && before == '}' && i+1 < len(b) && b[i+1] == '"':
			i++
		case c == '"' && (before == '{' || before == ','):
			name, next := setField(b, i)
			if name == nil || last[depth] != nil && !follows(last[depth], name) {
				return false
			}
			last[depth] = name
			if depth++; depth == setDepth {
				return false
			}
			last[depth], i = nil, next
		default:
			return false
		}
	}
	return false
}

// setField returns the name of the field that begins at i, and where what its object holds begins; nil where the name is
// not plain, or no object follows.
func setField(b []byte, i int) (name []byte, next int) {
	end := plainText(b, i+1)
	if end < 0 || end+2 >= len(b) || b[end+1] != ':' || b[end+2] != '{' {
		return nil, 0
	}
	return b[i+1 : end], end + 3
}

// plainText returns where a text ends, -1 where it holds what may be written in another way.
func plainText(b []byte, i int) int {
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return i
		case c == '\\':
			if i++; i == len(b) || b[i] != '"' && b[i] != '\\' {
				return -1
			}
		case c < 0x20 || c >= 0x7f:
			return -1
		}
	}
	return -1
}

// follows reports whether a name comes after another one, both as plainText has them.
func follows(a, b []byte) bool {
	for i := 0; i < len(a) && i < len(b); i++ {
		x, y := a[i], b[i]
		if x == '\\' && y == '\\' {
			i++
			x, y = a[i], b[i]
		} else if x == '\\' {
			x = a[i+1]
		} else if y == '\\' {
			y = b[i+1]
		}
		if x != y {
			return x < y
		}
	}
	return len(a) < len(b)
}

// maxNames bounds how many names are remembered, maxNameSize their bytes.
const maxNames, maxNameSize = 4096, 128

// names remembers texts of which there are few, so that each is one text. Its zero value is ready, and safe for concurrent use.
type names struct {
	mu    sync.RWMutex
	known map[string]string
}

// text returns bytes as a text of its own; what is no UTF-8 becomes U+FFFD.
func (n *names) text(b []byte) string {
	n.mu.RLock()
	s, ok := n.known[string(b)]
	n.mu.RUnlock()
	if ok {
		return s
	}
	s = strings.Clone(textOf(b))
	if len(b) > maxNameSize {
		return s
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.known == nil || len(n.known) >= maxNames {
		n.known = map[string]string{}
	}
	n.known[string(b)] = s
	return s
}

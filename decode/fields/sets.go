package fields

import (
	"strings"
	"sync"
)

// maxRaw bounds the bytes of the JSON of the sets that are remembered, twice: of the newest, and of those before them; parsed
// they can take thirty times as much. Sets above maxCompared bytes are not remembered.
const maxRaw, maxCompared = 192 << 10, 64 << 10

// Sets remembers sets by their JSON: nearly all of them are the same bytes as in the version before, and most are those of
// many objects. Its zero value is ready, and safe for concurrent use, as the sets are.
type Sets struct {
	mu         sync.RWMutex
	young, old map[string]*Set
	bytes      int // of young
}

// Of returns the set with this JSON, "" for none; tree is called for what is not known yet, and returns it as a tree.
func (c *Sets) Of(raw string, tree func() map[string]any) *Set {
	c.mu.RLock()
	s := c.young[raw]
	if s == nil {
		s = c.old[raw]
	}
	c.mu.RUnlock()
	if s != nil {
		return s
	}
	s, _ = Parse(tree()) // a set that cannot be parsed owns nothing
	if len(raw) > maxCompared {
		return s
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.young == nil || c.bytes > maxRaw {
		c.old, c.young, c.bytes = c.young, map[string]*Set{}, 0
	}
	c.young[strings.Clone(raw)] = s
	c.bytes += len(raw)
	return s
}

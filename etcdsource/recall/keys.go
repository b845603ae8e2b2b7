package recall

import (
	"bytes"
	"slices"
	"sort"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// keys are the keys that were written since the snapshot, each with its versions.
type keys struct {
	by     map[string]*chain
	sorted []*chain // in key order
	fresh  []*chain // not sorted in yet
	had    func(key []byte) bool
}

// chain is the versions of one key, oldest first.
type chain struct {
	key  []byte
	had  bool              // it exists in the snapshot
	thin *etcdsource.Event // the newest of those that were dropped, without its value
	list []*etcdsource.Event
}

func newKeys() keys {
	return keys{by: map[string]*chain{}, had: func([]byte) bool { return false }}
}

func (k *keys) chain(key []byte) *chain {
	c := k.by[string(key)]
	if c == nil {
		c = &chain{key: key, had: k.had(key)}
		k.by[string(key)] = c
		k.fresh = append(k.fresh, c)
	}
	return c
}

// add appends a version and returns by how much it changes the number of keys.
func (k *keys) add(e *etcdsource.Event) int64 {
	c := k.chain(e.Key)
	was := c.live()
	c.list = append(c.list, e)
	return step(was, c.live())
}

func step(was, is bool) int64 {
	switch {
	case is && !was:
		return 1
	case was && !is:
		return -1
	}
	return 0
}

// live reports whether the key exists now.
func (c *chain) live() bool {
	switch {
	case len(c.list) > 0:
		return c.list[len(c.list)-1].Type != etcdsource.Deleted
	case c.thin != nil:
		return c.thin.Type != etcdsource.Deleted
	}
	return c.had
}

// thin lets the value of a version go, and what was dropped before it altogether.
func (k *keys) thin(e *etcdsource.Event) {
	c := k.by[string(e.Key)]
	if c == nil || len(c.list) == 0 || c.list[0].Mod != e.Mod {
		return // it came after a gap: streams have it, reads do not
	}
	bare := *e
	bare.Key, bare.Value = c.key, nil
	c.thin = &bare
	c.list[0] = nil
	c.list = c.list[1:]
}

// takeThin takes over what others have dropped, of it what lies behind start, and returns by how much that changes the
// number of keys.
func (k *keys) takeThin(others *keys, start int64) (delta int64) {
	for _, o := range others.by {
		if o.thin != nil && o.thin.Mod > start {
			c := k.chain(o.key)
			c.thin = o.thin
			delta += step(c.had, c.live())
		}
	}
	return delta
}

// at returns the newest version at or before the revision, nil where that is the snapshot's; gone reports that its value
// was dropped.
func (c *chain) at(rev int64) (e *etcdsource.Event, gone bool) {
	n := sort.Search(len(c.list), func(i int) bool { return c.list[i].Mod > rev })
	switch {
	case n > 0:
		return c.list[n-1], false
	case c.thin != nil && c.thin.Mod <= rev:
		return c.thin, c.thin.Type != etcdsource.Deleted
	}
	return nil, false
}

// in returns the chains of the span's keys, in key order.
func (k *keys) in(span etcdsource.Span) []*chain {
	if span.Single() {
		if c := k.by[string(span.From)]; c != nil {
			return []*chain{c}
		}
		return nil
	}
	k.sort()
	from, _ := slices.BinarySearchFunc(k.sorted, span.From, func(c *chain, key []byte) int { return bytes.Compare(c.key, key) })
	to := len(k.sorted)
	if !span.Open() {
		to, _ = slices.BinarySearchFunc(k.sorted, span.To, func(c *chain, key []byte) int { return bytes.Compare(c.key, key) })
	}
	return k.sorted[from:max(from, to)]
}

// sort sorts the fresh keys in.
func (k *keys) sort() {
	if len(k.fresh) == 0 {
		return
	}
	slices.SortFunc(k.fresh, func(a, b *chain) int { return bytes.Compare(a.key, b.key) })
	all := make([]*chain, 0, len(k.sorted)+len(k.fresh))
	old := k.sorted
	for _, c := range k.fresh {
		for len(old) > 0 && bytes.Compare(old[0].key, c.key) < 0 {
			all, old = append(all, old[0]), old[1:]
		}
		all = append(all, c)
	}
	k.sorted, k.fresh = append(all, old...), nil
}

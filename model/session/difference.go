package session

import (
	"sort"
	"strings"
)

// Mark says how a key, or something in a folder, differs from what is there now.
type Mark uint8

// The marks.
const (
	Same    Mark = iota
	Differs      // it has another value now; in a folder: something differs
	Gone         // it does not exist any more
	Later        // it did not exist yet; the tree holds it all the same
)

// Difference is a key that is not now what it was at the screen's time.
type Difference struct {
	Key  string
	Mark Mark // Differs, Gone or Later
	Then int64
	Now  int64 // revisions of its versions then and now, 0 where it does not exist
	Made int64 // the revision that created a key that is there Later, 0 where that is not known
}

// Differences are what differs between the screen's time and now, as far as it has been looked at.
type Differences struct {
	Whole  bool // the whole store was compared; else only the folders that were opened
	list   []Difference
	counts [4]int
}

// Add adds the differences of a folder, or of the whole store, in the order of their keys.
func (d *Differences) Add(list []Difference) {
	for i := range list {
		d.counts[list[i].Mark]++
	}
	sorted := len(d.list) == 0 || len(list) == 0 || d.list[len(d.list)-1].Key < list[0].Key
	d.list = append(d.list, list...)
	if !sorted {
		sort.SliceStable(d.list, func(i, j int) bool { return d.list[i].Key < d.list[j].Key })
	}
}

// Count returns how many keys differ in a way.
func (d *Differences) Count(m Mark) int { return d.counts[m] }

// All returns the differences in the order of their keys. They must not be changed.
func (d *Differences) All() []Difference { return d.list }

// Under returns those of the keys that begin with a prefix.
func (d *Differences) Under(prefix string) []Difference {
	from := sort.Search(len(d.list), func(i int) bool { return d.list[i].Key >= prefix })
	to := from + sort.Search(len(d.list)-from, func(i int) bool { return !strings.HasPrefix(d.list[from+i].Key, prefix) })
	return d.list[from:to]
}

// Of returns the difference of a key.
func (d *Differences) Of(key string) (Difference, bool) {
	if u := d.Under(key); len(u) > 0 && u[0].Key == key {
		return u[0], true
	}
	return Difference{}, false
}

// Annotate marks what differs in a folder that has been read, and in the folders below it. Keys that were created later
// enter the tree; what is counted are the keys of the tree's own time.
func (t *Tree) Annotate(path string, d *Differences) {
	if n := t.Find(path); n != nil {
		t.annotate(n, d.Under(path))
		t.stale = true
	}
}

func (t *Tree) annotate(n *Node, list []Difference) {
	if n.Load != Loaded {
		return
	}
	for i := 0; i < len(list); {
		path := nextPath(list[i].Key, len(n.Path))
		j := i + 1
		for j < len(list) && strings.HasSuffix(path, "/") && strings.HasPrefix(list[j].Key, path) {
			j++
		}
		mark := list[i].Mark
		if path != list[i].Key {
			mark = Differs
		}
		k := n.child(path)
		if k == nil && allLater(list[i:j]) {
			k = n.insert(path)
			if k.Dir {
				k.Keys, k.countRev = 0, 1<<62 // nothing of it is there to be counted
			}
			mark = Later
		}
		if k != nil {
			if k.Mark != Later {
				k.Mark = mark
			}
			if k.Dir {
				t.annotate(k, list[i:j])
			}
		}
		i = j
	}
}

func allLater(list []Difference) bool {
	for i := range list {
		if list[i].Mark != Later {
			return false
		}
	}
	return true
}

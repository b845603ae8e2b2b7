package replay

import (
	"errors"
	"slices"

	"k8s.io/utils/third_party/forked/golang/btree"
)

// ErrWork says that the conditions of the log's transactions, which may be over ranges, look at more keys than a log that
// is not made to be slow does.
var ErrWork = errors.New("the conditions of its transactions look at more than 20,000,000 keys")

// maxCompared is that number: some seconds of work.
const maxCompared = 20_000_000

// live is the newest version of each key that the requests can touch. Ranges and leases are found without looking at other
// keys: a log may hold millions of requests over a range.
type live struct {
	versions map[string]*Record // nil: deleted
	order    *btree.BTree[string]
	leases   map[int64]map[string]struct{} // the keys of each lease
	visits   int                           // keys that were met in ranges
}

func newLive() live {
	return live{versions: map[string]*Record{}, order: btree.NewOrdered[string](32), leases: map[int64]map[string]struct{}{}}
}

// get returns the version of a key, nil where it does not exist.
func (l *live) get(key []byte) *Record { return l.versions[string(key)] }

// set takes a version of a key; nil deletes it.
func (l *live) set(key string, v *Record) {
	old := l.versions[key]
	l.versions[key] = v
	if old != nil && old.Lease != 0 && (v == nil || v.Lease != old.Lease) {
		if of := l.leases[old.Lease]; len(of) > 1 {
			delete(of, key)
		} else {
			delete(l.leases, old.Lease)
		}
	}
	switch {
	case v == nil && old != nil:
		l.order.Delete(key)
	case v != nil && old == nil:
		l.order.ReplaceOrInsert(key)
	}
	if v != nil && v.Lease != 0 {
		if l.leases[v.Lease] == nil {
			l.leases[v.Lease] = map[string]struct{}{}
		}
		l.leases[v.Lease][key] = struct{}{}
	}
}

// each calls f with the keys of a range that exist, in order, until it returns false; the end "\x00" is that of all keys,
// and none that of the key itself. f changes nothing.
func (l *live) each(key, end []byte, f func(string) bool) {
	visit := func(k string) bool {
		l.visits++
		return f(k)
	}
	switch {
	case len(end) == 0:
		if l.get(key) != nil {
			visit(string(key))
		}
	case len(end) == 1 && end[0] == 0:
		l.order.AscendGreaterOrEqual(string(key), visit)
	default:
		l.order.AscendRange(string(key), string(end), visit)
	}
}

// within returns the keys of a range that exist, in order.
func (l *live) within(key, end []byte) (list []string) {
	l.each(key, end, func(k string) bool {
		list = append(list, k)
		return true
	})
	return list
}

// of returns the keys of a lease, in order.
func (l *live) of(lease int64) (list []string) {
	for k := range l.leases[lease] {
		list = append(list, k)
	}
	l.visits += len(list)
	slices.Sort(list)
	return list
}

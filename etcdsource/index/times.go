package index

import "sort"

// times are the revisions of records, in order: four bytes each where they lie close enough together, eight otherwise.
type times struct {
	base int64
	near []uint32 // revision - base
	wide []int64  // instead of near
}

func newTimes(main []int64) times {
	if len(main) == 0 {
		return times{}
	}
	t := times{base: main[0]}
	if uint64(main[len(main)-1]-t.base) >= 1<<32 {
		t.wide = main
		return t
	}
	t.near = make([]uint32, len(main))
	for i, m := range main {
		t.near[i] = uint32(m - t.base)
	}
	return t
}

func (t *times) len() int { return len(t.near) + len(t.wide) }

func (t *times) at(i int) int64 {
	if t.wide != nil {
		return t.wide[i]
	}
	return t.base + int64(t.near[i])
}

// before returns how many lie at or before the revision.
func (t *times) before(rev int64) int {
	return sort.Search(t.len(), func(i int) bool { return t.at(i) > rev })
}

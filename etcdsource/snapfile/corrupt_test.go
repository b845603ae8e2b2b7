package snapfile

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"testing"
)

// body is a database that is about to be damaged: its bytes, and what is where.
type body struct {
	data []byte
	m    meta
	kind map[uint16][]uint64 // numbers of the pages in use, by their flags
	path map[uint64][]uint64 // the pages above each page of a tree, the root first
	big  []uint64            // pages that take more than one
	r    *rand.Rand
}

// examine finds the pages of a whole database.
func examine(t testing.TB, data []byte) *body {
	t.Helper()
	m, err := readMeta(data)
	if err != nil {
		t.Fatal(err)
	}
	b := &body{data: data, m: m, kind: map[uint16][]uint64{}, path: map[uint64][]uint64{}}
	b.walk(newTree(data, m), m.root, nil)
	if m.freelist != noPage {
		b.kind[freeFlag] = append(b.kind[freeFlag], m.freelist)
	}
	return b
}

func (b *body) walk(t *tree, id uint64, above []uint64) {
	p, err := t.page(id)
	if err != nil {
		panic(err)
	}
	b.kind[p.flags] = append(b.kind[p.flags], id)
	b.path[id] = append([]uint64(nil), above...)
	if p.pages(t.pageSize) > 1 {
		b.big = append(b.big, id)
	}
	for i := range p.count {
		if p.flags == branchFlag {
			b.walk(t, p.child(i), append(above, id))
		} else if isBucket, _, v, _ := p.leaf(i); isBucket && le.Uint64(v) != 0 {
			b.walk(t, le.Uint64(v), append(above, id))
		}
	}
}

// damaged returns a copy of the database with one wound, and what it is; seed decides.
func (b *body) damaged(seed uint64) ([]byte, string) {
	for try := uint64(0); ; try++ {
		c := *b
		c.data, c.r = bytes.Clone(b.data), rand.New(rand.NewPCG(seed, try))
		w := wounds[(seed+try)%uint64(len(wounds))]
		if what := w.strike(&c); what != "" && !bytes.Equal(c.data, b.data) {
			return c.data, w.name + ": " + what
		}
	}
}

func (b *body) at(id uint64) []byte { return b.data[id*uint64(b.m.pageSize):][:b.m.pageSize] }

func (b *body) pick(ids []uint64) uint64 {
	if len(ids) == 0 {
		return noPage
	}
	return ids[b.r.IntN(len(ids))]
}

// treePage returns any page of a tree, a branch as often as a leaf.
func (b *body) treePage() uint64 {
	if ids := b.kind[branchFlag]; len(ids) > 0 && b.r.IntN(2) == 0 {
		return b.pick(ids)
	}
	return b.pick(b.kind[leafFlag])
}

// lie returns a number that is not as it should be: near the truth, at the ends, or anything.
func (b *body) lie(truth uint64) uint64 {
	return []uint64{0, 1, truth + 1, truth - 1, truth ^ 1<<b.r.IntN(16), truth * 2, truth + 16, b.m.pages - 1, b.m.pages,
		uint64(b.m.pageSize), 1 << 16, 1<<31 - 1, 1 << 32, 1<<63 - 1, 1<<64 - 1, b.r.Uint64N(b.m.pages), b.r.Uint64()}[b.r.IntN(17)]
}

// put lies in a field of so many bytes.
func (b *body) put(page []byte, at, width int) string {
	if at+width > len(page) {
		return ""
	}
	var old [8]byte
	copy(old[:], page[at:at+width])
	n := b.lie(le.Uint64(old[:]))
	copy(page[at:at+width], le.AppendUint64(nil, n)[:width])
	return fmt.Sprintf("%d bytes at %d: %d", width, at, n)
}

// element picks an element of a page and returns where it begins.
func (b *body) element(page []byte) (i, at int) {
	n := int(le.Uint16(page[10:]))
	if n = min(n, (len(page)-pageHeader)/elementSize); n == 0 {
		return 0, 0
	}
	i = b.r.IntN(n)
	return i, pageHeader + i*elementSize
}

// sum gives a meta page a checksum that fits.
func sum(page []byte) {
	h := fnv.New64a()
	h.Write(page[16:72])
	le.PutUint64(page[72:], h.Sum64())
}

type wound struct {
	name   string
	strike func(b *body) string // "" where the database has no such place
}

var wounds = []wound{
	{"meta page, its checksum wrong", func(b *body) string {
		id := b.r.Uint64N(2)
		return fmt.Sprint(id, " ", b.put(b.at(id), 16+4*b.r.IntN(16), 4))
	}},
	{"meta page, its checksum right", func(b *body) string {
		id, f := b.r.Uint64N(2), [][2]int{{8, 4}, {12, 4}, {16, 8}, {24, 8}, {32, 8}, {40, 8}, {48, 8}}[b.r.IntN(7)]
		what := b.put(b.at(id), 16+f[0], f[1])
		sum(b.at(id))
		return fmt.Sprint(id, " ", what)
	}},
	{"both meta pages, their checksums right", func(b *body) string {
		f := [][2]int{{8, 4}, {16, 8}, {32, 8}, {40, 8}}[b.r.IntN(4)]
		what := b.put(b.at(0), 16+f[0], f[1])
		copy(b.at(1)[16+f[0]:][:f[1]], b.at(0)[16+f[0]:])
		sum(b.at(0))
		sum(b.at(1))
		return what
	}},
	{"header of a meta page", func(b *body) string { return b.put(b.at(b.r.Uint64N(2)), []int{0, 8}[b.r.IntN(2)], 2) }},
	{"free list header", func(b *body) string {
		if len(b.kind[freeFlag]) == 0 {
			return ""
		}
		f := [][2]int{{0, 8}, {8, 2}, {10, 2}, {12, 4}}[b.r.IntN(4)]
		return b.put(b.at(b.m.freelist), f[0], f[1])
	}},
	{"free list entry", func(b *body) string {
		if len(b.kind[freeFlag]) == 0 || le.Uint16(b.at(b.m.freelist)[10:]) == 0 {
			return ""
		}
		page := b.at(b.m.freelist)
		n := int(le.Uint16(page[10:]))
		i, ids := b.r.IntN(n), page[pageHeader:]
		switch b.r.IntN(4) {
		case 0:
			id := b.treePage()
			le.PutUint64(ids[i*8:], id)
			return fmt.Sprintf("%d is page %d, which is in use", i, id)
		case 1:
			j := b.r.IntN(n)
			copy(ids[i*8:][:8], ids[j*8:])
			return fmt.Sprintf("%d is the same as %d", i, j)
		case 2:
			le.PutUint16(page[10:], uint16(n-1))
			copy(ids[i*8:], ids[i*8+8:n*8])
			return fmt.Sprintf("%d is gone", i)
		}
		return fmt.Sprint(i, " ", b.put(page, pageHeader+i*8, 8))
	}},
	{"branch points elsewhere", func(b *body) string {
		id := b.pick(b.kind[branchFlag])
		if id == noPage {
			return ""
		}
		i, at := b.element(b.at(id))
		to := b.treePage()
		switch b.r.IntN(4) {
		case 0:
			to = id
		case 1:
			to = b.pick(append(b.path[id], b.m.root))
		case 2:
			to = b.lie(to)
		}
		le.PutUint64(b.at(id)[at+8:], to)
		return fmt.Sprintf("element %d of page %d to %d", i, id, to)
	}},
	{"element of a branch", func(b *body) string {
		id := b.pick(b.kind[branchFlag])
		if id == noPage {
			return ""
		}
		_, at := b.element(b.at(id))
		return fmt.Sprint(id, " ", b.put(b.at(id), at+4*b.r.IntN(2), 4))
	}},
	{"element of a leaf", func(b *body) string {
		id := b.pick(b.kind[leafFlag])
		_, at := b.element(b.at(id))
		if at == 0 {
			return ""
		}
		return fmt.Sprint(id, " ", b.put(b.at(id), at+4*b.r.IntN(4), 4))
	}},
	{"two elements change places", func(b *body) string {
		id := b.treePage()
		i, x := b.element(b.at(id))
		j, y := b.element(b.at(id))
		if x == 0 {
			return ""
		}
		var keep [elementSize]byte
		copy(keep[:], b.at(id)[x:])
		copy(b.at(id)[x:][:elementSize], b.at(id)[y:])
		copy(b.at(id)[y:], keep[:])
		return fmt.Sprintf("%d and %d of page %d", i, j, id)
	}},
	{"overflow", func(b *body) string {
		id := b.treePage()
		if b.r.IntN(2) == 0 && len(b.big) > 0 {
			id = b.pick(b.big)
		}
		return fmt.Sprint(id, " ", b.put(b.at(id), 12, 4))
	}},
	{"count", func(b *body) string {
		id := b.treePage()
		return fmt.Sprint(id, " ", b.put(b.at(id), 10, 2))
	}},
	{"page number", func(b *body) string {
		id := b.treePage()
		return fmt.Sprint(id, " ", b.put(b.at(id), 0, 8))
	}},
	{"page flags", func(b *body) string {
		id := b.treePage()
		flags := []uint16{0, branchFlag, leafFlag, metaFlag, freeFlag, branchFlag | leafFlag, 0x20, 0x8002}[b.r.IntN(8)]
		le.PutUint16(b.at(id)[8:], flags)
		return fmt.Sprintf("%d %#x", id, flags)
	}},
	{"header of a bucket", func(b *body) string {
		page := b.at(b.m.root)
		i, at := b.element(page)
		if le.Uint16(page[8:]) != leafFlag || at == 0 {
			return ""
		}
		v := at + int(le.Uint32(page[at+4:])+le.Uint32(page[at+8:]))
		if b.r.IntN(2) == 0 {
			return fmt.Sprint(i, " ", b.put(page, v, 8))
		}
		le.PutUint64(page[v:], b.treePage())
		return fmt.Sprintf("%d has the tree at %d", i, le.Uint64(page[v:]))
	}},
	{"small bucket", func(b *body) string {
		page := b.at(b.m.root)
		i, at := b.element(page)
		if le.Uint16(page[8:]) != leafFlag || at == 0 {
			return ""
		}
		v := at + int(le.Uint32(page[at+4:])+le.Uint32(page[at+8:]))
		if le.Uint64(page[v:]) != 0 {
			return ""
		}
		f := [][2]int{{8, 2}, {10, 2}, {16, 4}, {20, 4}, {24, 4}, {28, 4}}[b.r.IntN(6)]
		at = v + bucketHeader + f[0]
		if at+f[1] > len(page) {
			return ""
		}
		return fmt.Sprint(i, " ", b.put(page, at, f[1]))
	}},
	{"a page of another place", func(b *body) string {
		from, to := b.treePage(), b.treePage()
		copy(b.at(to), b.at(from))
		if b.r.IntN(2) == 0 {
			le.PutUint64(b.at(to), to)
		}
		return fmt.Sprintf("%d is what %d is", to, from)
	}},
	{"a page of zeros", func(b *body) string {
		id := b.r.Uint64N(b.m.pages)
		clear(b.at(id)[b.r.IntN(2)*pageHeader:])
		return fmt.Sprint(id)
	}},
	{"bytes of a key or a value", func(b *body) string {
		page := b.at(b.pick(b.kind[leafFlag]))
		_, at := b.element(page)
		if at == 0 {
			return ""
		}
		at += int(le.Uint32(page[at+4:])) + b.r.IntN(24)
		if at >= len(page) {
			return ""
		}
		page[at] ^= 1 << b.r.IntN(8)
		return fmt.Sprintf("page %d byte %d", le.Uint64(page), at)
	}},
}

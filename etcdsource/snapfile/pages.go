package snapfile

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"time"
)

// The format of bbolt's pages: a header of 16 bytes (id, flags, count, overflow), then elements of 16 bytes, each with
// the distance from its own beginning to its key. Numbers are little-endian, as on every platform that we build for.
const (
	pageHeader  = 16
	elementSize = 16
	// bucketHeader is the length of what a bucket's value begins with: the number of its root page, and a sequence.
	bucketHeader = 16
	branchFlag   = 0x01
	leafFlag     = 0x02
	metaFlag     = 0x04
	freeFlag     = 0x10
	boltMagic    = 0xED0CDAED
	noPage       = ^uint64(0)
)

var le = binary.LittleEndian

// damage is something in the file that cannot be as it is.
type damage struct {
	page uint64 // noPage where it is none
	why  string
	file string // what the file is, where that is more than damaged: truncated, too long
}

// What a damaged file is, in one word.
const (
	truncated   = "truncated"
	tooLong     = "too long"
	wrongLength = "of a wrong length"
)

func (d *damage) Error() string {
	if d.page == noPage {
		return d.why
	}
	return fmt.Sprintf("page %d: %s", d.page, d.why)
}

// meta is the newest valid of a file's two meta pages.
type meta struct {
	pageSize int
	root     uint64 // page of the root bucket
	freelist uint64 // page of the freelist, noPage where it is not stored
	pages    uint64 // pages in use or free: the database ends behind them
	txid     uint64
}

// size returns the length of the database in bytes, without a trailer.
func (m meta) size() int64 { return int64(m.pages) * int64(m.pageSize) }

// readMeta returns the newest valid of the two meta pages. As in bbolt, the first valid one that is met says how large a
// page is, and so where the second is.
func readMeta(data []byte) (meta, error) {
	best, ok := metaAt(data, 0)
	size, known := best.pageSize, ok
	for off := minPageOffset; !known && off <= maxPageOffset; off *= 2 {
		var m meta
		m, known = metaAt(data, off)
		size = m.pageSize
	}
	if known && !pageSizes(size) {
		return meta{}, &damage{page: noPage, why: fmt.Sprintf("its meta page says that pages have %d bytes", size)}
	}
	if second, valid := metaAt(data, size); known && valid && (!ok || second.txid > best.txid) {
		best, ok = second, true
	}
	switch {
	case !ok:
		return meta{}, &damage{page: noPage, why: "neither of its two meta pages is valid"}
	case best.pages >= maxPages:
		return meta{}, &damage{page: noPage, why: fmt.Sprintf("its meta page says that there are %d pages", best.pages)}
	}
	best.pageSize = size
	return best, nil
}

// anyMeta returns the newest of the meta pages that are plausible, wherever they are, for salvage.
func anyMeta(data []byte) (best meta, ok bool) {
	for off := 0; off <= maxPageOffset; off = max(minPageOffset, off*2) {
		m, valid := metaAt(data, off)
		if valid && pageSizes(m.pageSize) && m.pages < maxPages && (off == 0 || off == m.pageSize) && (!ok || m.txid > best.txid) {
			best, ok = m, true
		}
	}
	return best, ok
}

const (
	// Where the second meta page is looked for while the size of a page is not known, in bytes.
	minPageOffset = 1 << 10
	maxPageOffset = 16 << 20
	// maxPages is more than any file has, so that their bytes can be counted.
	maxPages = 1 << 40
)

// pageSizes reports whether pages can have so many bytes.
func pageSizes(n int) bool { return n >= 512 && n <= 1<<20 && n&(n-1) == 0 }

// metaAt reads the meta page that begins there; ok reports whether it is one, with a checksum that fits.
func metaAt(data []byte, off int) (m meta, ok bool) {
	const size = 64
	if len(data) < off+pageHeader+size {
		return m, false
	}
	b := data[off+pageHeader:][:size]
	h := fnv.New64a()
	h.Write(b[:56])
	if le.Uint32(b) != boltMagic || le.Uint32(b[4:]) != 2 || le.Uint64(b[56:]) != h.Sum64() {
		return m, false
	}
	return meta{
		pageSize: int(le.Uint32(b[8:])),
		root:     le.Uint64(b[16:]),
		freelist: le.Uint64(b[32:]),
		pages:    le.Uint64(b[40:]),
		txid:     le.Uint64(b[48:]),
	}, true
}

// page is one page of a tree, or the small tree that lies inside its bucket's value.
type page struct {
	buf      []byte // refs count from its beginning
	id       uint64
	off, end int
	flags    uint16
	count    int
}

// pages returns how many pages of this size it takes.
func (p *page) pages(size int) int64 { return int64(p.end-p.off) / int64(size) }

// tree is a database to be walked. Each page may be visited once, so that a damaged one cannot lead in circles.
type tree struct {
	meta
	data []byte
	seen []uint64
	used int64 // pages that were visited, those that belong to a larger one included
}

func newTree(data []byte, m meta) *tree {
	if int64(len(data)) > m.size() {
		data = data[:m.size()]
	}
	return &tree{meta: m, data: data, seen: make([]uint64, len(data)/m.pageSize/64+1)}
}

// page returns the page with this number after checking that it lies in the file and names itself.
func (t *tree) page(id uint64) (page, error) {
	if id >= t.pages {
		return page{}, &damage{page: id, why: fmt.Sprintf("there are only %d pages", t.pages)}
	}
	off := int64(id) * int64(t.pageSize)
	if off+int64(t.pageSize) > int64(len(t.data)) {
		return page{}, &damage{page: id, why: "lies behind the end of the file", file: truncated}
	}
	h := t.data[off:][:pageHeader]
	p := page{buf: t.data, id: id, off: int(off), flags: le.Uint16(h[8:]), count: int(le.Uint16(h[10:]))}
	end := off + (int64(le.Uint32(h[12:]))+1)*int64(t.pageSize)
	switch {
	case le.Uint64(h) != id:
		return page{}, &damage{page: id, why: fmt.Sprintf("calls itself page %d", le.Uint64(h))}
	case p.flags != branchFlag && p.flags != leafFlag && p.flags != freeFlag && p.flags != metaFlag:
		return page{}, &damage{page: id, why: fmt.Sprintf("is of no known kind (%#x)", p.flags)}
	case end > int64(len(t.data)):
		return page{}, &damage{page: id, why: "reaches behind the end of the file", file: truncated}
	}
	p.end = int(end)
	if p.flags&(branchFlag|leafFlag) != 0 && p.off+pageHeader+p.count*elementSize > p.end {
		return page{}, &damage{page: id, why: fmt.Sprintf("has no room for its %d elements", p.count)}
	}
	return p, nil
}

// visit is page for a tree's walk: the second visit of a page is damage.
func (t *tree) visit(id uint64) (page, error) {
	p, err := t.page(id)
	if err != nil {
		return p, err
	}
	for i := range uint64(p.pages(t.pageSize)) {
		if t.taken(id + i) {
			return p, &damage{page: id + i, why: "is used twice"}
		}
		t.take(id + i)
	}
	t.used += p.pages(t.pageSize)
	return p, nil
}

func (t *tree) taken(id uint64) bool { return t.seen[id/64]&(1<<(id%64)) != 0 }

func (t *tree) take(id uint64) { t.seen[id/64] |= 1 << (id % 64) }

// inlinePage returns the page that a small bucket keeps in its value, behind the bucket's own 16 bytes.
func inlinePage(value []byte) (page, error) {
	if len(value) < 16+pageHeader {
		return page{}, &damage{page: noPage, why: "the page of a small bucket is cut short"}
	}
	b := value[16:]
	p := page{buf: b, id: noPage, end: len(b), flags: le.Uint16(b[8:]), count: int(le.Uint16(b[10:]))}
	if p.flags != leafFlag || pageHeader+p.count*elementSize > len(b) {
		return page{}, &damage{page: noPage, why: "the page of a small bucket is no leaf, or has no room for its elements"}
	}
	return p, nil
}

// leaf returns element i of a leaf page: whether its value is a bucket, its key and its value.
func (p *page) leaf(i int) (bucket bool, key, value []byte, err error) {
	at := p.off + pageHeader + i*elementSize
	e := p.buf[at : at+elementSize]
	k := int64(at) + int64(le.Uint32(e[4:]))
	v := k + int64(le.Uint32(e[8:]))
	end := v + int64(le.Uint32(e[12:]))
	if end > int64(p.end) {
		return false, nil, nil, &damage{page: p.id, why: fmt.Sprintf("element %d reaches out of it", i)}
	}
	return le.Uint32(e)&1 != 0, p.buf[k:v:v], p.buf[v:end:end], nil
}

// branch returns element i of a branch page: the page that it points to, and the first key there.
func (p *page) branch(i int) (child uint64, key []byte, err error) {
	at := p.off + pageHeader + i*elementSize
	e := p.buf[at : at+elementSize]
	k := int64(at) + int64(le.Uint32(e))
	end := k + int64(le.Uint32(e[4:]))
	if end > int64(p.end) {
		return 0, nil, &damage{page: p.id, why: fmt.Sprintf("element %d reaches out of it", i)}
	}
	return le.Uint64(e[8:]), p.buf[k:end:end], nil
}

// freeIDs returns the numbers of the free pages that a free list holds, eight bytes each.
func (p *page) freeIDs() ([]byte, error) {
	ids, n := p.buf[p.off+pageHeader:p.end], uint64(p.count)
	if n == 0xffff { // more than fit into the count: the first of the numbers is the count
		n, ids = le.Uint64(ids), ids[8:]
	}
	if n > uint64(len(ids)/8) {
		return nil, &damage{page: p.id, why: fmt.Sprintf("has no room for its list of %d free pages", n)}
	}
	return ids[:n*8], nil
}

// child returns the page that element i of a branch page points to.
func (p *page) child(i int) uint64 { return le.Uint64(p.buf[p.off+pageHeader+i*elementSize+8:]) }

// contents are the bytes of the records: refs count through the file, then through what was replayed of the WAL or added
// behind the file, in units of elementSize.
type contents struct {
	pages, replayed []byte
	timeFrom        string  // how the times are known that elements behind the file have
	empty           []int64 // revisions of records without content, as a restore leaves one behind; in no order
}

// behind is the first ref after the file.
func (c contents) behind() int { return (len(c.pages) + elementSize - 1) / elementSize }

// element returns the key and the value at a ref.
func (c contents) element(ref uint32) (key, value []byte) {
	if n := c.behind(); int(ref) >= n {
		return elementAt(c.replayed, int(ref)-n)
	}
	return elementAt(c.pages, int(ref))
}

// times returns by when the change at a ref was made and when it was not made yet, zero where that is not known.
func (c contents) times(ref uint32) (t, notBefore time.Time) {
	n := c.behind()
	if c.timeFrom == "" || int(ref) < n {
		return t, notBefore
	}
	b := c.replayed[(int(ref)-n)*elementSize:]
	if le.Uint32(b)&timed == 0 {
		return t, notBefore
	}
	if bound := int64(le.Uint64(b[elementSize+8:])); bound != 0 {
		notBefore = time.Unix(0, bound).UTC()
	}
	return time.Unix(0, int64(le.Uint64(b[elementSize:]))).UTC(), notBefore
}

func elementAt(buf []byte, ref int) (key, value []byte) {
	at := ref * elementSize
	e := buf[at : at+elementSize]
	k := at + int(le.Uint32(e[4:]))
	v := k + int(le.Uint32(e[8:]))
	end := v + int(le.Uint32(e[12:]))
	return buf[k:v:v], buf[v:end:end]
}

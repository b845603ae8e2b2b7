package snapfile

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/index"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

var _ etcdsource.Measurer = (*Source)(nil)

// measuring is one pass over all records, in order of time, which is nearly the order in which they lie in the file.
//
//	keys, a part a worker ─► Class ; marks: live, base ─┐
//	records, a chunk a worker ──────────────────────────┴─► Visit ; packing: how many pages a defragmented file would have
type measuring struct {
	s           *Source
	o           etcdsource.MeasureOptions
	ctx         context.Context
	marks       []int32 // of each record: its class, and behind it whether it is live, and whether it is in the base
	page        int64   // bytes of a page
	next        atomic.Int64
	mu          sync.Mutex // of what follows
	sum         etcdsource.Storage
	done        int64
	all, living packing
}

// The lowest bits of a mark.
const (
	markLive = 1 << iota
	markBase
	markBits = iota
)

// usualPage is the size of a page where the file does not say it.
const usualPage = 4096

// chunkRecords is the number of records that a worker takes at once.
const chunkRecords = 16384

// Measure implements etcdsource.Measurer.
func (s *Source) Measure(ctx context.Context, o etcdsource.MeasureOptions) (etcdsource.Storage, error) {
	m := &measuring{s: s, o: o, ctx: ctx, page: usualPage, marks: make([]int32, s.idx.Records())}
	from := max(s.db.compacted, 1)
	if err := m.each(func(w int) error { return m.mark(w, s.idx.Before(from)) }); err != nil {
		return etcdsource.Storage{}, err
	}
	err := s.mapping.read(func(data []byte) error {
		if meta, ok := anyMeta(data); ok {
			m.page = int64(meta.pageSize)
		}
		return m.each(m.chunks)
	})
	if err != nil {
		return etcdsource.Storage{}, err
	}
	m.sum.Size, m.sum.InUse, m.sum.Free = s.db.bytes, s.db.inUse, -1
	if m.sum.InUse >= 0 {
		m.sum.Free = m.sum.Size - m.sum.InUse
	}
	m.sum.From, m.sum.To = from, s.db.head
	m.sum.Packed, m.sum.PackedLive = m.all.size(m.page), m.living.size(m.page)
	return m.sum, nil
}

// mark marks the records of a part of the keys. Each record is of one key.
func (m *measuring) mark(worker int, base uint32) error {
	var sum etcdsource.KeySum
	n, all := 0, uint32(m.s.idx.Records())
	keys := m.s.idx.Part
	if m.o.LiveSizes {
		keys = m.s.idx.AnyPart
	}
	for key, h := range keys(worker, etcdsource.MeasureWorkers) {
		if n++; n%1024 == 0 && m.ctx.Err() != nil {
			return m.ctx.Err()
		}
		class := int32(0)
		if m.o.Class != nil {
			sum = etcdsource.KeySum{Key: key}
			count(&sum, h)
			class = m.o.Class(worker, &sum) << markBits
		}
		for i := range h {
			rec, _ := h.At(i)
			m.marks[rec] = class
		}
		if rec, ok := h.LiveAt(all); ok {
			m.marks[rec] |= markLive
		}
		if rec, ok := h.LiveAt(base); ok {
			m.marks[rec] |= markBase
		}
	}
	return nil
}

// each runs the workers.
func (m *measuring) each(work func(worker int) error) error {
	var wg sync.WaitGroup
	var errs [etcdsource.MeasureWorkers]error
	for w := range errs {
		safego.Wait(&wg, func(err error) { errs[w] = err }, func() {
			errs[w] = m.s.mapping.guard(func() error { return work(w) })
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// chunks visits chunk after chunk until none is left.
func (m *measuring) chunks(worker int) error {
	n := m.s.idx.Records()
	for {
		end := int(m.next.Add(chunkRecords))
		if err := m.ctx.Err(); err != nil {
			return err
		}
		from := end - chunkRecords
		if from >= n {
			return nil
		}
		if m.o.LiveSizes {
			m.sizes(worker, uint32(from), uint32(min(end, n)))
		} else {
			m.chunk(worker, uint32(from), uint32(min(end, n)))
		}
	}
}

// chunk visits the records from one number up to another.
func (m *measuring) chunk(worker int, from, to uint32) {
	x, behind := m.s.idx, m.s.behind()
	all, living := packing{page: m.page}, packing{page: m.page}
	stored, alive, replayed := int64(0), int64(0), int64(0)
	var r etcdsource.Record
	var next ahead
	var list [aheadRecords]uint32
	for rec := from; rec < to; rec++ {
		i := int(rec-from) % aheadRecords
		if i == 0 {
			next.load(m.s, numbers(&list, rec, to))
		}
		k, v := next.at(i)
		kv, mark := parseRecord(v), m.marks[rec]
		r = etcdsource.Record{Key: kv.key, Value: kv.value, Mod: x.Main(rec), Deleted: len(k) == 18, Live: mark&markLive != 0, Base: mark&markBase != 0,
			Class: mark >> markBits, Stored: int64(elementSize + len(k) + len(v))}
		stored += r.Stored
		if int(x.Ref(rec)) >= behind {
			replayed++
		}
		all.add(r.Stored)
		if r.Live {
			living.add(r.Stored)
			alive += r.Stored
		}
		if r.Class >= 0 {
			m.o.Visit(worker, &r)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sum.Stored += stored
	m.sum.LiveStored += alive
	m.sum.Replayed += replayed
	m.all.join(&all)
	m.living.join(&living)
	m.did(to - from)
}

// did notes how many records more were looked at; m.mu is held.
func (m *measuring) did(n uint32) {
	m.done += int64(n)
	if m.o.Progress != nil {
		m.o.Progress(m.done, int64(m.s.idx.Records()))
	}
}

// sizes visits the live records from one number up to another, without their values.
func (m *measuring) sizes(worker int, from, to uint32) {
	next := ahead{bytes: headBytes}
	var list [aheadRecords]uint32
	n := 0
	visit := func() {
		next.load(m.s, list[:n])
		for i, rec := range list[:n] {
			k, v := next.at(i)
			kv := parseRecord(v)
			m.o.Visit(worker, &etcdsource.Record{Key: kv.key, Value: kv.value, Mod: m.s.idx.Main(rec), Live: true, Base: m.marks[rec]&markBase != 0,
				Class: m.marks[rec] >> markBits, Stored: int64(elementSize + len(k) + len(v))})
		}
		n = 0
	}
	for rec := from; rec < to; rec++ {
		if mark := m.marks[rec]; mark&markLive == 0 || mark < 0 {
			continue
		}
		list[n] = rec
		if n++; n == len(list) {
			visit()
		}
	}
	visit()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.did(to - from)
}

// ahead is the records that are visited next. Their first bytes are read all at once: one by one, as a visit goes from field to field,
// each waits for the memory, which is most of its cost.
type ahead struct {
	elements [aheadRecords][2][]byte
	bytes    int // that are read of each record; 0: aheadBytes, and its end
	first    byte
}

const (
	aheadRecords = 16
	aheadBytes   = 512 // of a value: about its metadata
	headBytes    = 128 // of a record: about what comes before its value
	lineBytes    = 64  // that memory hands over at once
)

// numbers fills a list with the numbers from one on, below another.
func numbers(list *[aheadRecords]uint32, from, to uint32) []uint32 {
	n := min(to-from, aheadRecords)
	for i := range n {
		list[i] = from + i
	}
	return list[:n]
}

// load takes up to aheadRecords.
func (a *ahead) load(s *Source, list []uint32) {
	for i, rec := range list {
		k, v := s.element(s.idx.Ref(rec))
		a.elements[i] = [2][]byte{k, v}
	}
	for i := range list {
		v := a.elements[i][1]
		for i := 0; i < min(len(v), cmp.Or(a.bytes, aheadBytes)); i += lineBytes {
			a.first += v[i]
		}
		if len(v) > 0 && a.bytes == 0 {
			a.first += v[len(v)-1]
		}
	}
}

func (a *ahead) at(i int) (k, v []byte) {
	e := &a.elements[i]
	return e[0], e[1]
}

// packing counts the pages that records take when they are written one behind the other, as etcd's defragmentation does: a
// leaf page is filled to 90 %, holds at least two records, and is as many pages long as these need.
type packing struct {
	page    int64
	leaves  int64
	pages   int64 // of leaves, those that belong to a larger one included
	records int   // in the page that is being filled
	filled  int64 // bytes of it
}

const (
	fill       = 0.9 // of a page, as etcd sets it for bbolt
	leastInOne = 2   // records in a page, however large they are
	branchSize = elementSize + 17
	// fixedPages are those of a database without records: two meta pages, the root, and the small buckets.
	fixedPages = 6
)

func (p *packing) add(size int64) {
	if p.records >= leastInOne && p.filled+size > int64(fill*float64(p.page)) {
		p.close()
	}
	if p.records == 0 {
		p.filled = pageHeader
	}
	p.records++
	p.filled += size
}

// close ends the page that is being filled.
func (p *packing) close() {
	if p.records == 0 {
		return
	}
	p.leaves++
	p.pages += (p.filled + p.page - 1) / p.page
	p.records, p.filled = 0, 0
}

// join adds what another one has counted.
func (p *packing) join(o *packing) {
	o.close()
	p.leaves += o.leaves
	p.pages += o.pages
}

// size is how many bytes the file has, with the branches above the leaves.
func (p *packing) size(page int64) int64 {
	pages, level := p.pages+fixedPages, p.leaves
	for each := max(int64(fill*float64(page))/branchSize, 2); level > 1; {
		level = (level + each - 1) / each
		pages += level
	}
	return pages * page
}

// Changes implements etcdsource.Counter.
func (s *Source) Changes() int64 { return int64(s.idx.Records()) }

// MeasureKeys implements etcdsource.Measurer.
func (s *Source) MeasureKeys(ctx context.Context, span etcdsource.Span, sizes bool, visit func(*etcdsource.KeySum) error) error {
	return s.mapping.read(func([]byte) error {
		n := 0
		var sum etcdsource.KeySum
		for key, h := range s.idx.Histories(span) {
			if n++; n%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			sum = etcdsource.KeySum{Key: key}
			last := count(&sum, h)
			sum.Mod = s.idx.Main(last)
			if sizes {
				s.weigh(&sum, h)
			}
			if err := visit(&sum); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
}

// count counts the records of a key, and returns the last.
func count(sum *etcdsource.KeySum, h index.History) (rec uint32) {
	dead := true
	for i := range h {
		if rec, dead = h.At(i); dead {
			sum.Deletions++
		} else {
			sum.Versions++
		}
	}
	sum.Live = !dead
	return rec
}

// weigh adds the bytes of the records of a key.
func (s *Source) weigh(sum *etcdsource.KeySum, h index.History) {
	for i := range h {
		rec, dead := h.At(i)
		k, v := s.element(s.idx.Ref(rec))
		size, stored := int64(len(parseRecord(v).value)), int64(elementSize+len(k)+len(v))
		sum.Stored += stored
		switch {
		case dead:
		case i == len(h)-1:
			sum.LiveBytes, sum.LiveStored = size, stored
		default:
			sum.OldBytes += size
		}
	}
}

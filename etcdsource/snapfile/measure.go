package snapfile

import (
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
//	index ─► marks: live, base ─┐
//	records, a chunk a worker ──┴─► Visit ; packing: how many pages a defragmented file would have
type measuring struct {
	s           *Source
	o           etcdsource.MeasureOptions
	ctx         context.Context
	live, base  marks
	class       []int32 // of each record; nil where nobody asked
	page        int64   // bytes of a page
	next        atomic.Int64
	mu          sync.Mutex // of what follows
	sum         etcdsource.Storage
	done        int64
	all, living packing
}

// marks is a set of record numbers.
type marks []uint64

func (m marks) set(rec uint32) { m[rec/64] |= 1 << (rec % 64) }

func (m marks) has(rec uint32) bool { return m[rec/64]&(1<<(rec%64)) != 0 }

// usualPage is the size of a page where the file does not say it.
const usualPage = 4096

// chunkRecords is the number of records that a worker takes at once.
const chunkRecords = 16384

// Measure implements etcdsource.Measurer.
func (s *Source) Measure(ctx context.Context, o etcdsource.MeasureOptions) (etcdsource.Storage, error) {
	m := &measuring{s: s, o: o, ctx: ctx, page: usualPage}
	n := s.idx.Records()
	m.live, m.base = make(marks, n/64+1), make(marks, n/64+1)
	from := max(s.db.compacted, 1)
	for rec := range s.idx.LiveRecords(s.db.head) {
		m.live.set(rec)
	}
	for rec := range s.idx.LiveRecords(from) {
		m.base.set(rec)
	}
	if o.Class != nil {
		m.class = make([]int32, n)
		var sum etcdsource.KeySum
		for key, h := range s.idx.Histories(etcdsource.Prefix("")) {
			sum = etcdsource.KeySum{Key: key}
			count(&sum, h)
			c := o.Class(&sum)
			for i := range h {
				rec, _ := h.At(i)
				m.class[rec] = c
			}
		}
	}
	err := s.mapping.read(func(data []byte) error {
		if meta, ok := anyMeta(data); ok {
			m.page = int64(meta.pageSize)
		}
		return m.each()
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

// each runs the workers.
func (m *measuring) each() error {
	var wg sync.WaitGroup
	var errs [etcdsource.MeasureWorkers]error
	for w := range errs {
		safego.Wait(&wg, func(err error) { errs[w] = err }, func() {
			errs[w] = m.s.mapping.guard(func() error { return m.chunks(w) })
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
		m.chunk(worker, uint32(from), uint32(min(end, n)))
	}
}

// chunk visits the records from one number up to another.
func (m *measuring) chunk(worker int, from, to uint32) {
	x, behind := m.s.idx, m.s.behind()
	all, living := packing{page: m.page}, packing{page: m.page}
	stored, alive, replayed := int64(0), int64(0), int64(0)
	var r etcdsource.Record
	var next ahead
	for rec := from; rec < to; rec++ {
		if i := rec % aheadRecords; i == 0 || rec == from {
			next.load(m.s, rec, min(to, rec-i+aheadRecords))
		}
		k, v := next.at(rec)
		kv := parseRecord(v)
		r = etcdsource.Record{Key: kv.key, Value: kv.value, Mod: x.Main(rec), Deleted: len(k) == 18, Live: m.live.has(rec), Base: m.base.has(rec),
			Stored: int64(elementSize + len(k) + len(v))}
		stored += r.Stored
		if int(x.Ref(rec)) >= behind {
			replayed++
		}
		all.add(r.Stored)
		if r.Live {
			living.add(r.Stored)
			alive += r.Stored
		}
		if m.class != nil {
			r.Class = m.class[rec]
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
	m.done += int64(to - from)
	if m.o.Progress != nil {
		m.o.Progress(m.done, int64(x.Records()))
	}
}

// ahead is the records that are visited next. Their first bytes are read all at once: one by one, as a visit goes from field to field,
// each waits for the memory, which is most of its cost.
type ahead struct {
	elements [aheadRecords][2][]byte
	first    byte
}

const (
	aheadRecords = 16
	aheadBytes   = 512 // of a value: about its metadata
	lineBytes    = 64  // that memory hands over at once
)

func (a *ahead) load(s *Source, from, to uint32) {
	for rec := from; rec < to; rec++ {
		k, v := s.element(s.idx.Ref(rec))
		a.elements[rec%aheadRecords] = [2][]byte{k, v}
	}
	for rec := from; rec < to; rec++ {
		v := a.elements[rec%aheadRecords][1]
		for i := 0; i < min(len(v), aheadBytes); i += lineBytes {
			a.first += v[i]
		}
		if len(v) > 0 {
			a.first += v[len(v)-1]
		}
	}
}

func (a *ahead) at(rec uint32) (k, v []byte) {
	e := &a.elements[rec%aheadRecords]
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

package index

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// Options say how an index is built.
type Options struct {
	// Key returns the key of the record at ref. It is called from several goroutines; its result must stay as it is
	// until Build returns.
	Key func(ref Ref) []byte
	// Guard runs each goroutine's work and turns its panics into errors. Nil: panics are recovered here.
	Guard func(func() error) error
	// Workers is the number of goroutines; 0: 2.
	Workers int
	// Lazy sorts keys only when they are asked for in order, some at a time. An index for a few questions takes less time
	// then, and more memory: all keys as they are.
	Lazy bool

	bucketKeys int  // how many keys a bucket should have; 0: bucketKeys, or lazyKeys
	direct     bool // keys are read where they are, not kept
}

// Build makes an index of the records and takes them over: they must not be used again. It ends early, with the
// context's error, when that is done.
//
//	group    each worker takes the keys whose hash is its own, and puts them into buckets by what they begin with
//	sort     each worker takes bucket after bucket: copies its keys together, sorts and front-codes them
//	lay out  the buckets are joined, and the records' numbers written behind their keys
func Build(ctx context.Context, r *Records, o Options) (*Index, error) {
	if o.Workers <= 0 {
		o.Workers = 2
	}
	if o.Guard == nil {
		o.Guard = recovered
	}
	b := &builder{Options: o, ctx: ctx, rec: r, num: make([]uint32, r.Len()), parts: make([]part, o.Workers)}
	b.direct = !o.Lazy && (o.direct || r.Len() > FewRecords)
	b.before.slabs = r.kept.slabs
	if err := o.Guard(b.sample); err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	b.tidy()
	if err := b.each(b.group); err != nil {
		return nil, fmt.Errorf("index keys: %w", err)
	}
	r.rest, r.at = nil, nil
	b.tidy()
	x := &Index{ref: r.ref}
	if o.Lazy {
		return x, b.postpone(x)
	}
	if err := b.each(b.sortBuckets); err != nil {
		return nil, fmt.Errorf("sort keys: %w", err)
	}
	r.kept = nil
	b.tidy()
	if err := b.join(x); err != nil {
		return nil, err
	}
	b.num, b.parts, b.buckets, r.tag = nil, nil, nil, nil
	b.tidy()
	x.times = newTimes(r.main)
	return x, ctx.Err()
}

// tidy frees what a step has left over, so that a large index does not take twice its memory while it is built. What it
// has to look through are a few slices without pointers.
func (b *builder) tidy() {
	if len(b.rec.main) > FewRecords {
		runtime.GC()
	}
}

// FewRecords is the number of records up to which time matters more than memory: keys are kept while an index is built. Above it they
// are read where they are, twice a key, unless Options.Lazy is given, and what a step has left over is freed at once.
const FewRecords = 500_000

func recovered(work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	return work()
}

// each runs the step once a worker, at the same time, and returns the first error.
func (b *builder) each(step func(w int) error) error {
	var wg sync.WaitGroup
	errs := make([]error, len(b.parts))
	for w := range b.parts {
		safego.Wait(&wg, func(err error) { errs[w] = err }, func() {
			errs[w] = b.Guard(func() error { return step(w) })
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

// done reports whether the context has ended, asked once in 65,536 rows.
func (b *builder) done(i int) error {
	if i&0xffff == 0xffff {
		return b.ctx.Err()
	}
	return nil
}

// join puts the buckets one behind the other and lays the records' numbers out by key.
func (b *builder) join(x *Index) error {
	keys, size := 0, 0
	for i := range b.buckets {
		keys += len(b.buckets[i].keys)
		size += len(b.buckets[i].names.arena)
	}
	if size >= 1<<32 {
		return fmt.Errorf("index keys: %w", errTooLong)
	}
	var r run
	r.names.arena = make([]byte, 0, size)
	r.names.blocks = make([]block, 0, keys/blockKeys+len(b.buckets))
	for i := range b.buckets {
		r.names.append(&b.buckets[i].names)
		b.buckets[i].names = names{}
	}
	b.tidy()
	err := b.lay(&r, keys, func(i int) []keyID { return b.buckets[i].keys })
	x.keys, x.runs = keys, make([]lazy, 1)
	x.runs[0].sorted.Store(&r)
	return err
}

// postpone lays the records' numbers out by key, and makes a run of each bucket, which is sorted later.
func (b *builder) postpone(x *Index) error {
	var all run
	for w := range b.parts {
		x.keys += len(b.parts[w].keys)
	}
	x.runs = make([]lazy, len(b.buckets))
	at := make([]uint32, 0, x.keys)
	err := b.lay(&all, x.keys, func(i int) []keyID {
		list := b.unsorted(i)
		for _, id := range list {
			at = append(at, b.parts[id.part].keys[id.key].at)
		}
		x.runs[i].at = at[len(at)-len(list):]
		return list
	})
	first := 0
	for i := range x.runs {
		l := &x.runs[i]
		l.first = first
		first += len(l.at)
		l.raw = run{starts: all.starts[l.first : first+1], revs: all.revs}
	}
	x.edges, x.kept = b.bounds, b.rec.kept
	x.found = &finder{seeds: &b.rec.seeds, parts: b.parts, revs: all.revs}
	x.times = newTimes(b.rec.main)
	return cmp.Or(err, b.ctx.Err())
}

// lay writes the number of each record behind those of its key. The keys are those of one bucket after the other.
func (b *builder) lay(r *run, keys int, of func(bucket int) []keyID) error {
	r.starts = make([]uint32, 1, keys+1)
	sum := uint32(0)
	for i := range b.buckets {
		for _, id := range of(i) {
			k := &b.parts[id.part].keys[id.key]
			k.bucket, k.count, sum = k.count, sum, sum+k.count
			r.starts = append(r.starts, sum)
		}
	}
	r.revs = make([]uint32, len(b.rec.tag))
	for i, tag := range b.rec.tag {
		if err := b.done(i); err != nil {
			return err
		}
		k := &b.parts[b.partOf(tag)].keys[b.num[i]]
		r.revs[k.count] = uint32(i) | tag&deadBit
		k.count++
	}
	return nil
}

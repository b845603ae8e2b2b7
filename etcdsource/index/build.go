package index

import (
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
}

// Build makes an index of the records and takes them over: they must not be used again. It ends early, with the
// context's error, when that is done.
//
//	group    each worker takes the keys whose hash is its own, and puts them into buckets by what they begin with
//	sort     each worker takes bucket after bucket: copies its keys together, sorts and front-codes them
//	lay out  the buckets are joined, and the records' numbers written behind their keys
//
// Keys are read where they are, twice a key: to find its bucket, and to sort it.
func Build(ctx context.Context, r *Records, o Options) (*Index, error) {
	if o.Workers <= 0 {
		o.Workers = 2
	}
	if o.Guard == nil {
		o.Guard = recovered
	}
	b := &builder{Options: o, ctx: ctx, rec: r, num: make([]uint32, r.Len()), parts: make([]part, o.Workers)}
	if err := o.Guard(b.sample); err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	b.tidy()
	if err := b.each(b.group); err != nil {
		return nil, fmt.Errorf("index keys: %w", err)
	}
	r.rest = nil
	b.tidy()
	if err := b.each(b.sortBuckets); err != nil {
		return nil, fmt.Errorf("sort keys: %w", err)
	}
	b.tidy()
	x := &Index{ref: r.ref}
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
	if len(b.rec.main) > tidyRecords {
		runtime.GC()
	}
}

// tidyRecords is the number of records from which memory matters more than the milliseconds that freeing it takes.
const tidyRecords = 500_000

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
		return fmt.Errorf("index keys: they take more than 4 GiB")
	}
	x.names.arena = make([]byte, 0, size)
	x.names.blocks = make([]block, 0, keys/blockKeys+len(b.buckets))
	for i := range b.buckets {
		x.names.append(&b.buckets[i].names)
		b.buckets[i].names = names{}
	}
	b.tidy()
	x.starts = make([]uint32, 1, keys+1)
	sum := uint32(0)
	for i := range b.buckets {
		for _, id := range b.buckets[i].keys {
			k := &b.parts[id.part].keys[id.key]
			k.count, sum = sum, sum+k.count
			x.starts = append(x.starts, sum)
		}
	}
	return b.lay(x)
}

// lay writes the number of each record behind those of its key.
func (b *builder) lay(x *Index) error {
	x.revs = make([]uint32, len(b.rec.tag))
	for i, tag := range b.rec.tag {
		if err := b.done(i); err != nil {
			return err
		}
		k := &b.parts[tag&tagMask%uint32(len(b.parts))].keys[b.num[i]]
		x.revs[k.count] = uint32(i) | tag&deadBit
		k.count++
	}
	return nil
}

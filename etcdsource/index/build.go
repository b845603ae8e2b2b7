package index

import (
	"bytes"
	"context"
	"fmt"
	"sync"
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
func Build(ctx context.Context, r *Records, o Options) (*Index, error) {
	if o.Workers <= 0 {
		o.Workers = 2
	}
	if o.Guard == nil {
		o.Guard = recovered
	}
	b := &builder{Options: o, ctx: ctx, rec: r, num: make([]uint32, r.Len()), parts: make([]part, o.Workers)}
	if err := b.each(b.group); err != nil {
		return nil, fmt.Errorf("index keys: %w", err)
	}
	if err := b.each(b.sort); err != nil {
		return nil, fmt.Errorf("sort keys: %w", err)
	}
	x := &Index{main: r.main, ref: r.ref}
	if err := o.Guard(func() error { return b.merge(x) }); err != nil {
		return nil, fmt.Errorf("merge keys: %w", err)
	}
	return x, nil
}

func recovered(work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	return work()
}

// builder groups the records by key: each worker takes the keys whose hash is its own, so that no worker waits for
// another and the order of time is kept within each key.
type builder struct {
	Options
	ctx   context.Context
	rec   *Records
	num   []uint32 // of each record: the number of its key within its worker's part
	parts []part
}

// part is the work of one worker.
type part struct {
	keys   []keyInfo
	sorted []item
	next   int // merge: the first of sorted that was not taken
}

type keyInfo struct {
	hash  uint32
	first uint32 // number of its first record
	count uint32 // of its records; later where its next record goes in revs
}

// each runs the step once a worker, at the same time, and returns the first error.
func (b *builder) each(step func(w int) error) error {
	var wg sync.WaitGroup
	errs := make([]error, len(b.parts))
	for w := range b.parts {
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs[w] = b.Guard(func() error { return step(w) })
		}()
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

// group finds the keys of worker w and gives their records the key's number.
func (b *builder) group(w int) error {
	p, r, n := &b.parts[w], b.rec, uint32(len(b.parts))
	t := newTable(len(r.tag)/len(b.parts)/4 + 16)
	for i, tag := range r.tag {
		if err := b.done(i); err != nil {
			return err
		}
		h := tag & tagMask
		if h%n != uint32(w) {
			continue
		}
		k, slot := t.find(p.keys, h, func(first uint32) bool {
			return bytes.Equal(b.Key(r.ref[first]), b.Key(r.ref[i]))
		})
		if k < 0 {
			k = len(p.keys)
			p.keys = append(p.keys, keyInfo{hash: h, first: uint32(i)})
			t.put(p.keys, slot)
		}
		p.keys[k].count++
		b.num[i] = uint32(k)
	}
	return nil
}

package index

import (
	"bytes"
	"context"
	"slices"
	"sort"
	"sync/atomic"
)

// bucketKeys is how many keys a bucket should have: few enough that they stay in the processor's cache while sorted.
const bucketKeys = 8192

// maxBuckets bounds the number of buckets.
const maxBuckets = 256

// builder is an index that is being built.
type builder struct {
	Options
	ctx     context.Context
	rec     *Records
	num     []uint32 // of each record: the number of its key within its worker's part
	parts   []part   // a worker's keys, by hash: so the order of time is kept within each key
	bounds  [][]byte // where each bucket but the first begins
	buckets []bucket
	next    atomic.Int64 // the first bucket that no worker has taken
}

// part is what one worker has grouped.
type part struct {
	keys   []keyInfo
	sorted []uint32 // numbers of the keys, bucket after bucket
	ends   []uint32 // of each bucket in sorted
}

type keyInfo struct {
	rest   uint64 // with hash, what equal keys share
	hash   uint32
	first  uint32 // number of its first record
	count  uint32 // of its records; later where its next record goes in revs
	bucket uint32
}

// bucket is a range of keys.
type bucket struct {
	keys  []keyID // sorted
	names names
}

type keyID struct{ part, key uint32 }

// sample looks at some keys to find bounds that make buckets of about the same size.
func (b *builder) sample() error {
	n := b.rec.Len()
	want := min(maxBuckets, n/bucketKeys/2+1)
	b.buckets = make([]bucket, want)
	step := max(1, n/(want*32))
	var keys [][]byte
	for i := 0; i < n && want > 1; i += step {
		keys = append(keys, b.Key(b.rec.ref[i]))
	}
	slices.SortFunc(keys, bytes.Compare)
	for i := 1; i < want; i++ {
		b.bounds = append(b.bounds, bytes.Clone(keys[i*len(keys)/want]))
	}
	return nil
}

// group finds the keys of worker w, gives their records the key's number, and puts the keys into buckets.
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
		k, slot := t.find(p.keys, h, r.rest[i])
		if k < 0 {
			k = len(p.keys)
			p.keys = append(p.keys, keyInfo{hash: h, rest: r.rest[i], first: uint32(i), bucket: b.bucketOf(b.Key(r.ref[i]))})
			t.put(p.keys, slot)
		}
		p.keys[k].count++
		b.num[i] = uint32(k)
	}
	p.byBucket(len(b.buckets))
	return nil
}

func (b *builder) bucketOf(key []byte) uint32 {
	return uint32(sort.Search(len(b.bounds), func(i int) bool { return bytes.Compare(key, b.bounds[i]) < 0 }))
}

// byBucket lists the keys bucket after bucket.
func (p *part) byBucket(buckets int) {
	at := make([]uint32, buckets+1)
	for i := range p.keys {
		at[p.keys[i].bucket+1]++
	}
	for i := range buckets {
		at[i+1] += at[i]
	}
	p.sorted = make([]uint32, len(p.keys))
	for k := range p.keys {
		i := &at[p.keys[k].bucket]
		p.sorted[*i] = uint32(k)
		*i++
	}
	p.ends = at[:buckets]
}

// of returns the numbers of the keys in a bucket.
func (p *part) of(bucket int) []uint32 {
	from := uint32(0)
	if bucket > 0 {
		from = p.ends[bucket-1]
	}
	return p.sorted[from:p.ends[bucket]]
}

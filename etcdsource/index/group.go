package index

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"sort"
	"sync/atomic"
)

// bucketKeys is how many keys a bucket should have: few enough that they stay in the processor's cache while sorted.
const bucketKeys = 8192

// maxBuckets bounds the number of buckets.
const maxBuckets = 256

// lazyKeys is bucketKeys for buckets that are sorted one by one, when that is needed.
const lazyKeys = 1024

// samples is how many keys are looked at for each bucket.
const samples = 16

// builder is an index that is being built.
type builder struct {
	Options
	ctx     context.Context
	rec     *Records
	before  kept     // what was kept before keys are grouped, when workers add others
	num     []uint32 // of each record: the number of its key within its worker's part
	parts   []part   // a worker's keys, by hash: so the order of time is kept within each key
	bounds  [][]byte // where each bucket but the first begins
	buckets []bucket
	next    atomic.Int64 // the first bucket that no worker has taken
}

// part is what one worker has grouped.
type part struct {
	keys    []keyInfo
	table   *table
	touched uint32   // what touch has read, so that it is not left out
	sorted  []uint32 // numbers of the keys, bucket after bucket
	ends    []uint32 // of each bucket in sorted
}

type keyInfo struct {
	rest   uint64 // with hash, what equal keys share
	hash   uint32
	at     uint32 // where it is kept; where none are, its first record's Ref
	count  uint32 // of its records; later where its next record goes in revs
	bucket uint32 // later its number of records
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
	each := bucketKeys
	if b.Lazy {
		each = lazyKeys
	}
	want := min(maxBuckets, n/cmp.Or(b.bucketKeys, each)/2+1)
	b.buckets = make([]bucket, want)
	step := max(1, n/(want*samples))
	var keys [][]byte
	for i := 0; i < n && want > 1; i += step {
		keys = append(keys, b.near(i, step))
	}
	slices.SortFunc(keys, bytes.Compare)
	for i := 1; i < want; i++ {
		b.bounds = append(b.bounds, bytes.Clone(keys[i*len(keys)/want]))
	}
	return nil
}

// near returns the key of the first record from i on that is kept, or of i where none is within a step.
func (b *builder) near(i, step int) []byte {
	for _, at := range b.rec.at[i:min(i+step, len(b.rec.at))] {
		if at != 0 {
			return b.before.key(at)
		}
	}
	return b.Key(b.rec.ref[i])
}

// group finds the keys of worker w, gives their records the key's number, and puts the keys into buckets.
func (b *builder) group(w int) error {
	p, r := &b.parts[w], b.rec
	p.table = newTable(len(r.tag)/len(b.parts)/4 + 16)
	keeper := r.Keeper()
	var block [blockRecords]uint32
	for i := 0; i < len(r.tag); {
		if err := b.ctx.Err(); err != nil {
			return err
		}
		n := 0
		for ; i < len(r.tag) && n < len(block); i++ {
			block[n] = uint32(i)
			if b.partOf(r.tag[i]) == uint32(w) {
				n++
			}
		}
		p.touch(r.tag, block[:n])
		for _, i := range block[:n] {
			h, rest := r.tag[i]&tagMask, r.rest[i]
			k, slot := p.table.find(p.keys, h, rest)
			if k < 0 {
				at, key, err := b.keep(keeper, int(i))
				if err != nil {
					return err
				}
				k = len(p.keys)
				p.keys = append(p.keys, keyInfo{hash: h, rest: rest, at: at, bucket: b.bucketOf(key)})
				p.table.put(p.keys, slot)
			}
			p.keys[k].count++
			b.num[i] = uint32(k)
		}
	}
	p.byBucket(len(b.buckets))
	return nil
}

// blockRecords is how many records are looked up one after the other: memory hands over what they need at the same time then.
const blockRecords = 64

// touch reads what find needs of some records.
func (p *part) touch(tags, records []uint32) {
	var slots [blockRecords]uint32
	for j, i := range records {
		slots[j] = p.table.slots[spread(tags[i]&tagMask)&p.table.mask]
	}
	for _, s := range slots[:len(records)] {
		if s > 0 {
			p.touched += p.keys[s-1].count
		}
	}
}

// partOf returns which worker's the keys with this hash are.
func (b *builder) partOf(tag uint32) uint32 { return partOf(tag, len(b.parts)) }

func partOf(tag uint32, parts int) uint32 {
	return uint32(uint64(tag&tagMask) * uint64(parts) >> 31)
}

// keep returns the key of record i and where it is kept.
func (b *builder) keep(keeper *Keeper, i int) (at uint32, key []byte, err error) {
	if at = b.rec.at[i]; at != 0 && !b.direct {
		return at, b.before.key(at), nil
	}
	if key = b.Key(b.rec.ref[i]); b.direct {
		return b.rec.ref[i], key, nil
	}
	if at = keeper.copy(key); at == 0 {
		err = errTooLong
	}
	return at, key, err
}

// errTooLong says that there are too many keys for an index.
var errTooLong = errors.New("they take more than 4 GiB")

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

// unsorted returns the keys in a bucket, in no order.
func (b *builder) unsorted(bucket int) (list []keyID) {
	for w := range b.parts {
		for _, k := range b.parts[w].of(bucket) {
			list = append(list, keyID{uint32(w), k})
		}
	}
	return list
}

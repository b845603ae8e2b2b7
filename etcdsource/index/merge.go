package index

import (
	"bytes"
	"errors"
	"math"
)

// merge writes the sorted keys of all parts into x and lays the records' numbers out by key.
func (b *builder) merge(x *Index) error {
	total := 0
	for w := range b.parts {
		total += len(b.parts[w].keys)
	}
	x.starts = make([]uint32, 1, total+1)
	x.names = newNames(total)
	heads := make([][]byte, len(b.parts))
	for w := range heads {
		heads[w] = b.head(w)
	}
	sum := uint32(0)
	for i := range total {
		if err := b.done(i); err != nil {
			return err
		}
		w := least(heads)
		p := &b.parts[w]
		x.names.add(heads[w])
		k := &p.keys[p.sorted[p.next].num]
		k.count, sum = sum, sum+k.count
		x.starts = append(x.starts, sum)
		p.next++
		heads[w] = b.head(w)
	}
	if len(x.names.arena) > math.MaxUint32 {
		return errors.New("the keys take more than 4 GiB")
	}
	x.names.finish()
	return b.lay(x)
}

// head returns the next key of part w, nil after the last.
func (b *builder) head(w int) []byte {
	p := &b.parts[w]
	if p.next == len(p.sorted) {
		p.sorted = nil
		p.next = 0
		return nil
	}
	key := b.Key(b.rec.ref[p.keys[p.sorted[p.next].num].first])
	if key == nil {
		key = []byte{}
	}
	return key
}

// least returns which of the heads comes first; nil heads have ended.
func least(heads [][]byte) int {
	best := -1
	for w, h := range heads {
		if h != nil && (best < 0 || bytes.Compare(h, heads[best]) < 0) {
			best = w
		}
	}
	return best
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

package snapfile

import (
	"cmp"
	"context"
	"slices"

	"github.com/etcdscope/etcdscope/etcdsource/index"
)

// found is a record that was met in a damaged file.
type found struct {
	main, sub int64
	ref       uint32
	dead      bool
}

// salvage reads what can be read of a damaged file: the leaf pages that the tree still reaches, and where a part of the
// tree is missing, every page that looks like a leaf with revisions. These may hold revisions that were compacted but
// not yet written over; they are no less true.
func (s *Source) salvage(ctx context.Context, data []byte) (records, error) {
	s.db = database{compacted: -1, bytes: int64(len(data)), inUse: -1}
	m, ok := anyMeta(data)
	if !ok {
		m = guessMeta(data)
	}
	ids, whole, inline := s.reach(data, m)
	t := newTree(data, m)
	r := records{contents: contents{pages: t.data}}
	var list []found
	var err error
	switch {
	case inline != nil:
		list, r.pages = salvagePage(nil, inline), inline.buf
	case whole:
		list, r.bad, err = t.gather(ctx, ids)
	default:
		list, r.bad, err = t.carve(ctx)
	}
	r.rows, r.head = fillFound(list, r.contents)
	return r, err
}

// gather reads the records of the leaf pages with these numbers, and counts those that cannot be read.
func (t *tree) gather(ctx context.Context, ids []uint64) (list []found, bad int, err error) {
	for i, id := range ids {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
		p, err := t.leafPage(id)
		if err != nil {
			bad++
			continue
		}
		list = salvagePage(list, &p)
	}
	return list, bad, nil
}

// carve reads the records of every page in the file that is a leaf, and counts those that can be no page and those that
// are missing.
func (t *tree) carve(ctx context.Context) (list []found, bad int, err error) {
	n := uint64(len(t.data) / t.pageSize)
	for id := uint64(0); id < n; {
		if id%1024 == 0 && ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
		p, err := t.page(id)
		if err != nil {
			if le.Uint64(t.data[id*uint64(t.pageSize)+8:]) != 0 { // never used: all zero
				bad++
			}
			id++
			continue
		}
		if p.flags == leafFlag {
			list = salvagePage(list, &p)
		}
		id += uint64(p.end-p.off) / uint64(t.pageSize)
	}
	return list, bad + int(min(max(t.pages, n)-n, 1<<31)), nil
}

// guessMeta replaces a meta page: pages of 4 KiB, as etcd has on most machines.
func guessMeta(data []byte) meta {
	const size = 4096
	return meta{pageSize: size, root: noPage, freelist: noPage, pages: uint64(len(data)/size) + 1}
}

// reach follows the tree as far as it goes. It returns the numbers of the key bucket's leaf pages and whether none was
// missed, or the bucket's own page where it is a small one.
func (s *Source) reach(data []byte, m meta) (ids []uint64, whole bool, inline *page) {
	t := newTree(data, m)
	list, err := t.buckets()
	if err != nil {
		return nil, false, nil
	}
	if s.about(t, list) != nil {
		s.db.compacted = -1
	}
	b, ok := find(list, "key")
	if !ok {
		return nil, false, nil
	}
	if b.root == 0 {
		if p, err := inlinePage(b.inline); err == nil {
			return nil, true, &p
		}
		return nil, false, nil
	}
	whole = true
	take := func(p page) error {
		ids = append(ids, p.id)
		return nil
	}
	miss := func(_ error, branch bool) error {
		whole = whole && !branch
		return nil
	}
	return ids, t.leaves(b.root, false, take, miss) == nil && whole, nil
}

// salvagePage adds the records of a page that are whole.
func salvagePage(list []found, p *page) []found {
	for i := range p.count {
		bucket, k, v, err := p.leaf(i)
		if err != nil || bucket || len(v) == 0 {
			continue
		}
		main, sub, dead, ok := revision(k)
		if r := parseRecord(v); !ok || !r.ok || len(r.key) == 0 {
			continue
		}
		list = append(list, found{main, sub, uint32((p.off+pageHeader)/elementSize + i), dead})
	}
	return list
}

// fillFound brings the records in order, each once.
func fillFound(list []found, c contents) (*index.Records, int64) {
	slices.SortStableFunc(list, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.main, b.main), cmp.Compare(a.sub, b.sub))
	})
	list = slices.CompactFunc(list, func(a, b found) bool { return a.main == b.main && a.sub == b.sub })
	rows := index.NewRecords(len(list))
	head := int64(0)
	for i, f := range list {
		_, v := c.element(f.ref)
		rows.Set(i, recordKey(v), f.main, f.ref, f.dead)
		head = f.main
	}
	return rows, head
}

package snapfile

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
)

// pastScan reads the leaf pages with revisions behind one, in order.
type pastScan struct {
	*Past
	ctx     context.Context
	from    int64 // what is read lies behind it; -1: all
	upto    int64 // and not behind that
	shared  int64 // up to here each record must be in before
	before  *Past
	last    [2]int64     // the revision that was read last, with its sub-revision
	ceiling [2]int64     // of a scan backwards: what is read lies before it
	kept    []pastRecord // what was found before a scan backwards
	emptied int64        // the last one of a record without content
}

// scan reads what lies behind s.from, and finds out the newest revision. Of what lies up to p.settled it reads the newest first,
// and no more than is needed.
func (p *Past) scan(ctx context.Context, s pastScan) error {
	s.Past, s.ctx = p, ctx
	if s.from < p.settled {
		if err := s.backwards(p.settled); err != nil {
			return err
		}
		s.from = p.settled
	}
	p.tree = newTree(p.tree.data, p.tree.meta)
	s.upto, s.last, s.emptied = math.MaxInt64, [2]int64{s.from, math.MaxInt64}, -1
	if err := s.below(p.root, 0, s.leaf); err != nil {
		return err
	}
	p.Head = max(1, p.compacted, s.last[0])
	return nil
}

// backwards reads what lies behind s.from up to a revision, until what was found says all.
func (s pastScan) backwards(upto int64) error {
	s.kept = s.found
	s.tree = newTree(s.tree.data, s.tree.meta)
	s.upto, s.ceiling, s.found = upto, [2]int64{math.MaxInt64, 0}, nil
	err := s.below(s.root, 0, s.leafBefore)
	if s.found = slices.Concat(s.kept, s.found); errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// leafBefore reads a page that lies before those that were read.
func (s *pastScan) leafBefore(p *page) error {
	later := s.found
	s.found, s.last, s.emptied = nil, [2]int64{s.from, math.MaxInt64}, -1
	if err := s.leaf(p); err != nil {
		return err
	}
	if s.last[1] != math.MaxInt64 && !earlier(s.last, s.ceiling) {
		return &damage{page: p.id, why: fmt.Sprintf("revision %d/%d is out of order", s.last[0], s.last[1])}
	}
	if p.count > 0 {
		_, k, _, err := p.leaf(0)
		main, sub, _, _ := revision(k)
		if s.ceiling = [2]int64{main, sub}; err != nil {
			return err
		}
	}
	if s.found = append(s.found, later...); s.decided(s.kept, s.found) {
		return errEnough
	}
	return nil
}

func earlier(a, b [2]int64) bool { return a[0] < b[0] || a[0] == b[0] && a[1] < b[1] }

// below calls leaf with the leaf pages below a page that may hold what is to be read: in order, or where s.upto is a bound the
// last one first.
func (s *pastScan) below(id uint64, depth int, leaf func(*page) error) error {
	p, err := s.tree.visit(id)
	switch {
	case err != nil:
		return err
	case p.flags == leafFlag:
		return leaf(&p)
	case p.flags != branchFlag || depth > maxDepth || p.count == 0:
		return &damage{page: id, why: "is no page of a tree"}
	}
	first, last, err := s.children(&p)
	if err != nil {
		return err
	}
	if depth == 0 {
		s.tree.near(&p, first, last)
	}
	step := 1
	if s.upto < math.MaxInt64 {
		first, last, step = last, first, -1
	}
	asked := first // the next child whose own children are not asked for yet
	for i := first; i != last+step && err == nil; i += step {
		for ; asked != last+step && (asked-i)*step < aheadBranches; asked += step {
			if !s.nearBelow(p.child(asked)) { // they are leaf pages
				asked = last
			}
		}
		err = s.below(p.child(i), depth+1, leaf)
	}
	return err
}

// children returns the first and the last child of a branch page that may hold what is to be read.
func (s *pastScan) children(p *page) (first, last int, err error) {
	last = p.count - 1
	first, err = s.childWith(p, s.from)
	if err == nil && s.upto < math.MaxInt64 {
		last, err = s.childWith(p, s.upto)
	}
	return first, max(first, last), err
}

// aheadBranches is of how many branch pages the children are asked for before the first of these is read.
const aheadBranches = 8

// nearBelow asks the kernel for those children of a branch page that may be read; false of any other page. What is wrong with it is
// said when it is read.
func (s *pastScan) nearBelow(id uint64) bool {
	p, err := s.tree.page(id)
	if err != nil || p.flags != branchFlag || p.count == 0 {
		return false
	}
	if first, last, err := s.children(&p); err == nil {
		s.tree.near(&p, first, last)
	}
	return true
}

// childWith is the last child of a branch page with revisions up to one, 0 for none.
func (s *pastScan) childWith(p *page, upto int64) (int, error) {
	if upto < 0 {
		return 0, nil
	}
	var bad error
	n := sort.Search(p.count, func(i int) bool {
		_, k, err := p.branch(i)
		main, _, _, ok := revision(k)
		if err != nil || !ok {
			bad = &damage{page: p.id, why: fmt.Sprintf("element %d is no revision", i)}
		}
		return main > upto
	})
	return max(0, n-1), bad
}

func (s *pastScan) leaf(p *page) error {
	if s.Pages++; s.Pages%256 == 0 && s.ctx.Err() != nil {
		return s.ctx.Err()
	}
	for i := range p.count {
		bucket, k, v, err := p.leaf(i)
		if err != nil {
			return err
		}
		main, sub, _, ok := revision(k)
		switch {
		case !ok || bucket:
			return &damage{page: p.id, why: fmt.Sprintf("element %d is no revision", i)}
		case main <= s.from:
			continue
		case main > s.upto:
			return nil
		case main < s.last[0] || main == s.last[0] && sub <= s.last[1]:
			return &damage{page: p.id, why: fmt.Sprintf("revision %d/%d is out of order", main, sub)}
		case main == s.emptied, len(v) == 0 && main <= s.last[0]+1 && s.last[0] >= 0:
			return emptied(main)
		}
		s.last = [2]int64{main, sub}
		if err := s.record(k, v); err != nil {
			return err
		}
	}
	return nil
}

// record takes a record if it is one of a key that is wanted. Those that an older snapshot must have too are compared.
func (s *pastScan) record(k, v []byte) error {
	main := s.last[0]
	if main <= s.shared {
		if same, there, err := s.before.seek(k); err != nil || same == nil || !bytes.Equal(there, v) {
			return cmp.Or(err, errOtherStore)
		}
	}
	if len(v) == 0 {
		s.emptied = main
		return nil
	}
	key := recordKey(v)
	if len(key) == 0 {
		return &damage{page: noPage, why: fmt.Sprintf("the record of revision %d/%d has no key", main, s.last[1])}
	}
	if s.wants(key, true) {
		s.found = append(s.found, pastRecord{k, v})
	}
	return nil
}

const (
	// sharedRun is how many records in a row two snapshots must share before they count as of one store: one alone may be equal
	// by chance where a store was restored and the same was written again.
	sharedRun = 16
	// mostLookedUp is how many records of the older snapshot are looked up.
	mostLookedUp = 50_000
)

// errOtherStore says that two snapshots do not show that they are of one store.
var errOtherStore = errors.New("nothing shows that it is the same store")

// follow takes over what an older snapshot of the same store has found, as far as it is here still, and reads what was written
// after that. It is called inside the read of both. Errors are errOtherStore too.
func (p *Past) follow(ctx context.Context, before *Past) error {
	oldest, shared, err := p.common(ctx, before)
	if err != nil {
		return err
	}
	for _, r := range before.found {
		if main, _, _, _ := revision(r.revision); main > oldest {
			break
		}
		k, v, err := p.seek(r.revision)
		switch {
		case err != nil:
			return err
		case k != nil && !bytes.Equal(v, r.value):
			return errOtherStore
		case k != nil:
			p.found = append(p.found, pastRecord{k, v})
		}
	}
	p.Followed = true
	return p.scan(ctx, pastScan{from: oldest, shared: shared, before: before})
}

// common looks the records of an older snapshot up, the newest first, and returns the revisions between which both hold the
// same: sharedRun records that are equal, and none that differs.
func (p *Past) common(ctx context.Context, before *Past) (oldest, shared int64, err error) {
	run, looked := 0, 0
	err = newTree(before.tree.data, before.tree.meta).backwards(before.root, 0, func(l page) error {
		for i := l.count - 1; i >= 0; i-- {
			_, k, v, err := l.leaf(i)
			if err != nil {
				return err
			}
			main, _, _, ok := revision(k)
			here, value, err := p.seek(k)
			switch {
			case err != nil || !ok:
				return cmp.Or(err, errNotPlain)
			case here != nil && bytes.Equal(value, v):
				if oldest, run = main, run+1; run == 1 {
					shared = main
				}
			case here != nil || main > p.compacted: // another store wrote it
				run = 0
			}
			if looked++; run == sharedRun || looked == mostLookedUp {
				return errEnough
			}
		}
		return ctx.Err()
	})
	switch {
	case err != nil && !errors.Is(err, errEnough):
		return 0, 0, err
	case run < sharedRun:
		return 0, 0, errOtherStore
	}
	return oldest, shared, nil
}

// seek returns the key and the value of a record, nil where it is not there.
func (p *Past) seek(rev []byte) (key, value []byte, err error) {
	at, err := p.tree.page(p.root)
	for depth := 0; err == nil && at.flags == branchFlag && at.count > 0 && depth < maxDepth; depth++ {
		var bad error
		n := sort.Search(at.count, func(i int) bool {
			_, k, err := at.branch(i)
			bad = errors.Join(bad, err)
			return bytes.Compare(k, rev) > 0
		})
		switch {
		case bad != nil:
			return nil, nil, bad
		case n == 0:
			return nil, nil, nil
		}
		at, err = p.tree.page(at.child(n - 1))
	}
	if err != nil || at.flags != leafFlag {
		return nil, nil, errors.Join(err, errNotPlain)
	}
	var bad error
	n := sort.Search(at.count, func(i int) bool {
		_, k, _, err := at.leaf(i)
		bad = errors.Join(bad, err)
		return bytes.Compare(k, rev) >= 0
	})
	if bad != nil || n == at.count {
		return nil, nil, bad
	}
	_, key, value, err = at.leaf(n)
	if err != nil || !bytes.Equal(key, rev) {
		return nil, nil, err
	}
	return key, value, nil
}

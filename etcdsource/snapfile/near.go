package snapfile

import "slices"

// nearPages is how far apart two children of a branch page may lie that are asked for together, in pages.
const nearPages = 8

// near asks the kernel for children of a branch page at once: one after the other, each waits for the disk. The page behind the last
// one is asked for too: a child may take two.
func (t *tree) near(p *page, first, last int) {
	ids := make([]uint64, 0, max(last-first+1, 0))
	for i := first; i <= last; i++ {
		ids = append(ids, p.child(i))
	}
	slices.Sort(ids)
	for len(ids) > 0 {
		n := 1
		for n < len(ids) && ids[n]-ids[n-1] <= nearPages {
			n++
		}
		size := uint64(t.pageSize)
		from, to := ids[0], min(ids[n-1]+2, uint64(len(t.data))/size)
		if from < to {
			soon(t.data[from*size : to*size])
		}
		ids = ids[n:]
	}
}

// nearFirst does so for the first leaf pages below a page, and for what leads to them.
func (t *tree) nearFirst(id uint64) {
	for range maxDepth {
		p, err := t.page(id)
		if err != nil || p.flags != branchFlag || p.count == 0 {
			return
		}
		t.near(&p, 0, min(samplePages, p.count)-1)
		id = p.child(0)
	}
}

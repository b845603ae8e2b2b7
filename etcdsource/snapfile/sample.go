package snapfile

import (
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
)

// Sampled is a change near the beginning or the end of a database. Its slices are copies.
type Sampled struct {
	Key, Value []byte
	Revision   int64
}

// samplePages is how many leaf pages are read at each end, maxSampled how many bytes of them at most.
const (
	samplePages = 16
	maxSampled  = 1 << 20
)

// Sample reads the oldest and the newest changes that a database holds, in order: those of a few pages at each end. What
// is packed, in use by a running etcd or too damaged to be walked has none.
func Sample(path string) (oldest, newest []Sampled) {
	file, err := Locate(path)
	if err != nil {
		return nil, nil
	}
	f, size, head, err := openFile(file)
	if err != nil {
		return nil, nil
	}
	s := &Source{file: f, size: size, stop: func() {}}
	defer s.Close()
	if kind, _ := sniff(head); kind != bolt || lock(f, file) != nil {
		return nil, nil
	}
	if s.mapping, err = openMapping(f, size); err != nil {
		return nil, nil
	}
	scattered(s.mapping)
	return s.Sample()
}

// Sample is the function Sample of a source that is open.
func (s *Source) Sample() (oldest, newest []Sampled) {
	if s.mapping == nil {
		return nil, nil
	}
	_ = s.mapping.read(func(data []byte) error { // what was read before an error is as good as ever
		t, list, err := openTree(data)
		if err != nil {
			return err
		}
		b, _ := find(list, "key")
		oldest, newest, err = t.ends(b)
		return err
	})
	return oldest, newest
}

// errEnough ends a walk.
var errEnough = errors.New("enough")

// ends reads the changes at both ends of a bucket.
func (t *tree) ends(b bucket) (oldest, newest []Sampled, err error) {
	if b.root == 0 {
		p, err := inlinePage(b.inline)
		if err == nil {
			oldest = sampled(&p)
		}
		return oldest, oldest, err
	}
	n := 0
	take := func(list *[]Sampled) func(page) error {
		n = 0
		return func(p page) error {
			*list = append(*list, sampled(&p)...)
			if n++; n == samplePages {
				return errEnough
			}
			return nil
		}
	}
	t.nearFirst(b.root)
	if err := t.leaves(b.root, true, take(&oldest), fail); err != nil && !errors.Is(err, errEnough) {
		return oldest, nil, err
	}
	back := newTree(t.data, t.meta)
	var pages [][]Sampled
	err = back.backwards(b.root, 0, func(p page) error {
		pages = append(pages, sampled(&p))
		if len(pages) == samplePages {
			return errEnough
		}
		return nil
	})
	for i := len(pages) - 1; i >= 0; i-- {
		newest = append(newest, pages[i]...)
	}
	return oldest, newest, err
}

// backwards calls leaf with each leaf page below a page, the last one first.
func (t *tree) backwards(id uint64, depth int, leaf func(page) error) error {
	p, err := t.visit(id)
	switch {
	case err != nil:
		return err
	case p.flags == leafFlag:
		return leaf(p)
	case p.flags != branchFlag || depth > maxDepth:
		return &damage{page: id, why: "is no page of a tree"}
	}
	t.near(&p, max(p.count-samplePages, 0), p.count-1)
	for i := p.count - 1; i >= 0; i-- {
		if err := t.backwards(p.child(i), depth+1, leaf); err != nil {
			return err
		}
	}
	return nil
}

// sampled copies the changes of a leaf page.
func sampled(p *page) (list []Sampled) {
	size := 0
	for i := range p.count {
		_, k, v, err := p.leaf(i)
		if err != nil {
			return list
		}
		main, _, dead, ok := revision(k)
		r := parseRecord(v)
		if !ok || dead || !r.ok {
			continue
		}
		if size += len(r.key) + len(r.value); size > maxSampled {
			return list
		}
		list = append(list, Sampled{Key: append([]byte{}, r.key...), Value: append([]byte{}, r.value...), Revision: main})
	}
	return list
}

// Damaged reports whether an error of Peek or Open is about a file that is not as it was written.
func Damaged(err error) bool {
	var d *damage
	var corrupt flate.CorruptInputError
	if errors.As(err, &d) || errors.As(err, &corrupt) {
		return true
	}
	for _, e := range []error{io.ErrUnexpectedEOF, gzip.ErrChecksum, gzip.ErrHeader, zlib.ErrChecksum} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

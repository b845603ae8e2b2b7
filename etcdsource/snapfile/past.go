package snapfile

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"os"
	"slices"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// errNotPlain says that ReadPast does not read a file: Open does.
var errNotPlain = errors.New("not a snapshot that can be read in part")

// Wanted says of which keys ReadPast reads the changes.
type Wanted struct {
	Key    []byte // this one
	Ending []byte // and those that end so; empty for none
	// TempDir and MaxUnpack are those of Options.
	TempDir   string
	MaxUnpack int64
}

// Past is what a snapshot holds of a few keys. It was read without the checksum, and without the pages that no such key needs.
type Past struct {
	Head     int64 // newest revision, at least 1
	Pages    int   // leaf pages of revisions that were read, but for those that were looked up
	Followed bool  // it was read behind an older one

	wanted    Wanted
	file      *os.File
	mapping   *mapping
	tree      *tree
	root      uint64 // of the bucket with the revisions
	compacted int64
	settled   int64        // up to here a key has one record, or none: what was compacted is removed; 0 where nothing is
	found     []pastRecord // in order
}

// pastRecord is a record of the bucket with the revisions. Its slices are parts of the mapping.
type pastRecord struct{ revision, value []byte }

// ReadPast reads the changes of a few keys in a snapshot or a database that is no member's; one that is packed is unpacked, and what it
// was packed with compares its checksum. What follows the last
// compaction is read; of what was compacted, where each key has one record at most, only as much as shows that record: it is looked up
// where before, an older one that is still open, has it, else read from the newest on. Where before shows with its records that it
// is of the same store, and was asked for these keys too, only what was written after it is read.
//
//	before   1 ······ 400 [ 401 ··· 480 ]      the newest records of before are looked up here, back to a run of equal ones
//	                           ║  ║  ║
//	path          320 ···    [ 433·460·480 ] 481 ····· compacted ····· 900
//	                              └── read until found ◄───┘└── read ──►
//
// ok is false of everything else, and of what has any fault: Open says which. Errors are the context's.
func ReadPast(ctx context.Context, path string, w Wanted, before *Past) (p *Past, ok bool, err error) {
	p, err = openPast(ctx, path, w)
	if err != nil {
		return nil, false, ctx.Err()
	}
	p.wanted = w
	if err = p.mapping.read(func(data []byte) error { return p.read(ctx, data, before) }); err != nil {
		p.Close()
		return nil, false, ctx.Err()
	}
	return p, true, nil
}

func openPast(ctx context.Context, path string, w Wanted) (*Past, error) {
	st, err := os.Stat(path)
	if err != nil || !st.Mode().IsRegular() || ctx.Err() != nil {
		return nil, errNotPlain
	}
	if _, member, _ := HasWAL(path); member {
		return nil, errNotPlain
	}
	f, size, head, err := openFile(path)
	if err != nil {
		return nil, err
	}
	switch kind, _ := sniff(head); {
	case kind == foreign:
		err = errNotPlain
	case kind == bolt && lock(f, path) != nil:
		err = errNotPlain
	case kind != bolt:
		packed := f
		f, size, err = unpack(ctx, packed, size, kind, path, Options{TempDir: w.TempDir, MaxUnpack: w.MaxUnpack})
		packed.Close()
	}
	p := &Past{file: f}
	if err == nil {
		p.mapping, err = openMapping(f, size)
	}
	if err != nil {
		if f != nil {
			f.Close()
		}
		return nil, err
	}
	scattered(p.mapping)
	return p, nil
}

// Close frees the file.
func (p *Past) Close() error { return errors.Join(p.mapping.close(), p.file.Close()) }

func (p *Past) read(ctx context.Context, data []byte, before *Past) error {
	t, list, err := openTree(data)
	if err != nil {
		return err
	}
	var s Source
	if err := s.about(t, list); err != nil {
		return err
	}
	b, _ := find(list, "key")
	if b.root == 0 || s.db.badMeta != "" {
		return errNotPlain
	}
	p.tree, p.root, p.compacted = newTree(data, t.meta), b.root, s.db.compacted
	if compactionEnded(t, list) {
		p.settled = p.compacted
	}
	if before != nil {
		err := before.mapping.read(func([]byte) error { return p.behind(ctx, before) })
		if err == nil || !errors.Is(err, errOtherStore) {
			return cmp.Or(err, p.check())
		}
		p.found, p.Pages, p.Followed = nil, 0, false
	}
	if err := p.oldest(); err != nil {
		return err
	}
	if err := p.scan(ctx, pastScan{from: -1}); err != nil {
		return err
	}
	return p.check()
}

// oldest looks for keys with the ending in the first pages: what identifies a cluster is written once, at its beginning.
func (p *Past) oldest() error {
	if len(p.wanted.Ending) == 0 || bytes.HasSuffix(p.wanted.Key, p.wanted.Ending) {
		return nil
	}
	p.tree.nearFirst(p.root)
	n := 0
	err := newTree(p.tree.data, p.tree.meta).leaves(p.root, true, func(l page) error {
		for i := range l.count {
			_, k, v, err := l.leaf(i)
			main, _, dead, ok := revision(k)
			if err != nil || !ok {
				return errors.Join(err, errNotPlain)
			}
			if key := recordKey(v); main <= p.settled && !dead && p.wants(key, false) {
				p.found = append(p.found, pastRecord{k, v})
			}
		}
		if n++; n == samplePages {
			return errEnough
		}
		return nil
	}, fail)
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// Sample is that of a Source.
func (p *Past) Sample() (oldest, newest []Sampled) {
	_ = p.mapping.read(func([]byte) (err error) { // what was read before an error is as good as ever
		oldest, newest, err = newTree(p.tree.data, p.tree.meta).ends(bucket{name: "key", root: p.root})
		return err
	})
	return oldest, newest
}

// behind reads what an older snapshot leaves to be read. It is called inside the read of both. Errors are errOtherStore too.
func (p *Past) behind(ctx context.Context, before *Past) error {
	if err := p.lookUp(before.found); err != nil {
		return err
	}
	if p.decided(p.found) {
		p.Followed = true
		return p.scan(ctx, pastScan{from: p.settled})
	}
	p.found = nil
	if err := p.oldest(); err != nil {
		return err
	}
	if before.compacted > p.compacted || p.settled == 0 && p.compacted > 0 || len(p.wanted.Ending) > 0 && len(before.wanted.Ending) == 0 {
		return errOtherStore
	}
	return p.follow(ctx, before)
}

// lookUp takes the records of an older snapshot that this one has too, up to where each is the only one of its key.
func (p *Past) lookUp(list []pastRecord) error {
	for _, r := range list {
		if main, _, _, _ := revision(r.revision); main > p.settled {
			break
		}
		k, v, err := p.seek(r.revision)
		if err != nil {
			return err
		}
		if key := recordKey(v); k != nil && bytes.Equal(key, recordKey(r.value)) && p.wants(key, true) {
			p.found = append(p.found, pastRecord{k, v})
		}
	}
	return nil
}

// decided reports whether what was found says all about the keys that are wanted up to where each has one record at most. The
// record of a deletion does not: some versions of etcd leave it, and some remove it.
func (p *Past) decided(found ...[]pastRecord) bool {
	key, ending := false, len(p.wanted.Ending) == 0
	for _, r := range slices.Concat(found...) {
		main, _, dead, _ := revision(r.revision)
		if dead || main > p.settled {
			continue
		}
		name := recordKey(r.value)
		key, ending = key || bytes.Equal(name, p.wanted.Key), ending || p.wants(name, false)
	}
	return key && ending
}

// compactionEnded reports whether all that was compacted was removed.
func compactionEnded(t *tree, list []bucket) bool {
	var scheduled, finished []byte
	b, _ := find(list, "meta")
	err := t.each(b, func(k, v []byte) error {
		switch string(k) {
		case "scheduledCompactRev":
			scheduled = v
		case "finishedCompactRev":
			finished = v
		}
		return nil
	})
	return err == nil && bytes.Equal(scheduled, finished)
}

// check refuses records that are malformed, which Open does too.
func (p *Past) check() error {
	for _, r := range p.found {
		if !parseRecord(r.value).ok {
			return &damage{page: noPage, why: "a record is malformed"}
		}
	}
	return nil
}

// Versions returns the newest changes of the key, at most limit, the newest last. Errors are about the file.
func (p *Past) Versions(limit int) (list []etcdsource.Event, err error) {
	err = p.mapping.read(func([]byte) error {
		for _, r := range slices.Backward(p.found) {
			if len(list) == limit {
				break
			}
			if bytes.Equal(recordKey(r.value), p.wanted.Key) {
				list = append(list, p.event(r))
			}
		}
		return nil
	})
	slices.Reverse(list)
	return list, err
}

// Newest returns the value now of the first key with the ending that was asked for, nil for none. Errors are about the file.
func (p *Past) Newest() (value []byte, err error) {
	now := map[string]etcdsource.Event{}
	err = p.mapping.read(func([]byte) error {
		for _, r := range p.found {
			if k := recordKey(r.value); p.wants(k, false) {
				now[string(k)] = p.event(r)
			}
		}
		return nil
	})
	first := ""
	for k, e := range now {
		if e.Type != etcdsource.Deleted && (first == "" || k < first) {
			first, value = k, e.Value
		}
	}
	return value, err
}

// wants reports whether the changes of a key are kept: for its ending, or because it is the one.
func (p *Past) wants(key []byte, one bool) bool {
	return one && bytes.Equal(key, p.wanted.Key) || len(p.wanted.Ending) > 0 && bytes.HasSuffix(key, p.wanted.Ending)
}

func (p *Past) event(r pastRecord) etcdsource.Event {
	main, sub, dead, _ := revision(r.revision)
	v := parseRecord(r.value)
	e := etcdsource.Event{Key: bytes.Clone(v.key), Mod: main, Sub: sub, Type: etcdsource.Deleted, Kept: main <= p.compacted}
	if dead {
		return e
	}
	e.Value = append([]byte{}, v.value...)
	e.Create, e.Version, e.Lease, e.Type = v.create, v.version, v.lease, etcdsource.Updated
	if v.version == 1 {
		e.Type = etcdsource.Created
	}
	return e
}

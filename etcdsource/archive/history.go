package archive

import (
	"cmp"
	"context"
	"crypto/sha256"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// mostVersions is how many versions of a key are read of one backup.
const mostVersions = 10_000

// kept is what one backup holds of a key.
type kept struct {
	point etcdsource.BackupPoint // its Time is the lower bound
	upto  time.Time              // by when it was made
	store string                 // Backup.Store
	delta bool                   // it holds changes alone: a key that is not in it may exist
	list  []etcdsource.Event     // the oldest first
	err   error
}

// Opener opens a backup for History; end closes it.
type Opener func(ctx context.Context, b *etcdsource.Backup) (src *snapfile.Source, end func(), err error)

// FromFile opens a backup on this machine.
func FromFile(o snapfile.Options) Opener {
	return func(ctx context.Context, b *etcdsource.Backup) (*snapfile.Source, func(), error) {
		src, err := Open(ctx, b.Path, o)
		if err != nil {
			return nil, nil, err
		}
		return src, func() { src.Close() }, nil
	}
}

// Asking says how History asks backups for the changes of a key.
type Asking struct {
	Key     []byte
	Cluster string                    // the one whose backups count, as Backup.Cluster; "" for any
	Ending  string                    // of the key whose value now says of which cluster a backup is, where its Cluster does not
	UID     func(value []byte) string // returns the cluster that such a value names; nil where there is no such key
	Open    Opener                    // opens and checks a whole backup
	// Dated returns a backup with when it was made, which its newest changes may say; nil: when its Time says.
	Dated func(b etcdsource.Backup, newest func() []snapfile.Sampled) etcdsource.Backup
	// Partly reads of large snapshots that are files of this machine only what is new in each, without comparing their checksum.
	Partly     bool
	MaxUnpack  int64                  // that of snapfile.Options, of these
	Skipped    func(path, why string) // receives each backup that cannot be read, or is another cluster's
	Unverified func(backups int)      // receives how many were read that nothing says were ever verified; it may be nil
	// Contradiction receives two backups that nothing shows to be of two clusters, and that hold different versions of the key from a
	// revision on; it may be nil.
	Contradiction func(older, newer string, revision int64)
	Progress      func(done int64) // receives how many bytes of the backups are done, as they are on the disk; it may be nil
}

// openedWhole is up to what size a snapshot is opened and checked as a whole in any case, in bytes; openedPacked that of a packed one.
const (
	openedWhole  = 8 << 20
	openedPacked = 2 << 20
)

// large reports whether a backup is so large that it is worth to be read in part.
func large(b *etcdsource.Backup) bool {
	if b.Bytes > openedWhole || b.Bytes <= openedPacked {
		return b.Bytes > openedWhole
	}
	head, err := snapfile.Head(b.Path)
	return err == nil && head.Packed != ""
}

// History returns the changes of one key that backups of one cluster hold, the oldest first. Of each backup the versions of the
// key are read, several at a time. Errors are the context's.
//
//	monday.db ──┬─ versions 3, 4 ─► revision 40, before monday      ┐
//	            │                                                   ├─ one list, each change once
//	tuesday.db ─┴─ versions 6, 7 ─► revision 71, monday to tuesday, │  one write before it is in none of them
//	Incr-…      ─── version 8     ─► revision 90, at 10:22:01       ┘  or by then, where it may have been received late
func History(ctx context.Context, list []etcdsource.Backup, a Asking) ([]etcdsource.BackupChange, error) {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b etcdsource.Backup) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Revision, b.Revision))
	})
	all := make([]kept, len(list))
	var workers sync.WaitGroup
	var unverified atomic.Int64
	var mu sync.Mutex
	var done int64
	progress := func(n int64) {
		mu.Lock()
		defer mu.Unlock()
		if done += n; a.Progress != nil {
			a.Progress(done)
		}
	}
	n := min(runtime.GOMAXPROCS(0), 4, len(list))
	for w := range n { // of backups in a row: each is read behind the one before
		from, to := len(list)*w/n, len(list)*(w+1)/n
		workers.Add(1)
		safego.Go(nil, func() {
			defer workers.Done()
			r := reader{Asking: a}
			defer r.close()
			for i := from; i < to; i++ {
				all[i] = r.read(ctx, &list[i])
				progress(list[i].Bytes)
			}
			unverified.Add(r.unverified)
		})
	}
	workers.Wait()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	f := folding{seen: map[version]bool{}}
	slices.SortStableFunc(all, func(a, b kept) int { // what was opened may have said when it was made
		return cmp.Or(a.point.Time.Compare(b.point.Time), cmp.Compare(a.point.Revision, b.point.Revision))
	})
	foreign(all)
	twoClusters(all, a.Contradiction)
	for i := range all {
		if all[i].err != nil {
			a.Skipped(all[i].point.Path, whyOf(all[i].err))
			continue
		}
		f.add(&all[i])
	}
	if n := int(unverified.Load()); n > 0 && a.Unverified != nil {
		a.Unverified(n)
	}
	return f.out, nil
}

// reader reads backups in turn.
type reader struct {
	Asking
	before     *snapfile.Past // the last one that was read in part; nil for none
	unverified int64
}

func (r *reader) close() {
	if r.before != nil {
		r.before.Close()
	}
}

func (r *reader) read(ctx context.Context, b *etcdsource.Backup) (k kept) {
	if ctx.Err() != nil {
		k.err = ctx.Err()
		return k
	}
	k.point, k.upto, k.store, k.delta = etcdsource.BackupPoint{Path: b.Path, Time: b.Time}, b.Latest(), b.Store, b.ChangesOnly()
	if r.Partly && !k.delta && large(b) && b.Verdict != etcdsource.BackupDamaged && r.part(ctx, b, &k) {
		return k
	}
	k.err = r.whole(ctx, b, &k)
	return k
}

// mine reports whether a backup counts: by the cluster that is known of it, else by the value that names it.
func (r *reader) mine(b *etcdsource.Backup, value []byte) bool {
	return r.Cluster == "" || r.Cluster == b.Cluster || b.Cluster == "" && r.UID(value) == r.Cluster
}

// date finds out when a backup was made.
func (r *reader) date(b *etcdsource.Backup, k *kept, in interface {
	Sample() (oldest, newest []snapfile.Sampled)
}) {
	if r.Dated == nil {
		return
	}
	dated := r.Dated(*b, func() []snapfile.Sampled { _, newest := in.Sample(); return newest })
	k.point.Time, k.upto = dated.Time, dated.Latest()
}

// part reads what is new in a snapshot; false where it has to be opened.
func (r *reader) part(ctx context.Context, b *etcdsource.Backup, k *kept) bool {
	w := snapfile.Wanted{Key: r.Key, MaxUnpack: r.MaxUnpack}
	if r.Cluster != "" && b.Cluster == "" {
		w.Ending = []byte(r.Ending)
	}
	p, ok, err := snapfile.ReadPast(ctx, b.Path, w, r.before)
	if err != nil {
		k.err = err
		return true
	}
	if !ok {
		return false
	}
	system, err := p.Newest()
	if err == nil {
		k.list, err = p.Versions(mostVersions)
	}
	if err != nil {
		p.Close()
		return false
	}
	if k.point.Revision = p.Head; !r.mine(b, system) {
		k.list, k.err = nil, errOther
		p.Close()
		return true
	}
	r.date(b, k, p)
	r.close()
	r.before = p
	if b.Verdict == etcdsource.BackupUnchecked {
		r.unverified++
	}
	return true
}

// whole opens and checks a backup, and reads what it holds.
func (r *reader) whole(ctx context.Context, b *etcdsource.Backup, k *kept) error {
	src, end, err := r.Open(ctx, b)
	if err != nil {
		return err
	}
	defer end()
	info, err := src.Describe(ctx)
	if err != nil {
		return err
	}
	k.point.Revision = info.Revision
	if !k.delta {
		r.date(b, k, src)
		var value []byte
		if r.Cluster != "" && b.Cluster == "" {
			if value, err = Ending(ctx, src, r.Ending); err != nil {
				return err
			}
		}
		if !r.mine(b, value) {
			return errOther
		}
	}
	list, _, err := src.Versions(ctx, r.Key, 0, mostVersions)
	slices.Reverse(list)
	for i := range list {
		list[i].Key, list[i].Value = slices.Clone(list[i].Key), slices.Clone(list[i].Value) // the file is closed
	}
	k.list = list
	return err
}

// Ending returns the value now of the first key that ends so, nil for none.
func Ending(ctx context.Context, src *snapfile.Source, ending string) ([]byte, error) {
	var key []byte
	err := src.List(ctx, etcdsource.Prefix(""), etcdsource.At{}, func(keys [][]byte) error {
		for _, k := range keys {
			if key == nil && strings.HasSuffix(string(k), ending) {
				key = slices.Clone(k)
			}
		}
		return nil
	})
	if err != nil || key == nil {
		return nil, err
	}
	e, _, err := etcdsource.Get(ctx, src, key, 0)
	return e.Value, err
}

// folding joins what backups hold.
type folding struct {
	out  []etcdsource.BackupChange
	seen map[version]bool
	last etcdsource.BackupPoint // the backup before, zero for none
	upto time.Time              // by when that was made
	cur  etcdsource.Event       // the newest change that is known; Type is 0 for none
}

// version identifies a change, with its value too: a store that was set back writes other values under the same numbers.
type version struct {
	mod, create, version int64
	value                [sha256.Size]byte
}

func (f *folding) add(k *kept) {
	if !k.delta && k.point.Revision < f.last.Revision { // the store was set back between the two
		f.cur = etcdsource.Event{}
	}
	for _, e := range k.list {
		id := version{e.Mod, e.Create, e.Version, sha256.Sum256(e.Value)}
		if f.seen[id] {
			f.cur = e
			continue
		}
		f.seen[id] = true
		if f.cur.Type != 0 && e.Mod <= f.cur.Mod {
			continue // it lies before what is known: an older backup should have had it
		}
		f.emit(e, k)
	}
	if n := len(k.list); !k.delta && f.cur.Type != 0 && f.cur.Type != etcdsource.Deleted && (n == 0 || k.list[n-1].Type == etcdsource.Deleted && k.list[n-1].Mod < f.cur.Mod) {
		f.emit(etcdsource.Event{Key: f.cur.Key, Type: etcdsource.Deleted, Mod: 0}, k)
	}
	f.last, f.upto = k.point, k.upto
}

func (f *folding) emit(e etcdsource.Event, k *kept) {
	c := etcdsource.BackupChange{Event: e, Upto: k.point, Held: k.point.Path, Exact: e.Dated()}
	c.Upto.Time, c.After = k.upto, f.last
	switch {
	case e.Type == etcdsource.Deleted:
	case f.cur.Type != 0 && f.cur.Type != etcdsource.Deleted && f.cur.Create == e.Create:
		c.Unseen = max(e.Version-f.cur.Version-1, 0)
	default:
		c.Unseen = max(e.Version-1, 0)
	}
	switch {
	case e.Mod == 0 || e.Mod > f.last.Revision:
	case !k.delta && k.point.Revision < f.last.Revision: // the store was set back: the backup before says nothing of it
		c.After = etcdsource.BackupPoint{}
	default: // the backup before was made after it
		c.Upto, c.After = f.last, etcdsource.BackupPoint{}
		c.Upto.Time = f.upto
	}
	if e.Time.After(c.Upto.Time) { // names of delta snapshots have their times in seconds
		c.Upto.Time = e.Time
	}
	if f.cur.Type != 0 && f.cur.Type != etcdsource.Deleted {
		before := f.cur
		c.Before = &before
	}
	f.out = append(f.out, c)
	mod := f.cur.Mod
	if f.cur = e; e.Mod == 0 {
		f.cur.Mod = mod
	}
}

// Since leaves out the backups that were made before a time, but for the full one from which on the changes after it are known, and
// the delta snapshots that follow that. A backup of another cluster than the one that is asked for is not that full one.
func Since(list []etcdsource.Backup, from time.Time, cluster string) (out []etcdsource.Backup) {
	var base *etcdsource.Backup
	for i := range list {
		b := &list[i]
		other := cluster != "" && b.Cluster != "" && b.Cluster != cluster
		if b.Time.Before(from) && !b.ChangesOnly() && !other && b.Verdict != etcdsource.BackupDamaged && (base == nil || b.Time.After(base.Time)) {
			base = b
		}
	}
	for i := range list {
		b := &list[i]
		if !b.Time.Before(from) || b == base || base != nil && b.ChangesOnly() && !b.Time.Before(base.Time) {
			out = append(out, *b)
		}
	}
	return out
}

package archive

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// mostVersions is how many versions of a key are read of one backup.
const mostVersions = 10_000

// kept is what one backup holds of a key.
type kept struct {
	point etcdsource.BackupPoint
	delta bool               // it holds changes alone: a key that is not in it may exist
	list  []etcdsource.Event // the oldest first
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

// History returns the changes of one key that backups of one cluster hold, the oldest first. Of each backup the index and the
// versions of the key are read, several at a time. mine reports whether a source is of that cluster; each is called with every
// backup that cannot be read, or is another cluster's. Errors are the context's.
//
//	monday.db ──┬─ versions 3, 4 ─► revision 40, before monday      ┐
//	            │                                                   ├─ one list, each change once
//	tuesday.db ─┴─ versions 6, 7 ─► revision 71, monday to tuesday, │  one write before it is in none of them
//	Incr-…      ─── version 8     ─► revision 90, at 10:22:01       ┘
func History(ctx context.Context, list []etcdsource.Backup, key []byte, open Opener, mine func(context.Context, *snapfile.Source) bool, skipped func(path, why string)) ([]etcdsource.BackupChange, error) {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b etcdsource.Backup) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Revision, b.Revision))
	})
	all := make([]kept, len(list))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), 4, len(list)) {
		workers.Add(1)
		safego.Go(nil, func() {
			defer workers.Done()
			for i := range next {
				all[i] = read(ctx, &list[i], key, open, mine)
			}
		})
	}
	for i := range list {
		next <- i
	}
	close(next)
	workers.Wait()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	f := folding{seen: map[[3]int64]bool{}}
	for i := range all {
		if all[i].err != nil {
			skipped(list[i].Path, whyOf(all[i].err))
			continue
		}
		f.add(&all[i])
	}
	return f.out, nil
}

// errOther says that a backup is another cluster's.
var errOther = &etcdsource.Problem{Why: "it is a backup of another cluster"}

func read(ctx context.Context, b *etcdsource.Backup, key []byte, open Opener, mine func(context.Context, *snapfile.Source) bool) (k kept) {
	if ctx.Err() != nil {
		k.err = ctx.Err()
		return k
	}
	src, end, err := open(ctx, b)
	if err != nil {
		k.err = err
		return k
	}
	defer end()
	info, err := src.Describe(ctx)
	if err != nil {
		k.err = err
		return k
	}
	k.point, k.delta = etcdsource.BackupPoint{Path: b.Path, Time: b.Time, Revision: info.Revision}, b.ChangesOnly()
	if !k.delta && !mine(ctx, src) {
		k.err = errOther
		return k
	}
	list, _, err := src.Versions(ctx, key, 0, mostVersions)
	slices.Reverse(list)
	for i := range list {
		list[i].Key, list[i].Value = slices.Clone(list[i].Key), slices.Clone(list[i].Value) // the file is closed
	}
	k.list, k.err = list, err
	return k
}

// folding joins what backups hold.
type folding struct {
	out  []etcdsource.BackupChange
	seen map[[3]int64]bool
	last etcdsource.BackupPoint // the backup before, zero for none
	cur  etcdsource.Event       // the newest change that is known; Type is 0 for none
}

func (f *folding) add(k *kept) {
	if !k.delta && k.point.Revision < f.last.Revision { // the store was set back between the two
		f.cur = etcdsource.Event{}
	}
	for _, e := range k.list {
		id := [3]int64{e.Mod, e.Create, e.Version}
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
	f.last = k.point
}

func (f *folding) emit(e etcdsource.Event, k *kept) {
	c := etcdsource.BackupChange{Event: e, Upto: k.point, Exact: !e.Time.IsZero()}
	c.After = f.last
	switch {
	case e.Type == etcdsource.Deleted:
	case f.cur.Type != 0 && f.cur.Type != etcdsource.Deleted && f.cur.Create == e.Create:
		c.Unseen = max(e.Version-f.cur.Version-1, 0)
	default:
		c.Unseen = max(e.Version-1, 0)
	}
	if e.Mod > 0 && e.Mod <= f.last.Revision { // the backup before was made after it
		c.Upto, c.After = f.last, etcdsource.BackupPoint{}
	}
	f.out = append(f.out, c)
	mod := f.cur.Mod
	if f.cur = e; e.Mod == 0 {
		f.cur.Mod = mod
	}
}

// Since leaves out the backups that were made before a time, but for the full one from which on the changes after it are known.
func Since(list []etcdsource.Backup, from time.Time) (out []etcdsource.Backup) {
	var base *etcdsource.Backup
	for i := range list {
		b := &list[i]
		switch {
		case !b.Time.Before(from):
			out = append(out, *b)
		case !b.ChangesOnly() && (base == nil || b.Time.After(base.Time)):
			base = b
		}
	}
	if base != nil {
		out = append(out, *base)
	}
	return out
}

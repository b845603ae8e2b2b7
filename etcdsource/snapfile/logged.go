package snapfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/replay"
	"github.com/etcdscope/etcdscope/etcdsource/wal"
)

var _ etcdsource.LogReader = (*Source)(nil)

// Logged replays the member's log from a state that all copies agree on:
//
//	the empty store, where the log begins with its first entry ─┐
//	the state at an agreed revision, found in the log by what ──┴─► replay ─► every record of the file must come out of it,
//	was written there                                                         but those of the keys in question
//
// So the log is believed only where it explains the rest of the database, record by record. A log that begins later, as that of a
// member which joined by a snapshot, is replayed from its begin, for what was written since.
func (s *Source) Logged(ctx context.Context, keys [][]byte, agreed, rev int64) ([]etcdsource.LoggedVersion, error) {
	tried := "replay the log of " + s.path
	if why := s.Lacks((*etcdsource.LogReader)(nil)); why != "" {
		return nil, &etcdsource.Problem{Tried: tried, Why: why}
	}
	list, err := wal.Segments(s.db.walDir)
	if err != nil || len(list) == 0 {
		return nil, &etcdsource.Problem{Tried: tried, Why: "no WAL was found in " + s.db.walDir, Err: err}
	}
	why := errors.New("it does not reach back to a revision at which all copies hold the same")
	for _, find := range []func() ([]base, error){
		func() ([]base, error) { return s.bases(ctx, list, min(agreed, rev)) },
		func() ([]base, error) { return s.begins(ctx, list, rev) },
	} {
		bases, err := find()
		if err != nil {
			return nil, &etcdsource.Problem{Tried: tried, Why: plain(err), Err: err}
		}
		for _, b := range bases {
			r := &relog{s: s, base: b, rev: min(rev, s.db.head), asked: map[string]int{}}
			for i, k := range keys {
				r.asked[string(k)] = i
			}
			out, err := r.run(ctx, list, keys)
			if err == nil {
				return out, nil
			}
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if !b.own { // what a log says from a revision on that all agree on counts more
				why = err
			}
		}
	}
	return nil, &etcdsource.Problem{Tried: tried, Why: plain(why), Err: why}
}

// noLog is why a file has no log to replay.
const noLog = "it is no member's data directory with a WAL that can be read"

// base is where a replay begins: the entry whose effect is the state at a revision.
type base struct {
	index    uint64
	revision int64
	own      bool // the copies may differ there: the replay begins with what the database beside the log holds
}

const (
	maxBases = 8    // that are tried
	looked   = 1000 // records before the agreed revision that are looked for in the log
)

// bases are the places where a replay may begin, the likeliest first.
func (s *Source) bases(ctx context.Context, list []wal.Segment, agreed int64) (out []base, err error) {
	if list[0].Seq == 0 {
		out = append(out, base{index: 0, revision: 1})
	}
	if agreed <= max(s.db.compacted, 1) {
		return out, nil
	}
	wanted := map[string]int64{} // what was written → the newest revision that did
	err = s.mapping.read(func([]byte) error {
		end := s.idx.Before(agreed)
		for rec := end - min(end, looked); rec < end; rec++ {
			k, v := s.element(s.idx.Ref(rec))
			if main, _, dead, _ := revision(k); !dead && main > s.db.compacted {
				kv := parseRecord(v)
				wanted[string(kv.key)+"\x00"+string(kv.value)] = main
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var found []base
	err = wal.Read(ctx, s.db.walDir, list, func(r wal.Record) error {
		if r.Entry != nil && r.Entry.GetIndex() < s.db.applied {
			if rev := writes(r.Entry, wanted); rev > 0 {
				found = append(found, base{index: r.Entry.GetIndex(), revision: rev})
			}
		}
		return nil
	})
	var damage *wal.DamageError
	if err != nil && !errors.As(err, &damage) {
		return nil, err
	}
	slices.SortStableFunc(found, func(a, b base) int { return int(b.revision - a.revision) })
	return append(out, found[:min(len(found), maxBases)]...), nil
}

// writes returns the newest revision at which what an entry writes was written, 0 for none.
func writes(e *raftpb.Entry, wanted map[string]int64) (rev int64) {
	r := &etcdserverpb.InternalRaftRequest{}
	if e.GetType() != raftpb.EntryNormal || len(e.GetData()) == 0 || proto.Unmarshal(e.GetData(), r) != nil {
		return 0
	}
	put := func(p *etcdserverpb.PutRequest) {
		if p != nil {
			rev = max(rev, wanted[string(p.GetKey())+"\x00"+string(p.GetValue())])
		}
	}
	put(r.GetPut())
	for _, op := range r.GetTxn().GetSuccess() {
		put(op.GetRequestPut())
	}
	return rev
}

// relog is one replay from one base.
type relog struct {
	s     *Source
	base  base
	rev   int64          // up to which is replayed
	asked map[string]int // the keys in question
	last  map[string]replay.Change
	next  uint32 // the record of the file that should come next
	// made are the keys in question of which the replay has seen the begin, so that their versions and creation are known.
	made map[string]bool
}

// errReached ends a replay at its revision.
var errReached = errors.New("reached")

func (r *relog) run(ctx context.Context, list []wal.Segment, keys [][]byte) ([]etcdsource.LoggedVersion, error) {
	s := r.s
	_, entries, err := wal.CommittedFrom(ctx, s.db.walDir, list, r.base.index, s.db.applied, s.db.alone)
	if len(entries) == 0 {
		if err == nil {
			err = errors.New("the WAL does not hold what follows")
		}
		return nil, err
	}
	state := replay.State{Revision: r.base.revision, Leases: map[int64]int64{}, Alarms: map[replay.Alarm]bool{}, Auth: s.db.member.Auth, NoReads: s.db.member.NoReads}
	if r.base.index > 0 {
		maps.Copy(state.Leases, s.db.member.Leases)
	}
	if r.base.own && r.takesOver(entries) {
		return nil, errors.New("it takes over what is not known")
	}
	r.next, r.last, r.made = s.idx.Before(r.base.revision), map[string]replay.Change{}, map[string]bool{}
	var out []etcdsource.LoggedVersion
	err = s.mapping.read(func([]byte) error {
		log, err := r.load(entries, state)
		if err != nil {
			return err
		}
		if _, err := log.Run(ctx, r.compare); err != nil && !errors.Is(err, errReached) {
			return err
		}
		if err := r.rest(); err != nil {
			return err
		}
		if log.Revision < r.rev {
			return fmt.Errorf("replayed from revision %d on it ends at %d", r.base.revision, log.Revision)
		}
		for _, k := range keys {
			out = append(out, r.version(k))
		}
		return nil
	})
	return out, err
}

// load gives a log the versions at its base that it needs.
func (r *relog) load(entries []*raftpb.Entry, state replay.State) (*replay.Log, error) {
	s := r.s
	var live []replay.Record
	if r.base.index > 0 {
		for rec := range s.idx.LiveRecords(r.base.revision) {
			_, v := s.element(s.idx.Ref(rec))
			kv := parseRecord(v)
			if live = append(live, replay.Record{Key: kv.key, Value: kv.value, Create: kv.create, Mod: s.idx.Main(rec), Version: kv.version, Lease: kv.lease}); kv.lease != 0 {
				state.Leases[kv.lease] = 1
			}
		}
	}
	log, err := replay.New(entries, state)
	if err != nil {
		return nil, err
	}
	for _, v := range live {
		if log.Needs(v.Key, v.Lease) {
			log.Load(v, false)
		}
	}
	return log, nil
}

// compare holds a change of the log against the next record of the file.
func (r *relog) compare(c replay.Change) error {
	if c.Main > r.rev {
		return errReached
	}
	_, asked := r.asked[string(c.Key)]
	if asked {
		r.last[string(c.Key)] = c
		r.made[string(c.Key)] = r.made[string(c.Key)] || c.Deleted
	}
	for {
		main, key, dead := r.record()
		switch {
		case main == c.Main && dead == c.Deleted && bytes.Equal(key, c.Key):
			r.next++
			return nil
		case main <= c.Main && r.isAsked(key):
			r.next++
		case asked, c.Main <= r.s.db.compacted && main > c.Main-1:
			return nil
		default:
			return &etcdsource.LogStartError{Base: r.base.revision, At: c.Main}
		}
	}
}

// record is the record of the file that should come next; the revision is behind all others where there is none.
func (r *relog) record() (main int64, key []byte, dead bool) {
	if int(r.next) >= r.s.idx.Records() {
		return 1 << 62, nil, false
	}
	k, v := r.s.element(r.s.idx.Ref(r.next))
	return r.s.idx.Main(r.next), recordKey(v), len(k) == 18
}

func (r *relog) isAsked(key []byte) bool {
	_, ok := r.asked[string(key)]
	return ok
}

// rest checks that no record of the file is left that the log has not written.
func (r *relog) rest() error {
	for {
		main, key, _ := r.record()
		switch {
		case main > r.rev:
			return nil
		case !r.isAsked(key):
			return fmt.Errorf("replayed from revision %d on it does not write revision %d of the database", r.base.revision, main)
		}
		r.next++
	}
}

// version is a key as the replay has left it.
func (r *relog) version(key []byte) etcdsource.LoggedVersion {
	out := etcdsource.LoggedVersion{Known: true, Entry: etcdsource.Entry{Key: key}}
	c, ok := r.last[string(key)]
	switch {
	case ok && !c.Deleted:
		out.Present = true
		out.Value, out.Create, out.Mod, out.Version, out.Lease = bytes.Clone(c.Value), c.Create, c.Mod, c.Version, c.Lease
	case ok || r.base.index == 0:
	case r.base.own:
		out.Known = false
	default:
		if rec, found := r.s.idx.Last(key, r.base.revision); found {
			if k, _ := r.s.element(r.s.idx.Ref(rec)); len(k) != 18 {
				e := r.s.entry(rec, true)
				out.Present, out.Entry = true, e
			}
		}
	}
	if out.Bytes = int64(len(out.Value)); r.base.own {
		if out.Since = r.base.revision; !r.made[string(key)] {
			out.Create, out.Version = 0, 0
		}
	}
	return out
}

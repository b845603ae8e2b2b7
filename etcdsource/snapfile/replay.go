package snapfile

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/replay"
)

// member reads what decides, beside the keys, what a member's log does to its database.
func (s *Source) member(t *tree, list []bucket) error {
	m := replay.State{Leases: map[int64]int64{}, Alarms: map[replay.Alarm]bool{}, NoReads: before37(s.db.version)}
	for _, read := range []struct {
		name string
		fn   func(k, v []byte)
	}{
		{"lease", func(k, _ []byte) {
			if len(k) == 8 {
				m.Leases[int64(binary.BigEndian.Uint64(k))] = 1 // how long it lives changes nothing here
			}
		}},
		{"alarm", func(k, _ []byte) {
			var a etcdserverpb.AlarmMember
			if proto.Unmarshal(k, &a) == nil {
				m.Alarms[replay.Alarm{Member: a.GetMemberID(), Type: a.GetAlarm()}] = true
			}
		}},
		{"cluster", func(k, v []byte) {
			if string(k) == "clusterVersion" {
				m.NoReads = m.NoReads && before37(string(v))
			}
		}},
		{"auth", func(k, v []byte) { m.Auth = m.Auth || string(k) == "authEnabled" && len(v) == 1 && v[0] == 1 }},
	} {
		b, ok := find(list, read.name)
		if !ok {
			continue
		}
		if err := t.each(b, func(k, v []byte) error { read.fn(k, v); return nil }); err != nil {
			return err
		}
	}
	s.db.member = m
	return nil
}

// before37 reports whether a version is older than 3.7; one that is not stored is.
func before37(v string) bool {
	var major, minor int
	n, _ := fmt.Sscanf(v, "%d.%d", &major, &minor)
	return n < 2 || major < 3 || major == 3 && minor < 7
}

// replay applies the entries to the records: what they write lies behind the file's. It returns how many of them were
// applied, and why the others were not; err is that the records cannot be read, or the context's.
func (s *Source) replay(ctx context.Context, entries []*raftpb.Entry, r *records) (applied int, why, err error) {
	if len(entries) == 0 {
		return 0, nil, nil
	}
	state := s.db.member
	state.Revision, state.Compacted = max(1, r.head, s.db.compacted), s.db.compacted
	log, why := replay.New(entries, state)
	switch {
	case why != nil:
		return 0, why, nil
	case log.Len() == 0:
		return len(entries), nil, nil
	}
	for i := range r.rows.Len() {
		if i%4096 == 0 && ctx.Err() != nil {
			return 0, nil, ctx.Err()
		}
		ref, dead := r.rows.At(i)
		_, v := r.element(ref)
		rec := parseRecord(v)
		if !rec.ok {
			return 0, nil, &damage{page: noPage, why: fmt.Sprintf("the record of revision %d is malformed", r.rows.Main(i))}
		}
		if log.Needs(rec.key, rec.lease) {
			log.Load(replay.Record{Key: rec.key, Value: rec.value, Create: rec.create, Mod: r.rows.Main(i), Version: rec.version, Lease: rec.lease}, dead)
		}
	}
	applied, err = log.Run(ctx, r.add)
	if errors.Is(err, replay.ErrWork) {
		why, err = err, nil
	}
	if err != nil || applied == 0 {
		return 0, why, err
	}
	r.head, s.db.compacted = log.Revision, log.Compacted
	last := entries[applied-1]
	s.ending = &ending{State: log.State, index: last.GetIndex(), term: last.GetTerm()}
	return applied, why, nil
}

// add puts a change behind the records, in the form of an element of a page.
func (r *records) add(c replay.Change) error {
	e := etcdsource.Event{Key: c.Key, Value: c.Value, Create: c.Create, Mod: c.Main, Sub: c.Sub, Version: c.Version, Lease: c.Lease}
	if c.Deleted {
		e.Type = etcdsource.Deleted
	}
	b, err := element(&e, 0)
	if err != nil {
		return err
	}
	ref := r.behind() + len(r.replayed)/elementSize
	if ref > maxRef {
		return &damage{page: noPage, why: "files of more than 64 GiB cannot be read"}
	}
	r.replayed = append(r.replayed, b...)
	r.rows.Append(c.Key, c.Main, uint32(ref), c.Deleted)
	return nil
}

// maxRef is the largest ref.
const maxRef = 1<<32 - 1

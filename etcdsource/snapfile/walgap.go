package snapfile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"go.etcd.io/raft/v3/raftpb"

	"github.com/etcdscope/etcdscope/etcdsource/wal"
)

// besideWAL compares a database that lies where a member keeps it, in a folder snap, with the write-ahead log in the
// folder wal beside that, or that was named, and replays what the database does not include if it may. A database anywhere else is no
// member's. The error is the context's, or one of the file.
func (s *Source) besideWAL(ctx context.Context, file string, r *records, may bool, o Options) error {
	dir, ok := o.wal(file)
	s.db.inMember, s.db.walDir = ok, dir
	if !ok || s.db.applied == 0 {
		return nil
	}
	list, err := wal.Segments(dir)
	if err == nil && len(list) == 0 {
		err = fs.ErrNotExist
	}
	var t wal.Tail
	var log []*raftpb.Entry
	switch {
	case err != nil:
	case may:
		t, log, err = wal.Committed(ctx, dir, list, s.db.applied, s.db.alone)
	default:
		t, err = wal.Beyond(ctx, dir, list, s.db.applied, s.db.alone)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	applied, why, broken := s.replay(ctx, log, r)
	if broken != nil {
		return broken
	}
	for _, e := range log[:applied] {
		if t.Entries--; wal.Writes(e) {
			t.Writes--
		}
	}
	s.lag.Replayed = int64(applied)
	s.missing(dir, file, t, why, err)
	return nil
}

// missing says what of the log is not shown: t of it, for the reason why where it was not replayed; err is what ended the
// reading of it.
func (s *Source) missing(dir, file string, t wal.Tail, why, err error) {
	unknown := ", so whether the newest changes are shown is not known"
	var damage *wal.DamageError
	b := &s.lag
	switch {
	case errors.Is(err, fs.ErrNotExist):
		b.Entries, b.Text = -1, "no WAL was found in "+dir+unknown
	case errors.As(err, &damage):
		b.Entries, b.AtLeast, b.Text = t.Entries, true, fmt.Sprintf("the WAL is damaged (%v)", damage)
		if t.Entries > 0 {
			b.Text += ", and at least " + entries(t.Entries) + " not in this db"
		} else {
			b.Text += unknown
		}
	case err != nil:
		b.Entries, b.Text = -1, "the WAL in "+dir+" cannot be read ("+plain(err)+")"+unknown
	case t.Short > 0:
		b.AtLeast, b.Text = true, fmt.Sprintf("the WAL ends %s before what is in this db: it is cut short, or another member's%s", number(t.Short), unknown)
	default:
		b.Entries, b.Text = t.Entries, join(missing(t), newerSnapshot(filepath.Dir(file), s.db.applied))
	}
	if why != nil {
		b.Text = join(b.Text, "they were not replayed: "+why.Error())
	}
}

// missing says what is not in a database.
func missing(t wal.Tail) string {
	say := ""
	if t.Entries > 0 {
		say = entries(t.Entries) + " not in this db"
		switch {
		case t.Gone > 0:
			say += fmt.Sprintf(", %d of them no longer in the WAL either: the newest changes are missing", t.Gone)
		case t.Writes == 0:
			say += ", none of which writes a key"
		default:
			say += fmt.Sprintf(" (%d of them write keys): the newest changes are missing", t.Writes)
		}
	}
	switch {
	case t.Uncommitted == 0:
		return say
	case t.Entries == 0:
		return entries(t.Uncommitted) + " not in this db, and may not be committed"
	}
	return join(say, fmt.Sprintf("%d more may not be committed", t.Uncommitted))
}

// replayed says that what is shown includes entries of the log.
func replayed(n int64) string {
	if n == 1 {
		return "with 1 WAL entry replayed, as etcd does when it starts"
	}
	return fmt.Sprintf("with %d WAL entries replayed, as etcd does when it starts", n)
}

func entries(n int64) string {
	if n == 1 {
		return "1 WAL entry is"
	}
	return fmt.Sprintf("%d WAL entries are", n)
}

func number(n int64) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

// newerSnapshot names a database that a leader sent and that has not taken the place of the member's own yet.
func newerSnapshot(dir string, applied uint64) string {
	files, _ := filepath.Glob(filepath.Join(dir, "*.snap.db"))
	for _, f := range files {
		var index uint64
		if _, err := fmt.Sscanf(filepath.Base(f), "%016x.snap.db", &index); err == nil && index > applied {
			return "a newer database that the leader sent lies beside it: " + filepath.Base(f)
		}
	}
	return ""
}

// walDir returns the folder where the write-ahead log of the member with this database is by default.
func walDir(file string) (string, bool) {
	path, err := filepath.Abs(file)
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	snap := filepath.Dir(path)
	if err != nil || filepath.Base(path) != "db" || filepath.Base(snap) != "snap" {
		return "", false
	}
	return filepath.Join(filepath.Dir(snap), "wal"), true
}

// onlyVoter reports whether a stored ConfState is that of a cluster of one.
func onlyVoter(confState []byte) bool {
	var c struct {
		Voters   []uint64 `json:"voters"`
		Outgoing []uint64 `json:"voters_outgoing"`
		Learners []uint64 `json:"learners"`
		Next     []uint64 `json:"learners_next"`
	}
	return json.Unmarshal(confState, &c) == nil && len(c.Voters) == 1 && len(c.Outgoing)+len(c.Learners)+len(c.Next) == 0
}

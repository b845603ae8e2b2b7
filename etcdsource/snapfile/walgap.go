package snapfile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/wal"
)

// besideWAL compares a database that lies where a member keeps it, in a folder snap, with the write-ahead log in the
// folder wal beside that. A database anywhere else is no member's. The error is the context's.
func besideWAL(ctx context.Context, file string, db database) (etcdsource.Behind, error) {
	dir, ok := walDir(file)
	if !ok || db.applied == 0 {
		return etcdsource.Behind{}, nil
	}
	list, err := wal.Segments(dir)
	if err == nil && len(list) == 0 {
		err = fs.ErrNotExist
	}
	var t wal.Tail
	if err == nil {
		t, err = wal.Beyond(ctx, dir, list, db.applied, db.alone)
	}
	var damage *wal.DamageError
	switch {
	case ctx.Err() != nil:
		return etcdsource.Behind{}, fmt.Errorf("open %s: %w", file, ctx.Err())
	case errors.Is(err, fs.ErrNotExist):
		return etcdsource.Behind{Entries: -1, Text: "no WAL was found in " + dir + ", so whether the newest changes are in this db is not known"}, nil
	case errors.As(err, &damage):
		say := fmt.Sprintf("the WAL is damaged (%v), so whether the newest changes are in this db is not known", damage)
		if t.Entries > 0 {
			say = fmt.Sprintf("the WAL is damaged (%v), and at least %s not in this db", damage, entries(t.Entries))
		}
		return etcdsource.Behind{Entries: t.Entries, AtLeast: true, Text: say}, nil
	case err != nil:
		return etcdsource.Behind{Entries: -1, Text: "the WAL in " + dir + " cannot be read (" + plain(err) + "), so whether the newest changes are in this db is not known"}, nil
	}
	return etcdsource.Behind{Entries: t.Entries, Text: join(missing(t), newerSnapshot(filepath.Dir(file), db.applied))}, nil
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

func entries(n int64) string {
	if n == 1 {
		return "1 WAL entry is"
	}
	return fmt.Sprintf("%d WAL entries are", n)
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

package snapfile

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/wal"
)

// wal returns the folder of the write-ahead log of the member with this database, and whether it is a member's.
func (o Options) wal(file string) (string, bool) {
	if o.WALDir != "" {
		return o.WALDir, true
	}
	return walDir(file)
}

// checkWAL refuses a folder that was named and holds no log, or belongs to no member's database.
func (o Options) checkWAL(file string, kind format, size int64) error {
	if o.WALDir == "" || kind == foreign {
		return nil
	}
	if kind != bolt || hasTrailer(size) {
		return problem(file, "it is a snapshot, and only a member's database has a WAL", "leave out --wal-dir", nil)
	}
	why, do := "there is no segment of a WAL in it", "give the folder that etcd's --wal-dir names"
	list, err := wal.Segments(o.WALDir)
	if err != nil {
		why, do = plain(err), tryPath
	}
	if err != nil || len(list) == 0 {
		return &etcdsource.Problem{Tried: "read the WAL in " + o.WALDir, Why: why, Do: do, Err: err}
	}
	return nil
}

// HasWAL reports whether path is a member's data directory, or the database in it, and whether its log is where a member
// keeps it by default. data is the data directory.
func HasWAL(path string) (data string, member, has bool) {
	file, _, err := locate(path)
	if err != nil {
		return "", false, false
	}
	dir, member := walDir(file)
	if !member {
		return "", false, false
	}
	return filepath.Dir(filepath.Dir(dir)), true, HoldsWAL(dir)
}

// HoldsWAL reports whether there are segments of a write-ahead log in a folder.
func HoldsWAL(dir string) bool {
	list, err := wal.Segments(dir)
	return err == nil && len(list) > 0
}

// startFile is the database that etcd takes in the place of the member's own when it starts: one that the leader sent, where
// the log says that the member has accepted it (the last snapshot in the WAL that was committed) and the member was stopped
// before it took its place. It returns "" for none.
//
//	member/snap/db                           entries up to 900 applied
//	member/snap/00000000000004e2.snap.db     1250 ─┐
//	member/wal: … snapshot 1250, commit 1250 ──────┴─► etcd renames it to db
func startFile(ctx context.Context, f *os.File, size int64, file, walDir string) string {
	dir := filepath.Dir(file)
	if sent, _ := filepath.Glob(filepath.Join(dir, "*.snap.db")); len(sent) == 0 {
		return ""
	}
	applied, err := appliedOf(f, size)
	if err != nil || applied == 0 {
		return ""
	}
	index := lastSnapshot(ctx, walDir)
	path := filepath.Join(dir, fmt.Sprintf("%016x.snap.db", index))
	if st, err := os.Stat(path); index <= applied || err != nil || !st.Mode().IsRegular() {
		return ""
	}
	return path
}

// appliedOf reads the index of the raft entry that was applied last to a database.
func appliedOf(f *os.File, size int64) (uint64, error) {
	m, err := openMapping(f, size)
	if err != nil {
		return 0, err
	}
	s := &Source{mapping: m}
	defer m.close()
	err = m.read(func(data []byte) error {
		t, list, err := openTree(data)
		if err != nil {
			return err
		}
		return s.about(t, list)
	})
	return s.db.applied, err
}

// lastSnapshot is the index of the last snapshot in a log that is committed, as etcd's wal.ValidSnapshotEntries has it; 0
// for none.
func lastSnapshot(ctx context.Context, dir string) (index uint64) {
	list, err := wal.Segments(dir)
	if err != nil {
		return 0
	}
	var all []uint64
	commit := uint64(0)
	_ = wal.Read(ctx, dir, list, func(r wal.Record) error { // what lies behind damage does not count
		switch {
		case r.Snapshot != nil:
			all = append(all, r.Snapshot.GetIndex())
		case r.State != nil:
			commit = r.State.GetCommit()
		}
		return nil
	})
	for _, i := range all {
		if i <= commit {
			index = i
		}
	}
	return index
}

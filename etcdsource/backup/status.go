package backup

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-semver/semver"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/archive"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// SnapshotStatus are the figures of `etcdutl snapshot status -w json`, under the same names.
type SnapshotStatus struct {
	Hash      uint32 `json:"hash"` // CRC-32 (Castagnoli) of the names of all buckets, their keys and their values
	Revision  int64  `json:"revision"`
	TotalKey  int64  `json:"totalKey"`  // live keys
	TotalSize int64  `json:"totalSize"` // bytes of the database, without a checksum at its end
	Version   string `json:"version"`   // storage version, "" where not stored
	Behind    string `json:"-"`         // what a member's database lacks of its WAL, in words; "" for nothing
}

// Status reads a snapshot, packed or not, and returns its figures. Errors are those of snapfile.Open.
func Status(ctx context.Context, path string, o snapfile.Options) (SnapshotStatus, error) {
	o.Wait = true     // a verdict takes in the checksum, of large files too
	o.NoReplay = true // the figures are those of the file
	src, err := snapfile.Open(ctx, archive.Snapshot(path), o)
	if err != nil {
		return SnapshotStatus{}, err
	}
	defer src.Close()
	info, err := src.Describe(ctx)
	if err != nil {
		return SnapshotStatus{}, err
	}
	var f figures
	if err := src.Walk(ctx, f.add); err != nil {
		return SnapshotStatus{}, fmt.Errorf("read %s: %w", path, err)
	}
	if a, err := archive.Describe(path); err == nil && a.Deltas > 0 {
		info.Behind.Text = fmt.Sprintf("these are the figures of the full snapshot %s, without the %d delta snapshots that follow it, up to revision %d", filepath.Base(a.File), a.Deltas, a.Revision)
	}
	return SnapshotStatus{Hash: f.sum, Revision: f.revision, TotalKey: info.Keys + f.nameless, TotalSize: info.DBSize, Version: storedVersion(info.Version), Behind: info.Behind.Text}, nil
}

// figures adds up what etcdutl does.
type figures struct {
	sum      uint32
	revision int64 // of the last record, which is not always the newest revision of the store
	nameless int64 // 1: a record without a key, as a restore with a higher revision leaves it, counts as one
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (f *figures) add(bucket string, k, v []byte) error {
	if k == nil {
		f.sum = crc32.Update(f.sum, castagnoli, []byte(bucket))
		return nil
	}
	f.sum = crc32.Update(crc32.Update(f.sum, castagnoli, k), castagnoli, v)
	if bucket == "key" && len(k) >= 17 {
		f.revision = int64(binary.BigEndian.Uint64(k))
		switch {
		case len(v) > 0:
		case len(k) == 17:
			f.nameless = 1
		default:
			f.nameless = 0
		}
	}
	return nil
}

// storedVersion is a version as etcdutl prints it, "" for one that is none.
func storedVersion(s string) string {
	v, err := semver.NewVersion(s)
	if err != nil {
		return ""
	}
	return v.String()
}

// Found is a file in a folder of snapshots.
type Found struct {
	Path       string
	Name       string // base name; untrusted text
	Size       int64  // bytes on the disk
	Modified   time.Time
	Format     string // snapshot, database, gzip, zstd, zip, zlib
	Compressed bool
	Revision   int64  // newest one; -1: not known without unpacking
	Version    string // storage version, "" where not known
	Integrity  etcdsource.Verdict
	Problem    string // why it cannot be opened, "" if it can
}

// List looks at the files of a folder, newest first, and returns those that are snapshots, or were meant to be: a
// damaged or empty one is listed with its Problem. It reads a few pages of each.
func List(ctx context.Context, dir string) ([]Found, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, &etcdsource.Problem{Tried: "list snapshots in " + dir, Why: disk.Why(err), Err: err}
	}
	var list []Found
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return list, err
		}
		st, err := os.Stat(filepath.Join(dir, e.Name()))
		if err != nil || !st.Mode().IsRegular() {
			continue
		}
		f := glance(filepath.Join(dir, e.Name()), st)
		if f.Format == "" && !meant(f.Name) {
			continue
		}
		list = append(list, f)
	}
	slices.SortStableFunc(list, func(a, b Found) int { return b.Modified.Compare(a.Modified) })
	return list, nil
}

// Newer is the snapshot in the folder of path with the highest revision above that one; "" for none. What is packed is left
// out, as by Previous.
func Newer(ctx context.Context, path string, revision int64) string {
	list, _ := List(ctx, filepath.Dir(path))
	best, found := revision, ""
	for _, f := range list {
		if f.Problem == "" && f.Revision > best && filepath.Base(f.Path) != filepath.Base(path) {
			best, found = f.Revision, f.Path
		}
	}
	return found
}

// meant reports whether a file is called like a snapshot.
func meant(name string) bool {
	return strings.Contains(name, ".db") || strings.Contains(name, "snapshot") || strings.HasPrefix(name, "etcd.backup")
}

func glance(path string, st os.FileInfo) Found {
	f := Found{Path: path, Name: filepath.Base(path), Size: st.Size(), Modified: st.ModTime(), Revision: -1}
	p, err := snapfile.Peek(path)
	f.Format = p.Format
	f.Compressed = p.Format != "" && p.Format != "snapshot" && p.Format != "database"
	if err != nil {
		f.Problem = err.Error()
		f.Integrity = etcdsource.Verdict{State: etcdsource.Failed, Text: reason(err)}
		return f
	}
	f.Revision, f.Version = p.Revision, p.Version
	f.Integrity.Text = "not checked yet"
	if f.Format == "database" {
		f.Integrity.Text = "the file carries no checksum"
	}
	return f
}

// reason is what is wrong, without what was tried.
func reason(err error) string {
	if p, ok := err.(*etcdsource.Problem); ok {
		return p.Why
	}
	return err.Error()
}

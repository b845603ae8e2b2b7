package backup

import (
	"context"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

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
	table := crc32.MakeTable(crc32.Castagnoli)
	sum := uint32(0)
	err = src.Walk(ctx, func(bucket string, k, v []byte) error {
		if k == nil {
			sum = crc32.Update(sum, table, []byte(bucket))
			return nil
		}
		sum = crc32.Update(crc32.Update(sum, table, k), table, v)
		return nil
	})
	if err != nil {
		return SnapshotStatus{}, fmt.Errorf("read %s: %w", path, err)
	}
	if a, err := archive.Describe(path); err == nil && a.Deltas > 0 {
		info.Behind.Text = fmt.Sprintf("these are the figures of the full snapshot %s, without the %d delta snapshots that follow it, up to revision %d", filepath.Base(a.File), a.Deltas, a.Revision)
	}
	return SnapshotStatus{Hash: sum, Revision: info.Revision, TotalKey: info.Keys, TotalSize: info.DBSize, Version: info.Version, Behind: info.Behind.Text}, nil
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

package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/archive"
	"github.com/etcdscope/etcdscope/etcdsource/regular"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/verdicts"
)

// Shelf is the backups of this machine, and what is known of them.
type Shelf struct {
	Verdicts *verdicts.Store // nil keeps none
	// UID returns the uid of the namespace that a stored value holds, "" where it cannot be read.
	UID func(value []byte) string
	// Written returns the newest time that a stored object says it was written at, zero where it says none; it may be nil.
	Written func(key, value []byte) time.Time
	// Noted returns when backups in a folder were made, as schedules note there, by their names below it; it may be nil.
	Noted func(dir string) map[string]Noted
}

// Noted is what a schedule notes of a backup.
type Noted struct {
	Cluster  string // the ID of the etcd cluster, in hex
	UID      string // of the namespace kube-system; of a delta snapshot that of its full one; "" where not known
	Made     time.Time
	Bytes    int64
	Tail     string // its last 32 bytes, in hex
	SHA256   string // of all bytes, in hex; "" where that is not noted
	Verified bool   // it was, when it was made
}

// Newest returns the newest verified backup of a cluster, as verdicts.Store does.
func (s *Shelf) Newest(cluster string) (etcdsource.Backup, bool) { return s.Verdicts.Newest(cluster) }

// Keep notes what the backup at path is, before it is verified, and returns what keeps the verdict on it. Of that Backup
// only what a verification finds is read. Errors are *etcdsource.Problem, or the context's.
func (s *Shelf) Keep(path string) func(context.Context, etcdsource.Backup) error {
	place := placeOf(path)
	if about, err := archive.Describe(path); err == nil && about.Deltas > 0 {
		return func(context.Context, etcdsource.Backup) error { return nil } // no one file, and it grows
	}
	id, err := verdicts.Identify(place)
	if err != nil {
		return func(context.Context, etcdsource.Backup) error { return nil } // opening it says why
	}
	was, kept := s.Verdicts.Kept(id)
	return func(ctx context.Context, b etcdsource.Backup) error {
		about := known(id.Path, id)
		if kept && was.TimeFrom == fromBackup && b.TimeFrom != fromBackup { // it was saved here
			b.Time, b.TimeFrom = was.Time, was.TimeFrom
		}
		b.Format, b.Name = about.Format, about.Name
		at := b.Time
		if b.Modified = about.Modified; b.TimeFrom != fromBackup || about.TimeFrom == fromBackup {
			b.Time, b.TimeFrom = about.Time, about.TimeFrom
		}
		if b.TimeFrom == fromFile {
			datedBy(&b, at)
			_, newest := snapfile.Sample(id.Path)
			s.doubt(&b, newest)
		}
		if now, err := verdicts.Identify(id.Path); b.Format == string(archive.DataDir) && (err != nil || now != id) {
			return nil // of a member that runs
		}
		if id.Trailer == "" && b.Format != string(archive.DataDir) && b.SHA256 == "" {
			if b.SHA256, err = sum(ctx, id.Path); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				return &etcdsource.Problem{Tried: "keep the verdict on " + id.Path, Why: regular.Fault(err), Err: err}
			}
		}
		return s.Verdicts.Keep(id, b)
	}
}

// Saved keeps the verdict on a snapshot that was saved, and verified with that. What was saved of a stopped member is as old
// as the newest sign of life in it; what a running member has sent was made now.
func (s *Shelf) Saved(ctx context.Context, r *Result) error {
	b := etcdsource.Backup{Time: time.Now(), TimeFrom: fromBackup, Revision: r.Revision, Keys: r.Keys, Cluster: s.uid(r.System), Verdict: etcdsource.BackupVerified, Checked: time.Now(), SHA256: r.SHA256}
	if r.Member == "" {
		_, newest := snapfile.Sample(r.Path)
		b.Time, b.TimeFrom = s.newest(newest, b.Time), ""
	}
	return s.Keep(r.Path)(ctx, b)
}

func (s *Shelf) uid(value []byte) string {
	if s.UID == nil || len(value) == 0 {
		return ""
	}
	return s.UID(value)
}

// placeOf returns where a backup is listed: the file, of the folder of one backup that in it, and of a member's database
// its data directory.
func placeOf(path string) string {
	file := path
	if about, err := archive.Describe(path); err == nil && about.Deltas == 0 {
		file = about.File
	}
	if abs, err := filepath.Abs(file); err == nil {
		file = abs
	}
	if dir, ok := strings.CutSuffix(filepath.ToSlash(file), "/member/snap/db"); ok && dir != "" {
		return filepath.FromSlash(dir)
	}
	return file
}

// sum is the sha256 of a file, in hex.
func sum(ctx context.Context, path string) (string, error) {
	f, err := regular.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	for {
		switch _, err := io.CopyN(h, f, hashStep); {
		case errors.Is(err, io.EOF):
			return hex.EncodeToString(h.Sum(nil)), nil
		case err != nil:
			return "", err
		case ctx.Err() != nil:
			return "", ctx.Err()
		}
	}
}

// hashStep is how often the context is looked at, in bytes.
const hashStep = 4 << 20

// systemSuffix ends the key of the namespace kube-system, whatever the root of the keys is.
const systemSuffix = "/namespaces/kube-system"

// system returns the value of the namespace kube-system, nil where there is none.
func system(ctx context.Context, src *snapfile.Source) ([]byte, error) {
	value, err := archive.Ending(ctx, src, systemSuffix)
	if err != nil {
		return nil, fmt.Errorf("read the namespace kube-system: %w", err)
	}
	return value, nil
}

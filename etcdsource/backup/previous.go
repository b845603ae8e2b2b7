package backup

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"

	"github.com/etcdscope/etcdscope/etcdsource/archive"
)

// maxPrevious is how many snapshots before one are named at most. Each may have to be unpacked.
const maxPrevious = 4

// Previous are the snapshots in the folder of path that may have been made before it, the newest first, at most four:
// those whose newest revision is below that one. Which revision a packed one ends with is not known: it takes its place by
// the time of its last change, where that is not after the one of path. Of a folder of a full snapshot and deltas it is the folder of the
// full one. The caller compares its revision when it has opened it.
func Previous(ctx context.Context, path string, revision int64) []string {
	if about, err := archive.Describe(path); err == nil && about.Format == archive.GardenerFull { // of a folder: those beside the full snapshot in it
		path = about.File
	}
	own, err := os.Stat(path)
	if err != nil {
		return nil
	}
	list, _ := List(ctx, filepath.Dir(path))
	var plain, packed []Found
	for _, f := range list {
		switch st, err := os.Stat(f.Path); {
		case err != nil || f.Problem != "" || os.SameFile(st, own):
		case !f.Compressed && f.Revision > 0 && f.Revision < revision:
			plain = append(plain, f)
		case f.Compressed && !f.Modified.After(own.ModTime()):
			packed = append(packed, f)
		}
	}
	slices.SortStableFunc(plain, func(a, b Found) int { return cmp.Compare(b.Revision, a.Revision) })
	slices.SortStableFunc(packed, func(a, b Found) int {
		return cmp.Or(b.Modified.Compare(a.Modified), cmp.Compare(b.Name, a.Name))
	})
	return newest(plain, packed)
}

// newest merges two sorted lists by the times of their files, and returns the first.
func newest(plain, packed []Found) (out []string) {
	for len(plain)+len(packed) > 0 && len(out) < maxPrevious {
		from := &plain
		if len(plain) == 0 || len(packed) > 0 && packed[0].Modified.After(plain[0].Modified) {
			from = &packed
		}
		out = append(out, (*from)[0].Path)
		*from = (*from)[1:]
	}
	return out
}

package archive

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// gardenerFile is a file that is named as Gardener names its snapshots.
type gardenerFile struct {
	gardenerName
	Path string
}

// below are the folders that etcd-backup-restore makes: that of its layout, that of one backup in the first of these, and
// around them that of the etcd which holds the objects (beside etcd-events).
var below = regexp.MustCompile(`^(v1|v2|Backup-\d+|etcd-main)$`)

const (
	maxDepth = 3       // below the folder of a cluster: etcd-main/v1/Backup-1518427675
	maxFiles = 100_000 // that are looked at in a folder
)

// gardenerFiles returns the snapshots of Gardener in a folder, in no order.
func gardenerFiles(dir string, depth int) (list []gardenerFile) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, e := range entries[:min(len(entries), maxFiles)] {
		path := filepath.Join(dir, e.Name())
		n, named := parseGardener(e.Name())
		switch {
		case named && e.IsDir(): // the chunks of an upload that is not complete
		case named:
			list = append(list, gardenerFile{n, path})
		case e.IsDir() && depth > 0 && below.MatchString(e.Name()):
			list = append(list, gardenerFiles(path, depth-1)...)
		}
	}
	return list
}

// chain returns the newest full snapshot in a folder of Gardener's, "" for none, and the delta snapshots that follow it,
// in order; ok is false for another folder. As etcd-backup-restore does, it goes by the revisions in the names.
func chain(dir string) (full string, deltas []gardenerFile, ok bool) {
	return chainOf(gardenerFiles(dir, maxDepth))
}

// chainOf does so with a list of files.
func chainOf(list []gardenerFile) (full string, deltas []gardenerFile, ok bool) {
	base := gardenerFile{}
	for _, f := range list {
		if !f.Delta && (full == "" || cmp.Or(cmp.Compare(f.Last, base.Last), f.Time.Compare(base.Time)) > 0) {
			full, base = f.Path, f
		}
	}
	return full, following(list, base), len(list) > 0
}

// following returns the delta snapshots of a list that reach beyond a full one, in order.
func following(list []gardenerFile, full gardenerFile) (deltas []gardenerFile) {
	for _, f := range list {
		if f.Delta && f.Last > full.Last {
			deltas = append(deltas, f)
		}
	}
	slices.SortFunc(deltas, func(a, b gardenerFile) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Last, b.Last), a.Time.Compare(b.Time))
	})
	return deltas
}

package archive

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// backupName are names of files that may be backups whose format no name says.
var backupName = regexp.MustCompile(`(?i)(^|/)[^/]*(\.db|snapshot|etcd)[^/]*(\.gz|\.zst|\.zlib|\.zip|\.tar|\.tgz|\.db)?$`)

// Named says what a backup is by its name alone, with slashes: an object in a bucket. ok is false where it is not named like one.
func Named(name string) (a About, ok bool) {
	base, dir := path.Base(name), path.Dir(name)
	a = About{Format: Etcd, File: name}
	n, gardener := parseGardener(base)
	node, at, k3s := parseK3s(base)
	switch {
	case gardener:
		a.Format, a.Time, a.Revision = GardenerFull, n.Time, n.Last
		if n.Delta {
			a.Format = GardenerDelta
		}
	case base == kopsFile:
		a.Format, a.Time = KOps, stamp(path.Base(dir))
		if list := strings.Split(dir, "/"); len(list) >= 5 && list[len(list)-4] == "backups" {
			a.Cluster = list[len(list)-5]
		}
	case strings.HasPrefix(base, "snapshot_") && !stamp(base).IsZero():
		a.Format, a.Time = OpenShift, stamp(base)
	case strings.HasPrefix(base, "k0s_backup_"):
		a.Format, a.Time = K0s, stamp(base)
	case k3s && node != "":
		a.Format, a.Node, a.Time = K3s, node, at
	case strings.HasSuffix(base, ".sha256"), strings.HasPrefix(base, "static_kuberesources_"), base == kopsMetaFile, strings.HasSuffix(base, ".json"):
		return About{}, false
	case !backupName.MatchString(name):
		return About{}, false
	default:
		a.Time = ownTime(base)
	}
	return a, true
}

// Needed returns which of the files in a folder Open reads, by their names below it, with slashes: of Gardener's snapshots the
// newest full one and the delta snapshots that follow it, else the one backup that is there, each with what belongs to it. backups is
// how many there are, where Open would not know which one is meant.
func Needed(names []string) (list []string, backups int) {
	var snapshots []gardenerFile
	for _, name := range names {
		if n, ok := parseGardener(path.Base(name)); ok && madeBelow(path.Dir(name)) {
			snapshots = append(snapshots, gardenerFile{n, name})
		}
	}
	if full, deltas, ok := chainOf(snapshots); ok {
		if full != "" {
			list = append(list, full)
		}
		for _, d := range deltas {
			list = append(list, d.Path)
		}
		return list, 1
	}
	for _, name := range names {
		if _, ok := Named(name); ok {
			list = append(list, name)
		}
	}
	if len(list) != 1 {
		return nil, len(list)
	}
	for _, name := range names {
		if slices.Contains(Beside(list[0]), name) {
			list = append(list, name)
		}
	}
	return list, 1
}

// madeBelow reports whether a folder is one that etcd-backup-restore makes.
func madeBelow(dir string) bool {
	if dir == "." {
		return true
	}
	parts := strings.Split(dir, "/")
	return len(parts) <= maxDepth && !slices.ContainsFunc(parts, func(p string) bool { return !below.MatchString(p) })
}

// Beside returns the names of what may lie beside a backup and belongs to it: what kOps notes of it, and the resources of
// OpenShift's static pods with the configuration of the encryption.
func Beside(name string) []string {
	dir, base := path.Split(name)
	switch rest, ok := strings.CutPrefix(base, snapshotPrefix); {
	case base == kopsFile:
		return []string{dir + kopsMetaFile}
	case ok:
		return []string{dir + staticPrefix + strings.TrimSuffix(rest, ".db") + staticSuffix}
	}
	return nil
}

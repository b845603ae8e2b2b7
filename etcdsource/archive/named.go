package archive

import (
	"path"
	"regexp"
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
	}
	return a, true
}

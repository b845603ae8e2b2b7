package archive

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// Format is what wrote a backup, as the command line names it.
type Format string

// The formats of backups. Etcd is a file of etcdctl, of Talos and of kubespray, and for any other snapshot,
// packed or not, whose writer is not known.
const (
	Etcd          Format = "etcd"
	K3s           Format = "k3s" // and RKE2
	KOps          Format = "kops"
	OpenShift     Format = "openshift"
	K0s           Format = "k0s"
	GardenerFull  Format = "gardener-full"
	GardenerDelta Format = "gardener-delta"
	DataDir       Format = "data-dir"
)

// About is what is known of a backup without reading it. Texts are untrusted.
type About struct {
	Format  Format
	File    string    // the file that holds the data: the path itself, or one below it; a folder where that is delta snapshots alone
	Cluster string    // the name of its cluster; "" where neither a name nor metadata says it
	Node    string    // that wrote it, "" where not known
	Time    time.Time // when it was made; zero where neither a name nor metadata says it
	// Revision is the newest one, as its name says: a full snapshot of Gardener may hold a few more. 0 where not known.
	Revision int64
	Deltas   int    // delta snapshots in a folder of Gardener's that follow its newest full one
	Version  string // of the etcd that wrote it, as metadata says; "" where not known
}

// Names of files and folders.
const (
	kopsFile      = "etcd.backup.gz"
	kopsMetaFile  = "_etcd_backup.meta"
	k3sMetaFolder = ".metadata"
)

// Describe says what a path is: a file, or the folder of one backup, of Gardener's backups, or of a member's data. It
// reads names, small files with metadata, and the first bytes of a packed file whose name says nothing. Whether what it
// names can be read is not checked: damage and other content are for those who open it. Errors are those of the file
// system, and *etcdsource.Problem for a folder that is no backup.
func Describe(path string) (About, error) {
	st, err := os.Stat(path)
	switch {
	case err != nil:
		return About{}, err
	case !st.IsDir():
		return describeFile(path), nil
	}
	if full, deltas, ok := chain(path); ok {
		return describeChain(path, full, deltas), nil
	}
	file, err := snapfile.Locate(path)
	if err != nil {
		return About{}, err
	}
	return describeFile(file), nil
}

// describeChain describes a folder of Gardener's.
func describeChain(path, full string, deltas []gardenerFile) About {
	a := About{Format: GardenerDelta, File: path, Deltas: len(deltas)}
	switch {
	case full != "":
		a = describeFile(full)
		a.Deltas = len(deltas)
	case len(deltas) > 0:
		a.Cluster = gardenerCluster(deltas[0].Path)
	}
	if len(deltas) > 0 {
		last := deltas[len(deltas)-1]
		a.Revision, a.Time = last.Last, last.Time
	}
	return a
}

func describeFile(path string) About {
	a := About{Format: Etcd, File: path}
	dir, base := filepath.Split(absolute(path))
	dir = filepath.Clean(dir)
	if n, ok := parseGardener(base); ok {
		a.Format, a.Cluster, a.Time, a.Revision = GardenerFull, gardenerCluster(path), n.Time, n.Last
		if n.Delta {
			a.Format = GardenerDelta
		}
		return a
	}
	meta, hasMeta := kopsMeta{}, false
	if strings.HasPrefix(base, "etcd.backup.") {
		meta, hasMeta = readKops(dir)
	}
	switch k3s, hasK3s := readK3s(path); {
	case base == "db" && filepath.Base(dir) == "snap":
		a.Format = DataDir
	case hasMeta || base == kopsFile:
		a.Format, a.Cluster, a.Version = KOps, kopsCluster(dir), meta.Version
		a.Time = firstTime(meta.Timestamp, stamp(filepath.Base(dir)))
	case strings.HasPrefix(base, "snapshot_") && !stamp(base).IsZero():
		a.Format, a.Time = OpenShift, stamp(base)
	case strings.HasPrefix(base, "k0s_backup_"):
		a.Format, a.Time = K0s, stamp(base)
	case hasK3s || inK3sFolder(dir):
		node, at, _ := parseK3s(base)
		a.Format, a.Node, a.Time = K3s, cmp.Or(k3s.Node, node), firstTime(k3s.Created, at)
	default:
		a = byContent(a, dir, base)
		a.Time = firstTime(a.Time, ownTime(base))
	}
	return a
}

// byContent looks at what is packed where names do not say enough.
func byContent(a About, dir, base string) About {
	node, at, named := parseK3s(base)
	b, err := snapfile.Head(a.File)
	switch {
	case err != nil:
	case snapfile.IsDelta(b.Bytes):
		a.Format = GardenerDelta
		return a
	case b.Tar:
		a.Format = K0s
		return a
	case named && b.Member != "" && b.Member+".zip" == base: // k3s packs a snapshot under its own name
		node = cmp.Or(node, "?")
	}
	switch {
	case named && node != "":
		a.Format, a.Node, a.Time = K3s, strings.TrimPrefix(node, "?"), at
	case base == "snapshot.db":
		a.Time = stamp(filepath.Base(dir))
	}
	return a
}

// inK3sFolder reports whether a folder is the one where k3s and RKE2 put snapshots by default.
func inK3sFolder(dir string) bool {
	return strings.HasSuffix(filepath.ToSlash(dir), "/server/db/snapshots")
}

// firstTime returns the first time that is not zero.
func firstTime(list ...time.Time) time.Time {
	if i := slices.IndexFunc(list, func(t time.Time) bool { return !t.IsZero() }); i >= 0 {
		return list[i]
	}
	return time.Time{}
}

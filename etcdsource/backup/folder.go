package backup

import (
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/archive"
)

// FolderOf returns the folder in which the other backups lie, where a file or folder is opened: around the folder of one
// backup, around that of a schedule with deltas, beside the data directory of k3s and RKE2, else the folder of the file.
func FolderOf(file string) string {
	if etcdsource.IsBucket(file) {
		return bucketOf(file)
	}
	place := placeOf(file)
	st, err := os.Stat(place)
	switch base := filepath.Base(place); {
	case err != nil:
		return "."
	case st.IsDir():
		if beside := filepath.Join(filepath.Dir(place), "snapshots"); isDataDir(place) && isFolder(beside) {
			return beside
		}
		return aroundDeltas(place)
	case base == "etcd.backup.gz" || base == "snapshot.db":
		return filepath.Dir(filepath.Dir(place))
	}
	return aroundDeltas(filepath.Dir(place))
}

// aroundDeltas returns the folder with the index of a schedule where one has made what is in a folder, else that folder.
func aroundDeltas(dir string) string {
	if up := filepath.Dir(dir); filepath.Base(dir) == deltaFolder && isFolder(filepath.Join(up, scheduleFolder)) {
		return up
	}
	return dir
}

// A schedule keeps its index in one folder, and full snapshots with their deltas in another one beside that.
const (
	scheduleFolder = ".etcdscope"
	deltaFolder    = "v2"
)

// bucketOf does so for what lies in a bucket.
func bucketOf(name string) string {
	rest := strings.Trim(strings.TrimPrefix(name, etcdsource.BucketScheme), "/")
	switch about, ok := archive.Named(rest); {
	case !ok || !strings.Contains(rest, "/"):
	case about.Format == archive.KOps && strings.Count(rest, "/") > 1:
		rest = path.Dir(path.Dir(rest))
	default:
		rest = path.Dir(rest)
	}
	return etcdsource.BucketScheme + rest
}

func isFolder(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
}

// usual are where distributions put backups, beside what lies next to a member's data directory.
var usual = map[string]string{"openshift": "/home/core/assets/backup"}

// FolderOn returns where the distribution of a member on this machine puts its backups, "" where that is not known or not
// there.
func FolderOn(distribution, dataDir string) string {
	for _, dir := range []string{filepath.Join(filepath.Dir(filepath.Clean(dataDir)), "snapshots"), usual[distribution]} {
		if dataDir != "" && dir != "" && isFolder(dir) {
			return dir
		}
	}
	return ""
}

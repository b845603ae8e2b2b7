package backup

import (
	"os"
	"path/filepath"
)

// FolderOf returns the folder in which the other backups lie, where a file or folder is opened: around the folder of one
// backup, beside the data directory of k3s and RKE2, else the folder of the file.
func FolderOf(path string) string {
	place := placeOf(path)
	st, err := os.Stat(place)
	switch base := filepath.Base(place); {
	case err != nil:
		return "."
	case st.IsDir():
		if beside := filepath.Join(filepath.Dir(place), "snapshots"); isDataDir(place) && isFolder(beside) {
			return beside
		}
		return place
	case base == "etcd.backup.gz" || base == "snapshot.db":
		return filepath.Dir(filepath.Dir(place))
	}
	return filepath.Dir(place)
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

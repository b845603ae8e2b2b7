package backup

import (
	"os"
	"path/filepath"
	"testing"
)

// TestFolderOfDeltas: of a full snapshot with deltas that a schedule made, the folder with the index of the schedule is listed; of one of
// Gardener's own, its folder.
func TestFolderOfDeltas(t *testing.T) {
	t.Parallel()
	for _, own := range []bool{true, false} {
		dir := t.TempDir()
		file := filepath.Join(dir, "v2", "Full-00000000-00000007-1767366245")
		err := os.Mkdir(filepath.Dir(file), 0o700)
		if err == nil {
			err = os.WriteFile(file, []byte("x"), 0o600)
		}
		if err == nil && own {
			err = os.Mkdir(filepath.Join(dir, ".etcdscope"), 0o700)
		}
		if err != nil {
			t.Fatal(err)
		}
		want := filepath.Dir(file)
		if own {
			want = dir
		}
		for _, opened := range []string{file, filepath.Dir(file)} {
			if got := FolderOf(opened); got != want {
				t.Errorf("made by a schedule: %v: %s of %s", own, got, opened)
			}
		}
	}
}

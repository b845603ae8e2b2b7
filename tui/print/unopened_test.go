package print

import (
	"path/filepath"
	"testing"
)

// TestUnopened: a folder that is not one backup is not called damaged; a file is, and so is what is not there.
func TestUnopened(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for path, want := range map[string]string{dir: "this folder is not one backup", filepath.Join(dir, "none"): "the file is damaged, or no snapshot"} {
		if w := unopened(path, "why"); w.Text != want || !w.Stop || w.Detail != "why" {
			t.Errorf("%s: %+v", path, w)
		}
	}
}

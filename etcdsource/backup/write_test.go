package backup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestWriteNew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.diff")
	if err := WriteNew(path, []byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := WriteNew(path, []byte("two")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("writing over a file ends in %v", err)
	}
	link := path + ".link"
	if err := os.Symlink(path+".nowhere", link); err != nil {
		t.Fatal(err)
	}
	if err := WriteNew(link, []byte("three")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("writing through a link ends in %v", err)
	}
	st, err := os.Stat(path)
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", st, err)
	}
	if b, _ := os.ReadFile(path); string(b) != "one" {
		t.Errorf("the file holds %q", b)
	}
}

package verdicts

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/regular"
)

// Identity tells a file from another one, and from what it was before it was changed, without reading it.
type Identity struct {
	Path     string // absolute, without links
	Size     int64  // bytes, of a folder those of all files in it
	Modified time.Time
	Trailer  string // the sha256 in hex that etcd writes behind a snapshot; "" where none follows
}

// mostFiles is how many files of a folder make up its identity at most; deepest is how far below it they may lie.
const (
	mostFiles = 10_000
	deepest   = 4
)

// trailerSize is that of a sha256, pageSize what the size of a database is a multiple of, both in bytes.
const (
	trailerSize = 32
	pageSize    = 512
)

var errMany = errors.New("it holds too many files")

// Identify looks at a file, or at the files of a folder. It reads at most a trailer.
func Identify(path string) (Identity, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return Identity{}, err
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return Identity{}, err
	}
	st, err := os.Stat(path)
	if err != nil {
		return Identity{}, err
	}
	id := Identity{Path: path, Size: st.Size(), Modified: st.ModTime()}
	if st.IsDir() {
		err = id.folder()
		return id, err
	}
	if !st.Mode().IsRegular() {
		f, err := regular.Open(path) // says what it is
		if err == nil {
			f.Close()
		}
		return id, err
	}
	if st.Size()%pageSize == trailerSize {
		id.Trailer, err = trailer(path, st.Size())
	}
	return id, err
}

func trailer(path string, size int64) (string, error) {
	f, err := regular.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	var b [trailerSize]byte
	if _, err := f.ReadAt(b[:], size-trailerSize); err != nil {
		return "", err
	}
	return hex.EncodeToString(b[:]), nil
}

// folder adds up the files of a folder.
func (id *Identity) folder() error {
	id.Size = 0
	n := 0
	return filepath.WalkDir(id.Path, func(path string, e fs.DirEntry, err error) error {
		if n++; err != nil || n > mostFiles {
			return errors.Join(err, errIf(n > mostFiles))
		}
		if e.IsDir() && depth(id.Path, path) > deepest {
			return fs.SkipDir
		}
		if !e.Type().IsRegular() {
			return nil
		}
		st, err := e.Info()
		if err != nil {
			return err
		}
		id.Size += st.Size()
		if st.ModTime().After(id.Modified) {
			id.Modified = st.ModTime()
		}
		return nil
	})
}

func errIf(many bool) error {
	if many {
		return errMany
	}
	return nil
}

// depth is how many folders lie between two paths, the second of which is below the first.
func depth(root, path string) int {
	n := 0
	for path != root && len(path) > len(root) {
		path = filepath.Dir(path)
		n++
	}
	return n
}

// same reports whether nothing says that the file was changed.
func (id Identity) same(o Identity) bool {
	return id.Path == o.Path && id.Size == o.Size && id.Modified.Equal(o.Modified) && id.Trailer == o.Trailer
}

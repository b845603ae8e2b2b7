package backup

import (
	"errors"
	"io/fs"
	"os"
)

// WriteNew writes data into a file that must not exist, readable by its owner only. Nothing is left behind when it fails.
func WriteNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return problem(path, "something of that name exists", "choose another name", err)
	case err != nil:
		return problem(path, "cannot write there: "+plain(err), "", err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err != nil {
		os.Remove(path)
		return problem(path, plain(err), "", err)
	}
	return nil
}

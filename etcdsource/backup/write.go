package backup

import (
	"errors"
	"io/fs"
	"os"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
)

// WriteNew writes data into a file that must not exist, readable by its owner only. Nothing is left behind when it fails.
func WriteNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return writeProblem(path, "something of that name exists", "choose another name", err)
	case err != nil:
		return writeProblem(path, "cannot write there: "+disk.Why(err), disk.Do(err, elsewhere), err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err != nil {
		os.Remove(path)
		return writeProblem(path, disk.Why(err), disk.Do(err, elsewhere), err)
	}
	return nil
}

func writeProblem(path, why, do string, err error) error {
	return &etcdsource.Problem{Tried: "write " + path, Why: why, Do: do, Err: err}
}

package snapfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// What helps against a file that cannot be opened.
const (
	trySnapshot = "give a snapshot as etcdctl snapshot save writes it, packed or not, or a member's data dir"
	tryPath     = "check the path"
	tryCopy     = "copy it again from where it was saved"
)

// problem is an error about the file as a whole.
func problem(path, why, do string, err error) *etcdsource.Problem {
	if do == "" && !strings.Contains(why, "; ") {
		do = trySnapshot
	}
	return &etcdsource.Problem{Tried: "open snapshot " + path, Why: why, Do: do, Err: err, Partly: do == trySalvage}
}

// Locate returns the file behind path: itself, the database of the member whose data dir it is, or the one snapshot in the
// folder of a backup. Errors are those of Open.
func Locate(path string) (string, error) {
	file, _, err := locate(path)
	return file, err
}

// locate returns the regular file behind path: itself, the database of the member whose data dir it is, or the one
// snapshot in the folder of a backup, as those of OpenShift (snapshot_TIME.db), kubespray (snapshot.db) and kOps
// (etcd.backup.gz) are.
func locate(path string) (string, fs.FileInfo, error) {
	st, err := os.Stat(path)
	if err != nil {
		return path, nil, statProblem(path, err)
	}
	if !st.IsDir() {
		return path, st, regular(path, st.Mode())
	}
	for _, below := range []string{"member/snap/db", "snap/db", "db"} {
		file := filepath.Join(path, filepath.FromSlash(below))
		st, err := os.Stat(file)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
			continue
		case err != nil:
			return path, nil, statProblem(file, err)
		}
		return file, st, regular(file, st.Mode())
	}
	return backupIn(path)
}

// backupIn returns the one snapshot in the folder of a backup.
func backupIn(path string) (string, fs.FileInfo, error) {
	var found []string
	files, err := os.ReadDir(path)
	if err != nil {
		return path, nil, statProblem(path, err)
	}
	for _, f := range files {
		n := f.Name()
		if n == "etcd.backup.gz" || n == "etcd.backup.tgz" || n == "snapshot.db" || strings.HasPrefix(n, "snapshot_") && strings.HasSuffix(n, ".db") {
			found = append(found, filepath.Join(path, n))
		}
	}
	why, do := "it is a folder without member/snap/db, so no data directory of an etcd member, and not the folder of one backup", "give a snapshot file or the data directory (often /var/lib/etcd); etcdscope snapshot list names the backups in it and below it, etcdscope snapshot history when an object changed in them"
	switch len(found) {
	case 1:
		st, err := os.Stat(found[0])
		if err != nil {
			return path, nil, statProblem(found[0], err)
		}
		return found[0], st, regular(found[0], st.Mode())
	case 0:
	default:
		why, do = fmt.Sprintf("it is a folder of %d snapshots", len(found)), "give one of them"
	}
	return path, nil, &etcdsource.Problem{Tried: "open folder " + path, Why: why, Do: do, Err: fs.ErrNotExist}
}

func statProblem(path string, err error) error {
	switch {
	case path == "-":
		return problem(path, "standard input is not read: a snapshot is not read in one go", "write it to a file first and open that", err)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return problem(path, "there is no such file", tryPath, err)
	case errors.Is(err, fs.ErrPermission):
		return problem(path, "no permission to read it", "try again with sudo, or copy the file to where you may read it", err)
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return problem(path, err.Error(), "", err)
}

// regular refuses what is no file, before it is opened: a FIFO would block and a device may do anything.
func regular(path string, m fs.FileMode) error {
	kind := ""
	switch {
	case m.IsRegular():
		return nil
	case m&fs.ModeNamedPipe != 0:
		kind = "a named pipe"
	case m&fs.ModeSocket != 0:
		kind = "a socket"
	case m&fs.ModeDevice != 0:
		kind = "a device"
	case m.IsDir():
		kind = "a folder"
	default:
		kind = "something else (" + strings.TrimRight(m.String(), "-rwx") + ")"
	}
	do := ""
	if m&fs.ModeNamedPipe != 0 {
		do = "a snapshot is not read in one go; write it to a file first and open that"
	}
	return problem(path, "it is "+kind+", not a file", do, nil)
}

// openFile opens the file for reading, without ever waiting, and returns its size and its first bytes.
func openFile(path string) (f *os.File, size int64, head []byte, err error) {
	f, err = os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, 0, nil, statProblem(path, err)
	}
	st, err := f.Stat()
	if err == nil {
		err = regular(path, st.Mode())
	}
	if err == nil && st.Size() == 0 {
		err = problem(path, "the file is empty", tryCopy, nil)
	}
	if err == nil {
		head, err = readHead(f, st.Size())
		if err != nil {
			err = problem(path, "cannot read it: "+plain(err), "", err)
		}
	}
	if err != nil {
		f.Close()
		return nil, 0, nil, err
	}
	return f, st.Size(), head, nil
}

func readHead(r io.ReaderAt, size int64) ([]byte, error) {
	head := make([]byte, min(size, sniffBytes))
	n, err := r.ReadAt(head, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return head[:n], err
}

// plain is an error's text without the path that the message names already.
func plain(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// lock takes the shared lock that bbolt's readers take, without waiting. A running etcd holds the exclusive one. File
// systems without locks are read all the same.
func lock(f *os.File, path string) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return problem(path, "it is in use by a running etcd", fmt.Sprintf("open it with --endpoints, or copy it first (cp %s /tmp) and open the copy", path), err)
	}
	return nil
}

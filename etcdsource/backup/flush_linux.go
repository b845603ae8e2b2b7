package backup

import (
	"os"

	"golang.org/x/sys/unix"
)

// flush asks the kernel to begin to write a part of a file to the disk. A file system that does not know this writes it at
// the sync.
func flush(f *os.File, from, n int64) {
	_ = unix.SyncFileRange(int(f.Fd()), from, n, unix.SYNC_FILE_RANGE_WRITE)
}

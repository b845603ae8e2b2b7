package discover

import "syscall"

// procMagic is the type of the proc file system.
const procMagic = 0x9fa0

// isProc reports whether a folder belongs to the kernel's process table, not to a copy of one.
func isProc(dir string) bool {
	var st syscall.Statfs_t
	return syscall.Statfs(dir, &st) == nil && st.Type == procMagic
}

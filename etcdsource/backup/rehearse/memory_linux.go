package rehearse

import "syscall"

// The file systems that keep their files in memory, by the numbers of statfs(2).
const (
	tmpfs = 0x01021994
	ramfs = 0x858458f6
)

func inMemory(st *syscall.Statfs_t) bool { return uint32(st.Type) == tmpfs || uint32(st.Type) == ramfs }

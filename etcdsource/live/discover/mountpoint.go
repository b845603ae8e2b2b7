package discover

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// mountPoint reports whether something is mounted on a folder: it then has another device than the folder above it, or is
// listed, as a part of the same device that is mounted there.
func mountPoint(dir string) bool {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return false
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return false
	}
	var own, up syscall.Stat_t
	if syscall.Stat(dir, &own) != nil || syscall.Stat(filepath.Dir(dir), &up) != nil {
		return false
	}
	if own.Dev != up.Dev {
		return true
	}
	b, err := os.ReadFile("/proc/self/mountinfo")
	return err == nil && listed(string(b), dir)
}

// octal undoes how the kernel writes what would end a field.
var octal = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)

// listed reports whether a folder is a mount point in the text of a mountinfo.
func listed(mountinfo, dir string) bool {
	for line := range strings.Lines(mountinfo) {
		if fields := strings.Fields(line); len(fields) > 4 && octal.Replace(fields[4]) == dir {
			return true
		}
	}
	return false
}

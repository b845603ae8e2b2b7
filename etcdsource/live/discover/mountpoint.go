package discover

import (
	"os"
	"path/filepath"
	"slices"
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

// mounted is a line of a mountinfo, see proc_pid_mountinfo(5): a folder of a file system, and where it is mounted.
type mounted struct{ device, folder, at, kind string }

// mountTable reads the text of a mountinfo.
func mountTable(text string) (out []mounted) {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		dash := slices.Index(fields, "-")
		if len(fields) < 5 {
			continue
		}
		m := mounted{device: fields[2], folder: octal.Replace(fields[3]), at: octal.Replace(fields[4])}
		if dash > 4 && dash+1 < len(fields) {
			m.kind = fields[dash+1]
		}
		out = append(out, m)
	}
	return out
}

// under returns what of a path lies below a folder, and whether it does.
func under(path, folder string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, strings.TrimSuffix(folder, "/"))
	return rest, ok && (rest == "" || rest[0] == '/')
}

// listed reports whether a folder is a mount point in the text of a mountinfo.
func listed(mountinfo, dir string) bool {
	return slices.ContainsFunc(mountTable(mountinfo), func(m mounted) bool { return m.at == dir })
}

// outside returns the paths at which the node may have what a container has at a path: by the file system that is mounted there, and by
// what of it the node has mounted. What is in the container's own layers is nowhere on the node once the container has ended.
func outside(container, node []mounted, path string) (out []string) {
	best := -1
	for i, m := range container {
		if _, ok := under(path, m.at); ok && (best < 0 || len(m.at) >= len(container[best].at)) { // of two at one folder the later one is seen
			best = i
		}
	}
	if best < 0 || container[best].kind == "overlay" {
		return nil
	}
	m := container[best]
	rest, _ := under(path, m.at)
	for _, n := range node {
		if more, ok := under(m.folder, n.folder); ok && n.device == m.device {
			out = append(out, filepath.Join(n.at, more, rest))
		}
	}
	return out
}

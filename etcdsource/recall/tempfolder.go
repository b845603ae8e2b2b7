package recall

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
)

const (
	// reserve is the space that is left free on a disk, in bytes.
	reserve = 64 << 20
	// roomStep is how often the space is looked at while the file grows, in bytes.
	roomStep = 32 << 20
)

// place is a folder that could take the temporary file.
type place struct {
	dir    string
	free   int64 // bytes
	memory bool  // it lies in memory
	etcd   bool  // it lies on the disk of an etcd
}

// remark says what is to be known of the place, "" for nothing.
func (p *place) remark() string {
	switch {
	case p.memory:
		return "it lies in memory: no disk has room"
	case p.etcd:
		return "it lies on etcd's own disk: no other has room"
	}
	return ""
}

// fits reports whether a file of so many bytes can be written there. In memory and on etcd's own disk as much again
// must stay free.
func (p *place) fits(bytes int64) bool {
	if p.memory || p.etcd {
		bytes *= 2
	}
	return p.free-reserve >= bytes
}

// folders returns the folders that are thought of: the given one alone, else the usual ones.
func folders(given string) []string {
	if given != "" {
		return []string{given}
	}
	dirs := []string{os.TempDir(), "/var/tmp"}
	if d, err := os.UserCacheDir(); err == nil {
		dirs = append(dirs, d)
	}
	if d, err := os.Getwd(); err == nil {
		dirs = append(dirs, d)
	}
	return dirs
}

// choose returns the best of the folders for a file of so many bytes: not in memory and not on etcd's own disk, if
// there is another one with room, the first of them otherwise.
func choose(dirs, dataDirs []string, bytes int64) (place, error) {
	etcd := map[uint64]bool{}
	for _, d := range dataDirs {
		if dev, ok := device(d); ok {
			etcd[dev] = true
		}
	}
	var places []place
	for _, d := range dirs {
		if p, err := look(d); err == nil {
			dev, _ := device(d)
			p.etcd = etcd[dev]
			places = append(places, p)
		}
	}
	if len(places) == 0 {
		return place{}, problem("no folder for its temporary file can be written to", "set TMPDIR to one", nil)
	}
	rank := func(p place) int {
		n := 0
		for i, bad := range []bool{p.etcd, p.memory, !p.fits(bytes)} {
			if bad {
				n += 1 << i
			}
		}
		return n
	}
	slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(rank(a), rank(b)) })
	if p := places[0]; !p.fits(bytes) {
		roomy := slices.MaxFunc(places, func(a, b place) int { return cmp.Compare(a.free, b.free) })
		return p, problem("no folder has room for its temporary file: "+disk.Lacks(roomy.dir, bytes, reserve, roomy.free)+", the most of all", "set TMPDIR to a folder on another disk", syscall.ENOSPC)
	}
	return places[0], nil
}

// look says how a folder is. It fails where it cannot be written to.
func look(dir string) (place, error) {
	const writeAndSearch = 3
	if err := syscall.Access(dir, writeAndSearch); err != nil {
		return place{}, err
	}
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return place{}, err
	}
	return place{dir: dir, free: free(&st), memory: inMemory(&st)}, nil
}

func free(st *syscall.Statfs_t) int64 {
	return int64(min(uint64(st.Bavail), 1<<40)) * int64(st.Bsize)
}

// device returns the device that holds a folder. One that may not be looked into is judged by the folder above it.
func device(dir string) (uint64, bool) {
	for {
		st, err := os.Stat(dir)
		if err == nil {
			if s, ok := st.Sys().(*syscall.Stat_t); ok {
				return uint64(s.Dev), true
			}
			return 0, false
		}
		up := filepath.Dir(dir)
		if !errors.Is(err, fs.ErrPermission) || up == dir {
			return 0, false
		}
		dir = up
	}
}

// temporary makes a file without a name in the folder, for its owner only.
func temporary(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "etcdscope-recall-*.db") // created with mode 0600
	if err != nil {
		return nil, problem("cannot make a temporary file in "+dir+": "+disk.Why(err), disk.Do(err, disk.Temporary), err)
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, problem("cannot take the name from its temporary file: "+err.Error(), "set TMPDIR to another folder", err)
	}
	return f, nil
}

// room reports whether so many bytes more fit on the disk of the file.
func room(f *os.File, dir string, need int64) error {
	var st syscall.Statfs_t
	if syscall.Fstatfs(int(f.Fd()), &st) != nil {
		return nil
	}
	if left := free(&st); left-reserve < need {
		return problem("for the rest of its temporary file "+disk.Lacks(dir, need, reserve, left), "set TMPDIR to a folder with more space", syscall.ENOSPC)
	}
	return nil
}

func problem(why, do string, err error) error {
	return &etcdsource.Problem{Tried: "recall the whole past", Why: why, Do: do, Err: err}
}

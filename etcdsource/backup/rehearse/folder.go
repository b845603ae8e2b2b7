package rehearse

import (
	"os"
	"syscall"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
)

const (
	folderName = "etcdscope-rehearsal-" // what a scratch folder's name begins with
	ownScratch = "choose another folder with --scratch"
)

// places are the folders that scratch folders are made in: the given one alone, else the usual ones.
func places(given string) []string {
	if given != "" {
		return []string{given}
	}
	dirs := []string{os.TempDir(), "/var/tmp"}
	if d, err := os.UserCacheDir(); err == nil {
		dirs = append(dirs, d)
	}
	return dirs
}

// freeIn is the space that is free below a folder, in bytes, and whether it lies in memory. Tests replace it.
var freeIn = func(dir string) (free int64, memory bool, err error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, false, os.NewSyscallError("statfs", err)
	}
	return int64(min(uint64(st.Bavail), 1<<40)) * int64(st.Bsize), inMemory(&st), nil
}

// choose returns the first place with room for so many bytes. One in memory is taken only where it was given, and one on
// the disk of an etcd only where no other is left.
func choose(given string, avoid []string, need int64) (string, error) {
	best, most, roomy := "", int64(-1), ""
	var bad error
	for _, dir := range places(given) {
		free, memory, err := freeIn(dir)
		if err != nil {
			if bad == nil {
				bad = problem("cannot use "+dir+": "+disk.Why(err), disk.Do(err, ownScratch), err)
			}
			continue
		}
		if memory && given == "" {
			if bad == nil {
				bad = problem(dir+" lies in memory", "choose a folder on a disk with --scratch", nil)
			}
			continue
		}
		if free > most {
			most, roomy = free, dir
		}
		if free-etcdsource.KeepFree < need {
			continue
		}
		if !sameDisk(dir, avoid) {
			return dir, nil
		}
		if best == "" {
			best = dir
		}
	}
	switch {
	case best != "":
		return best, nil
	case roomy != "":
		return "", problem(disk.Lacks(roomy, need, etcdsource.KeepFree, most), ownScratch, syscall.ENOSPC)
	}
	return "", bad
}

// sameDisk reports whether a folder lies on the disk of one of the others.
func sameDisk(dir string, others []string) bool {
	own, ok := device(dir)
	for _, o := range others {
		if dev, known := device(o); ok && known && dev == own {
			return true
		}
	}
	return false
}

func device(dir string) (uint64, bool) {
	st, err := os.Stat(dir)
	if err != nil {
		return 0, false
	}
	s, ok := st.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return uint64(s.Dev), true
}

// newFolder makes a scratch folder for its owner only, and locks it.
func newFolder(dir string) (*disk.Scratch, error) {
	s, err := disk.NewScratch(dir, folderName)
	if err != nil {
		return nil, problem("cannot make a folder in "+dir+": "+disk.Why(err), disk.Do(err, ownScratch), err)
	}
	return s, nil
}

// sweep removes the scratch folders of ours that killed rehearsals have left in a place, and returns their paths. One that
// is still used, or that is another user's, stays.
func sweep(dir string) []string { return disk.SweepScratch(dir, folderName, endLimit) }

// endLimit is how long the members of a rehearsal that was killed may take to end.
const endLimit = 10 * time.Second

func problem(why, do string, err error) error {
	return &etcdsource.Problem{Tried: "rehearse the restore", Why: why, Do: do, Err: err}
}

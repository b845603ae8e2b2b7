package objectstore

import (
	"os"

	"github.com/etcdscope/etcdscope/etcdsource/disk"
)

// stageName begins the name of a folder of this machine in which backups are made before they are uploaded.
const stageName = "etcdscope-backup-"

// Stage returns a folder of this machine.
func (b *Bucket) Stage(string) (string, error) {
	if b.stage != nil {
		return b.stage.Path, nil
	}
	dir := b.sweep()
	s, err := disk.NewScratch(dir, stageName)
	if err != nil {
		return "", problem("make a folder for backups before they are uploaded", disk.Why(err), disk.Do(err, disk.Temporary), err)
	}
	b.stage = s
	return s.Path, nil
}

// sweep removes the stages of processes that were killed, and returns the folder in which they lie.
func (b *Bucket) sweep() (dir string) {
	if dir = b.o.TempDir; dir == "" {
		dir = os.TempDir()
	}
	disk.SweepScratch(dir, stageName, 0)
	return dir
}

// Close removes what was staged.
func (b *Bucket) Close() error {
	if b.stage == nil {
		return nil
	}
	s := b.stage
	b.stage = nil
	return s.Remove()
}

package discover

import (
	"os"
	"testing"
)

// TestMountPoint: what is mounted is known by its device, or where that is the same by its line, of which some letters are
// written as numbers.
func TestMountPoint(t *testing.T) {
	t.Parallel()
	if mountPoint(t.TempDir()) || mountPoint("/there/is/none") {
		t.Error("a plain folder is said to be a mount point")
	}
	if _, err := os.Stat("/proc/self/mountinfo"); err == nil && !mountPoint("/proc") {
		t.Error("/proc is said to be none")
	}
	const info = "36 25 8:1 / / rw - ext4 /dev/sda1 rw\n40 36 8:1 /etcd /var/lib/etcd rw shared:1 - ext4 /dev/sda1 rw\n41 36 8:1 /x /srv/etcd\\040data rw - ext4 /dev/sda1 rw\n"
	for dir, want := range map[string]bool{"/var/lib/etcd": true, "/srv/etcd data": true, "/var/lib": false, "/etcd": false} {
		if listed(info, dir) != want {
			t.Errorf("%s: %v", dir, !want)
		}
	}
}

package archive

import (
	"testing"
	"time"
)

// TestNamedTime: the date of a name is found in whatever way it is written; numbers that are none are not taken for one.
func TestNamedTime(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"etcd-2026-11-05.db": "2026-11-05", "20261105.db.gz": "2026-11-05", "backup_2026.11.05.db": "2026-11-05",
		"etcd-2026-11-06-0200.db": "2026-11-06 02:00:00", "snap-20261106T020304Z.db": "2026-11-06 02:03:04", "etcd_2026-11-06_02-03-04.db.zst": "2026-11-06 02:03:04",
		"etcd-2026-11-06T02:03.db": "2026-11-06 02:03:00", "2026-11-06 etcd.db": "2026-11-06",
		"etcd.db": "", "etcd-2026-13-05.db": "", "etcd-2026-1105.db": "", "120261105.db": "", "202611051.db": "", "etcd-2026-11-06-2500.db": "", "v3.6.16.db": "", "day-01.db": "",
	} {
		at, day := NamedTime(name)
		got := ""
		switch {
		case at.IsZero():
		case day:
			got = at.Format(time.DateOnly)
		default:
			got = at.Format(time.DateTime)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

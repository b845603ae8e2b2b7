package etcdsource

import (
	"fmt"
	"strings"
)

// nearlyFull is the part of its quota, in per cent, from which on a database is worth a warning.
const nearlyFull = 80

// Trouble says what keeps a server from taking writes, or soon will: in a word or two for a header, and in a sentence.
// Both are "" where nothing does, and where the source does not tell. full is false as long as writes are taken.
func (i *Info) Trouble() (short, why string, full bool) {
	switch {
	case strings.Contains(i.Alarm, "CORRUPT"):
		return "CORRUPT", "alarm CORRUPT: the members do not hold the same data, and etcd refuses writes", true
	case i.Alarm != "":
		return i.Alarm, "alarm " + i.Alarm + ": no writes until etcd is compacted, defragmented and disarmed", true
	case i.Quota <= 0 || i.DBSize < 0:
		return "", "", false
	}
	switch percent := int64(float64(i.DBSize) / float64(i.Quota) * 100); {
	case i.DBSize >= i.Quota:
		return "DB FULL", fmt.Sprintf("the database is at %d%% of its quota: etcd refuses the next write", percent), true
	case percent >= nearlyFull:
		return fmt.Sprintf("DB %d%% FULL", percent), fmt.Sprintf("the database is at %d%% of its quota, and etcd refuses writes when it is full; compact and defragment it", percent), false
	}
	return "", "", false
}

package archive

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// gardenerName is what the name of a file of Gardener's etcd-backup-restore says.
type gardenerName struct {
	Delta       bool
	Start, Last int64 // revisions; of a full snapshot Last may be below what it holds
	Time        time.Time
	Packed      string // ".gz", ".Z", ".zlib", or "" for not packed
}

var gardenerPattern = regexp.MustCompile(`^(Full|Incr)-(\d{8,19})-(\d{8,19})-(\d{1,12})(\.gz|\.Z|\.zlib)?(\.final)?$`)

// parseGardener reads a name like Full-00000000-00002088-1518427675.gz.
func parseGardener(base string) (n gardenerName, ok bool) {
	m := gardenerPattern.FindStringSubmatch(base)
	if m == nil {
		return n, false
	}
	start, err1 := strconv.ParseInt(m[2], 10, 64)
	last, err2 := strconv.ParseInt(m[3], 10, 64)
	at, err3 := strconv.ParseInt(m[4], 10, 64)
	if err1 != nil || err2 != nil || err3 != nil || start > last {
		return n, false
	}
	return gardenerName{Delta: m[1] == "Incr", Start: start, Last: last, Time: time.Unix(at, 0).UTC(), Packed: m[5]}, true
}

// gardenerCluster is the name of the cluster in a path like shoot--dev--web--uid/etcd-main/v2/Full-….
func gardenerCluster(path string) string {
	dir := filepath.Dir(absolute(path))
	if strings.HasPrefix(filepath.Base(dir), "Backup-") {
		dir = filepath.Dir(dir)
	}
	if v := filepath.Base(dir); v != "v1" && v != "v2" {
		return ""
	}
	dir = filepath.Dir(dir)
	if strings.HasPrefix(filepath.Base(dir), "etcd-") {
		dir = filepath.Dir(dir)
	}
	return folderName(dir)
}

// kopsCluster is the name of the cluster in a path like CLUSTER/backups/etcd/main/2026-01-02T03:04:05Z-000001.
func kopsCluster(dir string) string {
	list := strings.Split(filepath.ToSlash(absolute(dir)), "/")
	for i := len(list) - 4; i > 0; i-- {
		if list[i] == "backups" && list[i+1] == "etcd" {
			return list[i-1]
		}
	}
	return ""
}

var k3sPattern = regexp.MustCompile(`^(.+)-(\d{9,11})(\.zip)?$`)

// parseK3s reads the name of a snapshot of k3s or RKE2: NAME-NODE-UNIX or that with .zip. The node is known where NAME is
// one that the program gives itself.
func parseK3s(base string) (node string, at time.Time, ok bool) {
	m := k3sPattern.FindStringSubmatch(base)
	if m == nil {
		return "", at, false
	}
	sec, err := strconv.ParseInt(m[2], 10, 64)
	if err != nil {
		return "", at, false
	}
	for _, name := range []string{"etcd-snapshot-", "on-demand-"} {
		if rest, found := strings.CutPrefix(m[1], name); found {
			node = rest
		}
	}
	return node, time.Unix(sec, 0).UTC(), true
}

// stamps are the times in names, and the layouts that they have.
var stamps = []struct {
	pattern *regexp.Regexp
	layouts []string
}{
	{regexp.MustCompile(`^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d))-\d+$`), []string{time.RFC3339}},              // kOps
	{regexp.MustCompile(`^(?:snapshot|static_kuberesources)_(\d{4}-\d\d-\d\d_\d{6})`), []string{"2006-01-02_150405"}},      // OpenShift
	{regexp.MustCompile(`^k0s_backup_(\d{4}-\d\d-\d\dT\d\d_\d\d_\d\d)_\d{3}Z`), []string{"2006-01-02T15_04_05"}},           // k0s
	{regexp.MustCompile(`^etcd-(\d{4}-\d\d-\d\d_\d\d:?\d\d:?\d\d)`), []string{"2006-01-02_15:04:05", "2006-01-02_150405"}}, // kubespray
}

// ownName are the names that a schedule of etcdscope gives full snapshots: etcd-YYYYMMDD-HHMMSS.db, in UTC.
var ownName = regexp.MustCompile(`^etcd-(\d{8}-\d{6})(?:-\d{1,3})?\.db(?:\.gz|\.zst)?$`)

// ownTime is the time in such a name; zero where it is none.
func ownTime(base string) time.Time {
	m := ownName.FindStringSubmatch(base)
	if m == nil {
		return time.Time{}
	}
	t, err := time.Parse("20060102-150405", m[1])
	if err != nil {
		return time.Time{}
	}
	return t
}

// stamp is the time in a name; zero where there is none.
func stamp(base string) time.Time {
	for _, s := range stamps {
		m := s.pattern.FindStringSubmatch(base)
		if m == nil {
			continue
		}
		for _, l := range s.layouts {
			if t, err := time.Parse(l, m[1]); err == nil {
				return t.UTC()
			}
		}
	}
	return time.Time{}
}

// dated matches a date in a name that somebody chose, and a time behind it: etcd-2026-11-05.db, backup_20261105-0200.db.
var dated = regexp.MustCompile(`(?:^|[^0-9])(20\d\d)([-_.]?)(\d\d)([-_.]?)(\d\d)(?:[T_.-]?(\d\d)[:h_.-]?(\d\d)(?:[:m_.-]?(\d\d))?)?(?:[^0-9]|$)`)

// NamedTime returns the time in a name that somebody chose, as if it were of UTC: which zone it is of is not known. day says that it is only
// a day, and at its begin. It is zero where the name has no date.
func NamedTime(base string) (at time.Time, day bool) {
	m := dated.FindStringSubmatch(base)
	if m == nil || m[2] != m[4] {
		return at, false
	}
	text, layout := m[1]+m[3]+m[5], "20060102"
	if day = m[6] == ""; !day {
		text, layout = text+m[6]+m[7]+(m[8] + "00")[:2], layout+"150405"
	}
	at, err := time.Parse(layout, text)
	if err != nil {
		return time.Time{}, false
	}
	return at, day
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// folderName is the last part of a path, "" for the root.
func folderName(dir string) string {
	if n := filepath.Base(dir); n != "/" && n != "." {
		return n
	}
	return ""
}

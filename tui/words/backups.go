package words

import (
	"path/filepath"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Bracket says when a change was made, as closely as backups say it.
func Bracket(c *etcdsource.BackupChange) string {
	const minutes, seconds = "2006-01-02 15:04", "2006-01-02 15:04:05"
	after, upto := c.After.Time.Local(), c.Upto.Time.Local()
	switch at := c.Time.Local(); {
	case c.Exact:
		return "at " + at.Format(seconds)
	case !c.Time.IsZero() && c.NotBefore.IsZero():
		return "by " + at.Format(seconds)
	case !c.Time.IsZero():
		return between(c.NotBefore.Local(), at)
	case c.After.Time.IsZero():
		return "before " + upto.Format(seconds)
	case after.Format(minutes) == upto.Format(minutes):
		return between(after, upto)
	}
	return after.Format(minutes) + " to " + upto.Format(minutes)
}

// between writes two times to the second, the second one without the day of the first.
func between(from, to time.Time) string {
	const day, clock = "2006-01-02", "15:04:05"
	layout := day + " " + clock
	if from.Format(day) == to.Format(day) {
		layout = clock
	}
	return from.Format(day+" "+clock) + " to " + to.Format(layout)
}

// Below is the path of a backup below the folder or bucket that is listed, or the whole of it where it lies elsewhere.
func Below(dir, path string) string {
	if rest, ok := strings.CutPrefix(path, strings.TrimSuffix(dir, "/")+"/"); ok {
		return rest
	}
	if rel, err := filepath.Rel(dir, path); err == nil && rel != "." && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}

package words

import (
	"path/filepath"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// Bracket says when a change was made, as closely as backups say it.
func Bracket(c *etcdsource.BackupChange) string {
	const minutes, seconds = "2006-01-02 15:04", "2006-01-02 15:04:05"
	after, upto := c.After.Time.Local(), c.Upto.Time.Local()
	layout := minutes
	if after.Format(minutes) == upto.Format(minutes) {
		layout = seconds
	}
	switch {
	case c.Exact:
		return "at " + c.Time.Local().Format(seconds)
	case c.After.Time.IsZero():
		return "before " + upto.Format(seconds)
	}
	return after.Format(layout) + " to " + upto.Format(layout)
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

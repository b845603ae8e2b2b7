package backup

import (
	"context"
	"slices"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/archive"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// History returns the changes of one key in the backups of a folder, the oldest first, so far back from the newest backup:
// those of the cluster of the newest backup whose cluster is known. skipped is called with each backup that does not count, and why. Errors are those of
// List.
func (s *Shelf) History(ctx context.Context, dir string, key []byte, back time.Duration, skipped func(path, why string)) ([]etcdsource.BackupChange, error) {
	all, err := s.List(ctx, dir)
	if err != nil {
		return nil, err
	}
	cluster := ""
	var list []etcdsource.Backup
	var newest time.Time
	for _, b := range all {
		if b.Foreign {
			continue
		}
		if cluster == "" {
			cluster = b.Cluster
		}
		if list = append(list, b); b.Time.After(newest) {
			newest = b.Time
		}
	}
	mine := func(ctx context.Context, src *snapfile.Source) bool {
		value, err := system(ctx, src)
		return err == nil && (cluster == "" || s.uid(value) == cluster)
	}
	since := newest.Add(-back)
	changes, err := archive.History(ctx, archive.Since(list, since), key, snapfile.Options{}, mine, skipped)
	return slices.DeleteFunc(changes, func(c etcdsource.BackupChange) bool { return c.Upto.Time.Before(since) }), err
}

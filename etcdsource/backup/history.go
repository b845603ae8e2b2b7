package backup

import (
	"context"
	"slices"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/archive"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// History returns the changes of one key in the backups of a folder since a time, the oldest first: those of the cluster of
// the newest backup whose cluster is known. skipped is called with each backup that does not count, and why. Errors are those of
// List.
func (s *Shelf) History(ctx context.Context, dir string, key []byte, since time.Time, skipped func(path, why string)) ([]etcdsource.BackupChange, error) {
	all, err := s.List(ctx, dir)
	if err != nil {
		return nil, err
	}
	cluster := ""
	var list []etcdsource.Backup
	for _, b := range all {
		if b.Foreign {
			continue
		}
		if cluster == "" {
			cluster = b.Cluster
		}
		list = append(list, b)
	}
	mine := func(ctx context.Context, src *snapfile.Source) bool {
		value, err := system(ctx, src)
		return err == nil && (cluster == "" || s.uid(value) == cluster)
	}
	changes, err := archive.History(ctx, archive.Since(list, since), key, snapfile.Options{}, mine, skipped)
	return slices.DeleteFunc(changes, func(c etcdsource.BackupChange) bool { return c.Upto.Time.Before(since) }), err
}

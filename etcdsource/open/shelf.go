package open

import (
	"context"
	"os"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/backup/schedule"
)

// Shelf opens a place where backups are kept: a folder. end frees what that took. Errors are *etcdsource.Problem.
func Shelf(_ context.Context, place string) (shelf etcdsource.Shelf, end func(), err error) {
	f, err := schedule.OpenFolder(place)
	if err != nil {
		return nil, nil, err
	}
	return f, func() { f.Close() }, nil
}

// Schedules returns what a place says of the schedules that keep backups there; a path that is no such place says nothing.
func Schedules(ctx context.Context, place string) ([]etcdsource.Schedule, error) {
	if st, err := os.Stat(place); err != nil || !st.IsDir() {
		return nil, nil
	}
	shelf, end, err := Shelf(ctx, place)
	if err != nil {
		return nil, err
	}
	defer end()
	list, _, err := schedule.Schedules(ctx, shelf)
	return list, err
}

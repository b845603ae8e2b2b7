package words

import (
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestBracket: when a change was made is as exact as backups say, and no wider than the column for it.
func TestBracket(t *testing.T) {
	t.Parallel()
	at := func(day, hour, minute, second int) time.Time {
		return time.Date(2026, 1, day, hour, minute, second, 0, time.Local)
	}
	point := func(t time.Time) etcdsource.BackupPoint { return etcdsource.BackupPoint{Path: "/b", Time: t} }
	for _, x := range []struct {
		c    etcdsource.BackupChange
		want string
	}{
		{etcdsource.BackupChange{Upto: point(at(1, 2, 3, 4))}, "before 2026-01-01 02:03:04"},
		{etcdsource.BackupChange{After: point(at(1, 2, 3, 4)), Upto: point(at(2, 2, 3, 4))}, "2026-01-01 02:03 to 2026-01-02 02:03"},
		{etcdsource.BackupChange{After: point(at(1, 2, 3, 4)), Upto: point(at(1, 2, 3, 40))}, "2026-01-01 02:03:04 to 02:03:40"},
		{etcdsource.BackupChange{Event: etcdsource.Event{Time: at(1, 2, 3, 4), NotBefore: at(1, 2, 3, 4)}, Exact: true, After: point(at(1, 2, 0, 0)), Upto: point(at(1, 3, 0, 0))}, "at 2026-01-01 02:03:04"},
		{etcdsource.BackupChange{Event: etcdsource.Event{Time: at(1, 2, 3, 4), NotBefore: at(1, 2, 2, 9)}, After: point(at(1, 2, 0, 0)), Upto: point(at(1, 3, 0, 0))}, "2026-01-01 02:02:09 to 02:03:04"},
		{etcdsource.BackupChange{Event: etcdsource.Event{Time: at(1, 2, 3, 4)}, After: point(at(1, 2, 0, 0)), Upto: point(at(1, 3, 0, 0))}, "by 2026-01-01 02:03:04"},
	} {
		if got := Bracket(&x.c); got != x.want {
			t.Errorf("%q, want %q", got, x.want)
		}
	}
}

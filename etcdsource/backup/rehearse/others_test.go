package rehearse

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestOthersWALStays: a WAL directory that another restore has made meanwhile is an error, and is not removed.
func TestOthersWALStays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	wal := filepath.Join(dir, "wal")
	if err := os.Mkdir(wal, 0o700); err != nil {
		t.Fatal(err)
	}
	to := target{NewMember: etcdsource.NewMember{DataDir: filepath.Join(dir, "data"), WALDir: wal}}
	if err := to.restore(t.Context(), &file{plain: true}, dir); !errors.Is(err, fs.ErrExist) || to.walMade {
		t.Errorf("%v, it would be removed: %v", err, to.walMade)
	}
}

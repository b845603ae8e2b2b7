package print

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestWhatIsNoDamage: a file that a full disk or a limit keeps from being read is not called damaged.
func TestWhatIsNoDamage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db.gz")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, errs := range map[bool][]error{
		true: {errors.New("no snapshot"), &etcdsource.Problem{Tried: "open snapshot", Why: "its checksum is wrong"}},
		false: {
			&etcdsource.Problem{Tried: "open snapshot", Why: "72 MiB are needed", Err: syscall.ENOSPC},
			fmt.Errorf("open: %w", &os.PathError{Op: "write", Path: "/tmp/x", Err: syscall.EDQUOT}),
			&etcdsource.Problem{Tried: "open snapshot", Err: &etcdsource.UnpackError{}},
			&etcdsource.Problem{Tried: "open snapshot", Do: "allow it with --max-unpack 5G"},
		},
	} {
		for _, err := range errs {
			p := planner{path: path}
			if got := p.damaged(t.Context(), err); got != want {
				t.Errorf("%v is damage: %v", err, got)
			}
			p.path += ".gone"
			if p.damaged(t.Context(), err) {
				t.Errorf("%v is damage of a file that is not there", err)
			}
		}
	}
}

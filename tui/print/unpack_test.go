package print

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestMaxUnpack is carried to what opens a source, for every command that does; without a terminal to ask on, a file
// that takes more is an error that names the flag.
func TestMaxUnpack(t *testing.T) {
	much := &etcdsource.UnpackError{Bytes: 5 << 30, Limit: 4 << 30, Free: 9 << 30, Folder: "/tmp"}
	refused := &etcdsource.Problem{Tried: "open snapshot x.gz", Why: much.Error(), Do: "allow it with --max-unpack 5G", Err: much}
	for args, want := range map[string]struct {
		allowed int64
		code    int
		says    string
	}{
		"ls --from x.gz":                             {0, exitSource, "--max-unpack 5G"},
		"ls --from x.gz --max-unpack 20G":            {20_000_000_000, exitSource, "takes 5.0 GiB in /tmp, where 9.0 GiB are free"},
		"snapshot status x.gz --max-unpack 500M":     {500_000_000, exitSource, "--max-unpack 5G"},
		"snapshot save y --from x.gz":                {0, exitSource, "--max-unpack 5G"},
		"get pods --from x.gz --max-unpack 20GBytes": {-1, exitUsage, "no number of bytes"},
	} {
		got := int64(-1)
		var stdout, stderr strings.Builder
		code := Execute(t.Context(), strings.Fields(args), strings.NewReader("y\n"), &stdout, &stderr, Funcs{
			Open: func(_ context.Context, o OpenOptions) (Opened, error) {
				got = o.MaxUnpack
				o.Progress("unpacking", 1, 2) // says nothing where there is no terminal
				return Opened{}, refused
			},
			Status: func(_ context.Context, o OpenOptions) (Status, error) {
				if got = o.MaxUnpack; o.Path != "x.gz" {
					t.Errorf("%s: opens %s", args, o.Path)
				}
				return Status{}, refused
			},
			Save: func(context.Context, etcdsource.Source, string, bool, func(string, int64, int64)) (Saved, error) {
				return Saved{}, errors.New("saved")
			},
		})
		if code != want.code || got != want.allowed || !strings.Contains(stderr.String(), want.says) || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%s: exit %d, %d bytes allowed, it said %q", args, code, got, stderr.String())
		}
	}
}

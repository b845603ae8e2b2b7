package print

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// full is a stdout that takes only so many bytes.
type full struct{ room int }

func (f *full) Write(b []byte) (int, error) {
	if len(b) > f.room {
		return f.room, syscall.ENOSPC
	}
	f.room -= len(b)
	return len(b), nil
}

// TestFullOutput has commands whose output cannot be written, or not all of it: none may look as if it had been.
func TestFullOutput(t *testing.T) {
	for _, args := range []string{"--help", "--version", "version", "get --help", "help keys", "help get", "completion bash", "snapshot status x.db", "discover",
		"diff --from a.db --to b.db", "diff --from a.db --to b.db -o json"} {
		for _, room := range []int{0, 10} {
			var stderr bytes.Buffer
			code := Execute(t.Context(), strings.Fields(args), nil, &full{room}, &stderr, Funcs{
				Status:   statusOf,
				Discover: candidatesOf,
				Open: func(_ context.Context, o OpenOptions) (Opened, error) {
					if o.Path == "a.db" {
						return openNothing(t.Context(), o)
					}
					return Opened{Source: file(cluster(), 0)}, nil
				},
			})
			if want := "etcdscope: write the output: no space left on device; free some space, or write it elsewhere\n"; code != 3 || !strings.HasSuffix(stderr.String(), want) {
				t.Errorf("%s with room for %d: code %d\n%s", args, room, code, stderr.String())
			}
		}
	}
}

func TestSaveNamesWhatAKilledOneLeft(t *testing.T) {
	for _, c := range []struct {
		args    string
		fails   error
		want    string
		removed int
	}{
		{"snapshot save x.db --force", nil, "x␛.db.part was left by a save that was killed (11.4 MiB, 2023-11-14 ", 0},
		{"snapshot save x.db --force", nil, "; remove it with rm or --remove-part\n", 0},
		{"snapshot save x.db --force --remove-part", nil, "removed x␛.db.part, left by a save that was killed (11.4 MiB, ", 1},
		{"snapshot save x.db --force --remove-part", errors.New("remove x: read-only file system"), "etcdscope: remove x: read-only file system\n", 1},
	} {
		var stderr bytes.Buffer
		removed := 0
		code := Execute(t.Context(), strings.Fields(c.args), nil, io.Discard, &stderr, Funcs{
			Parts: func(path string) []etcdsource.Part {
				return []etcdsource.Part{{Path: "x\x1b.db.part", Size: 12e6, Modified: time.Unix(1700000000, 0)}}
			},
			RemovePart: func(string) error { removed++; return c.fails },
			Open:       openNothing,
			Save:       savedAs,
		})
		if code != 0 || removed != c.removed || !strings.Contains(stderr.String(), c.want) {
			t.Errorf("%s: code %d, removed %d\n%s\nwant %q", c.args, code, removed, stderr.String(), c.want)
		}
	}
}

func statusOf(context.Context, OpenOptions) (Status, error) {
	return Status{1, 2, 3, 4096, "3.6.0", ""}, nil
}

func candidatesOf(context.Context, string) ([]Candidate, []Place, error) {
	return []Candidate{{Distribution: "kubeadm", Endpoints: []string{"https://127.0.0.1:2379"}, Usable: true}}, []Place{{"/proc", "not there"}}, nil
}

func openNothing(context.Context, OpenOptions) (Opened, error) {
	return Opened{Source: file(cluster()[:5], 0)}, nil
}

func savedAs(_ context.Context, _ etcdsource.Source, path string, _ bool, _ func(string, int64, int64)) (Saved, error) {
	return Saved{Path: path, Verified: true}, nil
}

// TestCommandsWaitForTheChecksum: nothing is printed of a file, however large, before its checksum was compared.
func TestCommandsWaitForTheChecksum(t *testing.T) {
	for _, args := range []string{"ls --from x.db", "get pods -A --from x.db", "diff --from x.db --to y.db"} {
		opened := 0
		Execute(t.Context(), strings.Fields(args), nil, io.Discard, io.Discard, Funcs{Open: func(ctx context.Context, o OpenOptions) (Opened, error) {
			if opened++; !o.Wait {
				t.Errorf("%s: %s is opened without it", args, o.Path)
			}
			return openNothing(ctx, o)
		}})
		if opened == 0 {
			t.Errorf("%s opens nothing", args)
		}
	}
}

package auditlog

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// followed is a log that is followed in the background.
type followed struct {
	t    *testing.T
	path string
	got  chan string
	done chan error
	stop context.CancelFunc
}

func follow(t *testing.T, begin string) *followed {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	f := &followed{t: t, path: filepath.Join(t.TempDir(), "audit.log"), got: make(chan string), done: make(chan error, 1), stop: stop}
	if begin != "" {
		f.append(begin)
	}
	go func() {
		f.done <- Follow(ctx, []string{f.path}, func(lines []byte) error {
			select {
			case f.got <- string(lines):
			case <-ctx.Done():
			}
			return nil
		})
	}()
	time.Sleep(lookEvery / 2) // it has begun
	return f
}

func (f *followed) append(text string) {
	f.t.Helper()
	w, err := os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = w.WriteString(text)
	}
	if err != nil {
		f.t.Fatal(err)
	}
	w.Close()
}

// want waits for some text, however it was cut.
func (f *followed) want(text string) {
	f.t.Helper()
	var got strings.Builder
	for timeout := time.After(10 * time.Second); got.String() != text; {
		select {
		case s := <-f.got:
			if !strings.HasSuffix(s, "\n") {
				f.t.Errorf("handed out %q, which ends within a line", s)
			}
			got.WriteString(s)
		case <-timeout:
			f.t.Fatalf("got %q, want %q", got.String(), text)
		}
	}
}

func (f *followed) rename(to string) {
	f.t.Helper()
	if err := os.Rename(f.path, filepath.Join(filepath.Dir(f.path), to)); err != nil {
		f.t.Fatal(err)
	}
}

// TestFollow: what is appended is handed out line by line, across rotations of all kinds.
func TestFollow(t *testing.T) {
	f := follow(t, "old\nbegun")
	f.append(" before\na\nb")
	f.want("a\n") // what began before is not whole
	f.append("\nc\n")
	f.want("b\nc\n")
	f.append("last\nnot ")
	f.rename("audit-2026-01-02T10-00-00.000.log")
	f.want("last\n")
	f.append("new\n") // into a new file of the old name
	f.want("new\n")
	if err := os.Truncate(f.path, 0); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * lookEvery)
	f.append("cut\n")
	f.want("cut\n")
	long := strings.Repeat("x", 3*piece)
	f.append(long + "\nend\n")
	f.want(long + "\nend\n")
	f.append(strings.Repeat("y", maxLine+piece))
	time.Sleep(2 * lookEvery)
	f.append("\nafter\n")
	f.want("after\n")
	f.stop()
	if err := <-f.done; !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}

// TestFollowLater: a log that is not there yet is followed from its beginning.
func TestFollowLater(t *testing.T) {
	f := follow(t, "")
	f.append("first\n")
	f.want("first\n")
}

// TestFollowNoMore: what is handed to ends it.
func TestFollowNoMore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	enough := errors.New("enough")
	go func() {
		time.Sleep(lookEvery)
		os.WriteFile(path, []byte("a\n"), 0o600)
	}()
	if err := Follow(t.Context(), []string{path}, func([]byte) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("it ended with %v", err)
	}
}

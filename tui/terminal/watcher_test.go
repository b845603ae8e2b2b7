package terminal

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// died lets a program say its words, and then why it dies, before its monitor has read anything, as on a busy machine.
// It returns what the monitor wrote to the terminal.
func died(t *testing.T, words, crash string) string {
	t.Helper()
	controlR, controlW := pipe(t)
	crashR, crashW := pipe(t)
	shown, err := os.Create(filepath.Join(t.TempDir(), "terminal"))
	if err != nil {
		t.Fatal(err)
	}
	defer shown.Close()
	if err := json.NewEncoder(controlW).Encode(settings{Reset: []byte("<reset>")}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(controlW, words); err != nil {
		t.Fatal(err)
	}
	go func() { // a pipe does not hold all of it
		defer controlW.Close() // as when the program is gone
		defer crashW.Close()
		if _, err := io.WriteString(crashW, crash); err != nil {
			t.Error(err)
		}
	}()
	w := watcher{tty: shown, stuck: func() { t.Error("a file does not block") }}
	w.run(controlR, crashR)
	b, err := os.ReadFile(shown.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

// TestWatcherKnowsWhatWasSaidBefore has the words count that were said before the crash, and the report come on a restored
// terminal, whichever pipe is read first.
func TestWatcherKnowsWhatWasSaidBefore(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	const crash = "panic: the library\n\ngoroutine 7 [running]:\n"
	for range 300 {
		if got := died(t, "+", crash); !strings.HasPrefix(got, "<reset>etcdscope: internal error: ") || !strings.HasSuffix(got, "too\r\npanic: the library\r\n\r\ngoroutine 7 [running]:\r\n") {
			t.Fatalf("drawing: the monitor wrote %q", got)
		}
	}
	for words, want := range map[string]string{"+-": "", "-": "", "+-+q": "", "q": ""} {
		if got := died(t, words, crash); got != want {
			t.Errorf("%q: the monitor wrote %q", words, got)
		}
	}
	if got := died(t, "+-+", ""); got != "<reset>" {
		t.Errorf("killed: the monitor wrote %q", got)
	}
}

// TestNoRoomForAReport prints a report as a whole that no file holds, or what follows where the file takes no more.
func TestNoRoomForAReport(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	crash := strings.Repeat("a line\n", 3*maxShown) + "the last\n"
	if got := died(t, "+", crash); strings.Count(got, "a line\r\n") != 3*maxShown || !strings.HasSuffix(got, "the last\r\n") {
		t.Errorf("the monitor wrote %q", got)
	}
	long := "first\n" + strings.Repeat("x", maxReport) + "\n" + strings.Repeat("a line\n", 2*maxShown)
	if got := died(t, "+", long); strings.Count(got, "a line\r\n") != maxShown-2 {
		t.Errorf("behind %d bytes the monitor wrote %q", maxReport, got[max(0, len(got)-1000):])
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full")
	}
	shown, err := os.Create(filepath.Join(t.TempDir(), "terminal"))
	if err != nil {
		t.Fatal(err)
	}
	defer shown.Close()
	w := watcher{tty: shown, stuck: func() { t.Error("a file does not block") }}
	if w.keep(full, "a line\n", 50) != nil {
		t.Error("a file that takes nothing is kept")
	}
	if b, _ := os.ReadFile(shown.Name()); string(b) != "... it is in /dev/full up to line 49 (no space left on device); the rest:\r\n" {
		t.Errorf("the monitor wrote %q", b)
	}
}

package terminal

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// TestStdoutChild writes to standard output, in a process of its own.
func TestStdoutChild(t *testing.T) {
	if os.Getenv("STDOUT_CHILD") == "" {
		t.Skip("is run by TestStdout")
	}
	_, err := fmt.Fprintln(Stdout(), "x")
	fmt.Fprintln(os.Stderr, err)
}

// TestStdout has shells that close standard output, and others that only do not want to see it.
func TestStdout(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("it cannot be told on " + runtime.GOOS)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const failed = "standard output is closed"
	for line, want := range map[string]string{
		`"$exe" -test.run='^TestStdoutChild$' >&-; exit $?`:                  failed,
		`exec >&-; "$exe" -test.run='^TestStdoutChild$'; exit $?`:            failed,
		`exec >/dev/null; "$exe" -test.run='^TestStdoutChild$' >&-; exit $?`: failed,
		`"$exe" -test.run='^TestStdoutChild$' >/dev/null; exit $?`:           "<nil>",
		`"$exe" -test.run='^TestStdoutChild$' | cat >/dev/null; exit $?`:     "<nil>",
		`exec 1<>/dev/null; "$exe" -test.run='^TestStdoutChild$'; exit $?`:   "<nil>", // as a program's child whose output is not wanted
	} {
		cmd := exec.Command("sh", "-c", line)
		cmd.Env = append(os.Environ(), "STDOUT_CHILD=1", "exe="+exe)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		_ = cmd.Run()
		if first, _, _ := strings.Cut(stderr.String(), "\n"); first != want {
			t.Errorf("%s: %q, want %q", line, stderr.String(), want)
		}
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	cmd := exec.Command(exe, "-test.run=^TestStdoutChild$")
	cmd.Env = append(os.Environ(), "STDOUT_CHILD=1")
	var stderr strings.Builder
	cmd.Stdout, cmd.Stderr = null, &stderr
	if err := cmd.Run(); err != nil || strings.TrimSpace(stderr.String()) != "<nil>" {
		t.Errorf("a child whose output goes to the null device: %v, %q", err, stderr.String())
	}
}

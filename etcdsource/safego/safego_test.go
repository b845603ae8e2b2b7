package safego

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

func TestCaughtByWhoWaits(t *testing.T) {
	defer Handle(func(p *Panic) { t.Errorf("the program was handed %v", p) })()
	var wg sync.WaitGroup
	var got error
	Wait(&wg, func(err error) { got = err }, func() { panic(io.ErrUnexpectedEOF) })
	wg.Wait()
	var p *Panic
	if !errors.As(got, &p) || !errors.Is(got, io.ErrUnexpectedEOF) {
		t.Fatalf("caught %v", got)
	}
	if want := "internal error: unexpected EOF in safego.TestCaughtByWhoWaits"; !strings.HasPrefix(got.Error(), want) || !strings.Contains(got.Error(), "safego_test.go:") {
		t.Errorf("it says %q", got)
	}
	if !strings.HasPrefix(p.Trace(), "panic: unexpected EOF\n\ngoroutine ") {
		t.Errorf("its trace is %q", p.Trace())
	}
}

func TestHandedToTheProgram(t *testing.T) {
	got := make(chan *Panic, 1)
	defer Handle(func(p *Panic) { got <- p })()
	var none map[string]int
	Go(nil, func() { none["a"] = 1 })
	if p := <-got; !strings.Contains(p.Error(), "assignment to entry in nil map in safego.TestHandedToTheProgram") {
		t.Errorf("it says %q", p)
	}
	Go(nil, func() {})
	Go(nil, func() { panic("a\nb") })
	if p := <-got; !strings.HasPrefix(p.Error(), "internal error: a b in ") {
		t.Errorf("it says %q", p)
	}
}

// bomb is a value that cannot be printed.
type bomb struct{}

func (bomb) Error() string { panic("the bomb") }

func TestValueThatCannotBePrinted(t *testing.T) {
	if p := (&Panic{Value: bomb{}}); p.Error() != "internal error: (a safego.bomb that cannot be printed)" {
		t.Errorf("it says %q", p)
	}
}

// TestLeftAlone runs this test's binary as a program without a handler: it ends as any Go program does.
func TestLeftAlone(t *testing.T) {
	const env = "SAFEGO_TEST_PANIC"
	if os.Getenv(env) != "" {
		Go(nil, func() { panic("left alone") })
		select {}
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^TestLeftAlone$")
	cmd.Env = append(os.Environ(), env+"=1")
	out, err := cmd.CombinedOutput()
	var end *exec.ExitError
	if !errors.As(err, &end) || end.ExitCode() != 2 || !strings.Contains(string(out), "panic: left alone") {
		t.Errorf("it ended with %v and said\n%s", err, out)
	}
}

package commands_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/etcd/server/v3/etcdmain"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

var program string

// etcdEnv, when set, makes the test binary the etcd that is linked, with etcd's own flags.
const etcdEnv = "COMMANDS_ETCD"

// TestMain builds the program. A member of an etcd is this test binary, as a child.
func TestMain(m *testing.M) {
	etcdtest.Child()
	if os.Getenv(etcdEnv) != "" {
		go func() { // it ends with the test
			_, _ = io.Copy(io.Discard, os.Stdin)
			os.Exit(1)
		}()
		etcdmain.Main(os.Args)
		return
	}
	os.Exit(build(m))
}

func build(m *testing.M) int {
	if etcdtest.SideBySide(); testing.Short() {
		fmt.Println("the program is not built and run in short mode")
		return 0
	}
	dir, err := os.MkdirTemp("", "commands")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "etcdscope")
	if out, err := exec.Command("go", "build", "-o", program, "github.com/etcdscope/etcdscope").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	os.Setenv("XDG_STATE_HOME", filepath.Join(dir, "state"))
	return m.Run()
}

// execute runs a command of the program.
func execute(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	c := exec.CommandContext(etcdtest.Within(t, time.Minute), program, args...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			t.Fatal(err)
		}
		code = exit.ExitCode()
	}
	return out.String(), errs.String(), code
}

// run returns all that a command printed.
func run(t *testing.T, args ...string) (text string, code int) {
	t.Helper()
	out, errs, code := execute(t, args...)
	return out + errs, code
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

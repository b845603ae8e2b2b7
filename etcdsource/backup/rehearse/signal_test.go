package rehearse

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// aloneEnv, when set, makes the test's process a rehearsal that is to be killed: "FILE SCRATCH".
const aloneEnv = "REHEARSE_TEST_ALONE"

// patience is how long a process may take to serve, or to end, on a machine that is busy.
const patience = 2 * time.Minute

// rehearseAlone rehearses in a process of its own, says when it serves, and goes on until it is told to end.
func rehearseAlone() {
	args, ok := os.LookupEnv(aloneEnv)
	if !ok {
		return
	}
	os.Unsetenv(aloneEnv)
	file, scratch, _ := strings.Cut(args, " ")
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	_, err := Run(ctx, file, etcdsource.RehearseOptions{Members: 3, Scratch: scratch, Ready: func(ctx context.Context, _ []string, _ etcdsource.Rehearsed) error {
		fmt.Println("serves")
		<-ctx.Done()
		return ctx.Err()
	}})
	fmt.Println("ended:", err)
	os.Exit(0)
}

// alone starts such a process and waits until its members serve.
func alone(t *testing.T, file, scratch string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), aloneEnv+"="+file+" "+scratch)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	scan := bufio.NewScanner(out)
	if !scan.Scan() || scan.Text() != "serves" {
		t.Fatalf("it says %q", scan.Text())
	}
	return cmd
}

// gone waits until none of the processes runs.
func gone(t *testing.T, pids []int) {
	t.Helper()
	end := time.Now().Add(patience)
	for _, pid := range pids {
		for syscall.Kill(pid, 0) == nil && !zombie(pid) {
			if time.Now().After(end) {
				t.Fatalf("process %d still runs", pid)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

func zombie(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(b), ") ")
	return err != nil || strings.HasPrefix(rest, "Z")
}

func TestSIGTERMLeavesNothing(t *testing.T) {
	t.Parallel()
	file, dir := snapshotFile(t), etcdtest.Dir(t)
	cmd := alone(t, file, dir)
	members := childrenOf(t, cmd.Process.Pid)
	if len(members) != 3 {
		t.Errorf("%d members run", len(members))
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	gone(t, members)
	left(t, dir)
}

// TestSIGKILL kills a rehearsal, then also its members: they end by themselves, and the next run removes what is left.
func TestSIGKILL(t *testing.T) {
	t.Parallel()
	file := snapshotFile(t)
	for _, all := range []bool{false, true} {
		dir := etcdtest.Dir(t)
		cmd := alone(t, file, dir)
		members := childrenOf(t, cmd.Process.Pid)
		if all {
			for _, pid := range members {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		found, _ := filepath.Glob(filepath.Join(dir, folderName+"*"))
		if len(found) != 1 {
			t.Fatalf("%v is left", found)
		}
		removed := 0
		r, err := Run(t.Context(), file, etcdsource.RehearseOptions{Scratch: dir, OnRemoved: func(string) { removed++ }})
		if err != nil || !r.Equal || removed != 1 {
			t.Errorf("the next run: %+v, %v, %d removed", r, err, removed)
		}
		left(t, dir)
		gone(t, members)
	}
}

// TestAFullDisk lets a member write less than it must.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	sh, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	file, dir := snapshotFile(t), etcdtest.Dir(t)
	cmd := exec.Command(sh, "-c", "ulimit -f 40; exec "+os.Args[0])
	cmd.Env = append(os.Environ(), aloneEnv+"="+file+" "+dir)
	out, err := cmd.Output()
	if err != nil || !strings.Contains(string(out), "file too large") {
		t.Errorf("%s, %v", out, err)
	}
	left(t, dir)
}

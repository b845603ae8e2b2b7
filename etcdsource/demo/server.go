package demo

import (
	"bufio"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/child"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// folderPattern is the name of a demo's folder, for os.MkdirTemp.
const folderPattern = "etcdscope-demo-"

// maxLines is more than a child says before it serves.
const maxLines = 16

// maxSocketPath is the longest path of a unix socket on every system that is supported.
const maxSocketPath = 103

// server is the parent's view of the child.
type server struct {
	cmd    *exec.Cmd
	input  io.WriteCloser // closing it ends the child
	dir    string         // the child's folder; "" while it has not said
	exited chan struct{}
	once   sync.Once
}

// startServer starts the child, has it write the seed, and waits until its etcd answers. The child makes its folder in
// base; seed is called with that folder, while etcd starts. nil seeds nothing.
func startServer(ctx context.Context, base string, seed func(dir string) ([]revision, error)) (*server, error) {
	s := &server{exited: make(chan struct{})}
	out, err := s.launch(shortBase(base))
	if err != nil {
		return nil, err
	}
	lines := make(chan string, maxLines)
	safego.Go(nil, func() { readLines(out, lines) })
	if err := s.fill(ctx, lines, seed); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// launch starts the process. Its errors go nowhere: nothing may write into the terminal.
func (s *server) launch(base string) (io.ReadCloser, error) {
	exe, err := child.Executable()
	if err != nil {
		return nil, err
	}
	inR, inW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer inR.Close()
	outR, outW, err := os.Pipe()
	if err != nil {
		inW.Close()
		return nil, err
	}
	defer outW.Close()
	s.cmd = exec.Command(exe, "demo-etcd")
	s.cmd.Env = childEnviron(os.Environ(), base)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s.cmd.Stdin, s.cmd.Stdout = inR, outW
	if err := s.cmd.Start(); err != nil {
		inW.Close()
		outR.Close()
		return nil, err
	}
	s.input = inW
	safego.Go(nil, func() {
		_ = s.cmd.Wait()
		close(s.exited)
	})
	return outR, nil
}

// fill hands the seed to the child and waits until it is written.
func (s *server) fill(ctx context.Context, lines <-chan string, seed func(dir string) ([]revision, error)) (err error) {
	if s.dir, err = s.await(ctx, lines, sayDir); err != nil {
		return err
	}
	var revs []revision
	if seed != nil {
		if revs, err = seed(s.dir); err != nil {
			return err
		}
	}
	safego.Go(nil, func() { _ = gob.NewEncoder(s.input).Encode(revs) }) // where it fails, the child has ended
	_, err = s.await(ctx, lines, sayReady)
	return err
}

// await waits for a line with the prefix, and returns what is behind it.
func (s *server) await(ctx context.Context, lines <-chan string, prefix string) (string, error) {
	limit := time.NewTimer(startLimit)
	defer limit.Stop()
	for {
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-limit.C:
			return "", fmt.Errorf("its etcd did not answer within %v", startLimit)
		case line, ok := <-lines:
			if !ok {
				return "", fmt.Errorf("its process ended%s", s.crash())
			}
			if why, failed := strings.CutPrefix(line, sayError); failed {
				return "", errors.New(why)
			}
			if rest, found := strings.CutPrefix(line, prefix); found {
				return rest, nil
			}
		}
	}
}

// stop ends the child and waits until process and folder are gone. It may be called more than once.
func (s *server) stop() {
	s.once.Do(func() {
		s.input.Close()
		select {
		case <-s.exited:
		case <-time.After(2 * closeLimit):
			_ = s.cmd.Process.Kill()
			<-s.exited
		}
		if s.dir != "" {
			removeFolder(s.dir)
		}
	})
}

// gone says why the child is no longer there, or nothing while it runs.
func (s *server) gone() error {
	select {
	case <-s.exited:
		return &etcdsource.Problem{Tried: "read the demo", Why: "its etcd has ended" + s.crash(), Do: "open the demo again"}
	default:
		return nil
	}
}

// endpoint is the client address of the demo's etcd.
func (s *server) endpoint() string { return "unix://" + filepath.Join(s.dir, socketName) }

// crash is the first line of what the runtime said of a fatal panic.
func (s *server) crash() string {
	if s.dir == "" {
		return ""
	}
	b, err := os.ReadFile(filepath.Join(s.dir, crashName))
	if err != nil || len(b) == 0 {
		return ""
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return ": " + line
}

// readLines hands on what the child says, until it is ready or has said far too much.
func readLines(r io.ReadCloser, lines chan<- string) {
	defer close(lines)
	defer r.Close()
	scan := bufio.NewScanner(r)
	for range maxLines {
		if !scan.Scan() {
			return
		}
		lines <- scan.Text()
		if scan.Text() == sayReady {
			return
		}
	}
}

// childEnviron is the environment of the child: nothing in it configures etcd or makes its libraries talk.
func childEnviron(env []string, base string) []string {
	out := make([]string, 0, len(env)+1)
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		if name == childEnv || strings.HasPrefix(name, "ETCD_") || strings.HasPrefix(name, "ETCDCTL_") || strings.HasPrefix(name, "GRPC_") {
			continue
		}
		out = append(out, kv)
	}
	return append(out, childEnv+"="+base)
}

// shortBase is the folder for the demo's folder: base, or the system's for temporary files, unless a socket in it
// would have too long a path.
func shortBase(base string) string {
	if base == "" {
		base = os.TempDir()
	}
	if len(filepath.Join(base, folderPattern+"0123456789", socketName)) > maxSocketPath {
		return "/tmp"
	}
	return base
}

func problem(tried string, err error) error {
	return &etcdsource.Problem{Tried: tried, Why: err.Error(), Err: err}
}

package rehearse

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/child"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// process is the parent's view of a child.
type process struct {
	cmd    *exec.Cmd
	input  io.WriteCloser // closing it ends the child
	lines  chan string    // what it says, closed when it has ended
	said   *os.File       // its standard error
	exited chan struct{}
	once   sync.Once
}

// start starts a child that does what the order asks. Its errors go to log; hold stays open in it as long as it runs.
func start(o order, log, hold *os.File) (*process, error) {
	exe, err := child.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{said: log, exited: make(chan struct{}), lines: make(chan string, maxLines)}
	p.cmd = exec.Command(exe, "restore-member")
	p.cmd.Env = environment(os.Environ())
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.Stderr = log
	if hold != nil {
		p.cmd.ExtraFiles = []*os.File{hold}
	}
	if p.input, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := startSparing(p.cmd); err != nil {
		return nil, fmt.Errorf("start a process of this program: %w", err)
	}
	safego.Go(nil, func() {
		scan := bufio.NewScanner(out)
		for n := 0; n < maxLines && scan.Scan(); n++ {
			p.lines <- scan.Text()
		}
		close(p.lines)
		_, _ = io.Copy(io.Discard, out)
		_ = p.cmd.Wait()
		close(p.exited)
	})
	if err := json.NewEncoder(p.input).Encode(o); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

// maxLines is more than a child says.
const maxLines = 16

// await waits until the child says a word.
func (p *process) await(ctx context.Context, word string) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case line, ok := <-p.lines:
			if !ok {
				<-p.exited
				return errors.New(p.last("its process ended"))
			}
			if why, failed := strings.CutPrefix(line, sayError); failed {
				return errors.New(why)
			}
			if line == word {
				return nil
			}
		}
	}
}

// stop ends the child and waits until it is gone. It may be called more than once.
func (p *process) stop() {
	p.once.Do(func() {
		p.input.Close()
		select {
		case <-p.exited:
		case <-time.After(2 * closeLimit):
			_ = p.cmd.Process.Kill()
			<-p.exited
		}
		if p.said != nil {
			p.said.Close()
		}
	})
}

// maxSaid is how much of what a child said is read to find why it ended, in bytes.
const maxSaid = 64 << 10

// last is the reason that the child gave on its standard error, behind what happened.
func (p *process) last(what string) string {
	if p.said == nil {
		return what
	}
	b := make([]byte, maxSaid)
	n, _ := p.said.ReadAt(b, 0)
	first := ""
	for line := range strings.Lines(string(b[:n])) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:") {
			return what + ": " + oneLine(line)
		}
		if first == "" || !strings.HasPrefix(line, "goroutine ") && !strings.Contains(line, "\t") {
			first = line
		}
	}
	if first == "" {
		return what
	}
	return what + ": " + oneLine(first)
}

// maxReason is the longest reason that is printed, in bytes.
const maxReason = 500

func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return strings.ToValidUTF8(s[:min(len(s), maxReason)], "")
}

// environment is that of a child: nothing in it configures etcd, makes its libraries talk, or names a proxy.
func environment(env []string) []string {
	out := make([]string, 0, len(env)+1)
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		upper := strings.ToUpper(name)
		if name == childEnv || strings.HasSuffix(upper, "_PROXY") || strings.HasPrefix(name, "ETCD_") || strings.HasPrefix(name, "ETCDCTL_") || strings.HasPrefix(name, "GRPC_") {
			continue
		}
		out = append(out, kv)
	}
	return append(out, childEnv+"=1")
}

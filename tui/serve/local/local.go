// Package local is what a run of the API needs of this machine: a listener, the file that clients read, and a shell.
//
//	--listen ─► Listen      --kubeconfig ─► Kubeconfig ─► a file of mode 0600, removed at the end
//
// What always holds: a file that etcdscope did not write, or whose writer runs, is neither replaced nor removed, and
// ~/.kube/config never is. What is made for a run is removed with it, whatever ends that but SIGKILL; what that leaves the next run removes.
package local

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/tui/serve"
)

// Listen listens on an address.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, &etcdsource.Problem{Tried: "listen on " + address, Why: cause(err), Do: "give a free port of this machine to --listen, or :0 behind the address", Err: err}
	}
	return l, nil
}

// cause is the innermost reason of an error of the network.
func cause(err error) string {
	var no syscall.Errno
	if errors.As(err, &no) {
		return no.Error()
	}
	return err.Error()
}

// Folder is the name of the folders that a run makes, for disk.SweepPrivate.
const Folder = "serve"

// MakeFolder makes a folder that only its owner may enter, where files that hold a token may be. What killed runs have left is
// removed.
func MakeFolder() (path string, remove func() error, err error) {
	s, err := disk.Private(Folder)
	if err != nil {
		return "", nil, &etcdsource.Problem{Tried: "make a folder for the kubeconfig", Why: disk.Why(err), Do: disk.Do(err, disk.Temporary), Err: err}
	}
	return s.Path, s.Remove, nil
}

// Kubeconfig writes the file that clients read, with mode 0600; path is "" for one in a folder of its own. remove removes what
// was made, also where clients have changed contexts in it since; its error says which file is left, and why.
func Kubeconfig(path string, data []byte) (written string, remove func() error, err error) {
	if path == "" {
		return inFolderOfItsOwn(data)
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", nil, err
	}
	if err := Writable(path); err != nil {
		return "", nil, err
	}
	lock, err := claim(path, data)
	var no *etcdsource.Problem
	switch {
	case errors.As(err, &no):
		return "", nil, no
	case err != nil:
		return "", nil, &etcdsource.Problem{Tried: "write the kubeconfig " + path, Why: disk.Why(err), Do: "give another path to --kubeconfig", Err: err}
	}
	token := serve.Token(data)
	forget := disk.AtDeath(func() { _ = removeOf(path, token) })
	return path, func() error {
		defer lock.Close()
		defer forget()
		return left(path, removeOf(path, token))
	}, nil
}

// inFolderOfItsOwn writes the file into a folder that is made for it.
func inFolderOfItsOwn(data []byte) (path string, remove func() error, err error) {
	dir, gone, err := MakeFolder()
	if err != nil {
		return "", nil, err
	}
	path = filepath.Join(dir, "kubeconfig")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		_ = gone()
		return "", nil, &etcdsource.Problem{Tried: "write the kubeconfig " + path, Why: disk.Why(err), Do: disk.Do(err, disk.Temporary), Err: err}
	}
	return path, func() error { return left(dir, gone()) }, nil
}

// errChanged says why a kubeconfig stays.
var errChanged = errors.New("it holds more than this run wrote; the token in it opens nothing any more")

// removeOf removes the kubeconfig of the run that has a token. A file of others stays without a word where that token is not
// in it.
func removeOf(path, token string) error {
	b, err := read(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case serve.Token(b) == token:
		return os.Remove(path)
	case bytes.Contains(b, []byte(token)):
		return errChanged
	}
	return nil
}

// left is the error for what could not be removed.
func left(path string, err error) error {
	if err == nil {
		return nil
	}
	return &etcdsource.Problem{Tried: "remove " + path, Why: disk.Why(err), Do: "remove it yourself", Err: err}
}

// maxConfig bounds what is read of a kubeconfig, in bytes.
const maxConfig = 4 << 20

// read reads a regular file.
func read(path string) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxConfig))
}

// Writable refuses a path at which no kubeconfig may be written: a file of others, that of a run that goes on, the user's own
// kubeconfig even where there is none, a folder, and a path without one.
func Writable(path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	p := &etcdsource.Problem{Tried: "write the kubeconfig " + path, Do: "give a path to --kubeconfig at which there is no file yet", Err: fs.ErrExist}
	if home, err := os.UserHomeDir(); err == nil && path == filepath.Join(home, ".kube", "config") {
		p.Why = "it is the user's own, which etcdscope never writes"
		return p
	}
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return inFolder(path)
	case err != nil:
		p.Why, p.Err = disk.Why(err), err
		return p
	case info.IsDir():
		p.Why = "it is a folder"
		return p
	}
	if b, err := read(path); err == nil && serve.Token(b) != "" {
		f, err := unused(path)
		var no *etcdsource.Problem
		switch {
		case errors.As(err, &no):
			return no
		case err != nil:
			p.Why, p.Err = disk.Why(err), err
			return p
		}
		return f.Close()
	}
	p.Why = "there is a file that etcdscope did not write, or in which there is more by now"
	return p
}

// inFolder refuses a path whose folder is none.
func inFolder(path string) error {
	dir := filepath.Dir(path)
	info, err := os.Stat(dir)
	if err == nil && info.IsDir() {
		return nil
	}
	p := &etcdsource.Problem{Tried: "write the kubeconfig " + path, Why: "there is no folder " + dir, Do: "make it, or give another path to --kubeconfig", Err: err}
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		p.Why = dir + " is no folder that can be used"
	}
	return p
}

// endTime is how long a shell may take to end when the program ends; one that ignores that is killed.
const endTime = 3 * time.Second

// Shell runs the user's shell with a kubeconfig and a cache of its own in a folder, and returns its exit code.
func Shell(ctx context.Context, folder, kubeconfig string, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	name := os.Getenv("SHELL")
	if name == "" {
		name = "/bin/sh"
	}
	cmd := exec.CommandContext(ctx, name)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig, "KUBECACHEDIR="+filepath.Join(folder, "cache"))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGHUP) }
	cmd.WaitDelay = endTime
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &exit):
		if s, ok := exit.Sys().(syscall.WaitStatus); ok && s.Signaled() {
			return 128 + int(s.Signal()), nil
		}
		return exit.ExitCode(), nil
	}
	return 0, &etcdsource.Problem{Tried: "start the shell " + name, Why: err.Error(), Do: "set SHELL to the path of a shell", Err: err}
}

package etcdtest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/storage/wal"
	"go.uber.org/zap"
	"google.golang.org/grpc"
)

// childEnv, when set, makes Child an etcd.
const childEnv = "ETCDTEST_CHILD"

// patience is how long a process may take to serve, or to end, on a machine that is busy.
const patience = 2 * time.Minute

// SegmentBytes is a setting: how large a file of the write-ahead log (WAL) gets, 64 MB where it is left out.
const SegmentBytes = "test-wal-segment-bytes"

// Member is an etcd in a process of its own, so that it can be killed.
type Member struct {
	URL  string // unix://…
	HTTP string // http://…, as the cluster's list of members has it
	Dir  string // its data directory

	t      testing.TB
	argv   []string
	log    string
	cmd    *exec.Cmd // nil while it does not run
	input  io.Closer // closing it ends the process: so does the end of the test's process
	exited chan struct{}
}

// Members starts n members of one cluster. program is an etcd that takes --config-file and ends with its standard
// input; "" is the etcd that the test itself is built with, for which its TestMain calls Child, as Main does.
// settings are added to their configuration, or replace what is in it; that of the linked etcd may have SegmentBytes, too.
func Members(t testing.TB, n int, program string, settings ...map[string]any) []*Member {
	t.Helper()
	at := make([]addresses, n)
	for i := range n {
		client, peer := Address(t), Address(t)
		at[i] = addresses{client, client, peer, peer}
	}
	return startMembers(t, program, at, settings)
}

// addresses are where a member listens, and what the member list has instead.
type addresses struct{ client, clientListed, peer, peerListed string }

func startMembers(t testing.TB, program string, at []addresses, settings []map[string]any) []*Member {
	t.Helper()
	initial, out := make([]string, len(at)), make([]*Member, len(at))
	for i := range at {
		initial[i] = fmt.Sprintf("m%d=%s", i, at[i].peerListed)
	}
	for i := range at {
		out[i] = newMember(t, program, fmt.Sprintf("m%d", i), at[i], strings.Join(initial, ","), settings)
		out[i].Start()
	}
	for _, m := range out {
		m.Ready()
	}
	return out
}

func newMember(t testing.TB, program, name string, at addresses, initial string, settings []map[string]any) *Member {
	t.Helper()
	dir := Dir(t)
	m := &Member{t: t, URL: "unix://" + filepath.Join(dir, "c"), HTTP: at.clientListed, Dir: filepath.Join(dir, "data"), log: filepath.Join(dir, "log")}
	all := map[string]any{
		"name": name, "data-dir": m.Dir, "unsafe-no-fsync": true, "log-level": "error", "log-outputs": []string{"stderr"},
		"listen-client-urls": m.URL + "," + at.client, "advertise-client-urls": at.clientListed,
		"listen-peer-urls": at.peer, "initial-advertise-peer-urls": at.peerListed,
		"initial-cluster": initial, "initial-cluster-state": "new", "heartbeat-interval": 50, "election-timeout": 500,
	}
	for _, s := range settings {
		maps.Copy(all, s)
	}
	if program == "" {
		var err error
		if program, err = os.Executable(); err != nil {
			t.Fatal(err)
		}
	}
	m.argv = []string{program, "--config-file", filepath.Join(dir, "config")}
	config, err := json.Marshal(all)
	if err == nil {
		err = os.WriteFile(m.argv[2], config, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Kill)
	return m
}

// Address returns the URL of an address that no other process uses.
func Address(t testing.TB) string { return "http://" + peerAddress(t) }

// peerAddress returns an address for a member that no other process uses, also while the member does not run: on Linux
// every address in 127.0.0.0/8 is this machine.
func peerAddress(t testing.TB) string {
	t.Helper()
	host := "127.0.0.1"
	if runtime.GOOS == "linux" {
		host = fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254))
	}
	lis, err := net.Listen("tcp", host+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	return lis.Addr().String()
}

// Start starts the process, again too. It does not wait until it serves.
func (m *Member) Start() {
	m.t.Helper()
	log, err := os.OpenFile(m.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		m.t.Fatal(err)
	}
	defer log.Close()
	m.cmd = exec.Command(m.argv[0], m.argv[1:]...)
	m.cmd.Env = append(os.Environ(), childEnv+"=1")
	m.cmd.Stdout, m.cmd.Stderr = log, log
	if m.input, err = m.cmd.StdinPipe(); err != nil {
		m.t.Fatal(err)
	}
	if err := m.cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	m.exited = make(chan struct{})
	go func(cmd *exec.Cmd, exited chan struct{}) {
		_ = cmd.Wait()
		close(exited)
	}(m.cmd, m.exited)
}

// Ready waits until the member serves linearizable reads.
func (m *Member) Ready() {
	m.t.Helper()
	w := m.Client()
	defer w.Close()
	for end := time.Now().Add(patience); ; {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		_, err := w.Get(ctx, "ready")
		cancel()
		if err == nil {
			return
		}
		select {
		case <-m.exited:
			m.t.Fatalf("etcd ended: %v; it says %s", m.cmd.ProcessState, m.said())
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(end) {
			m.t.Fatalf("etcd does not get ready: %v; it says %s", err, m.said())
		}
	}
}

// Client returns a client of this member that may write. It is the caller's to close.
func (m *Member) Client() *clientv3.Client {
	m.t.Helper()
	w, err := clientv3.New(clientv3.Config{Endpoints: []string{m.URL}, Logger: zap.NewNop(), DialOptions: []grpc.DialOption{grpc.WithNoProxy()}})
	if err != nil {
		m.t.Fatal(err)
	}
	return w
}

// Kill kills the process by SIGKILL and waits for its end; what it holds stays.
func (m *Member) Kill() { m.end(syscall.SIGKILL) }

// Stop stops the process in good order; what it holds stays.
func (m *Member) Stop() { m.end(syscall.SIGTERM) }

func (m *Member) end(sig syscall.Signal) {
	if m.cmd == nil {
		return
	}
	m.Signal(sig)
	select {
	case <-m.exited:
	case <-time.After(patience):
		m.Signal(syscall.SIGKILL)
		<-m.exited
	}
	m.input.Close()
	m.cmd = nil
}

// Refuses waits until a process that was started ends by itself, and returns what it logged last.
func (m *Member) Refuses() string {
	m.t.Helper()
	select {
	case <-m.exited:
	case <-time.After(patience):
		m.t.Fatalf("etcd does not end; it says %s", m.said())
	}
	m.input.Close()
	m.cmd = nil
	return m.said()
}

// Signal sends a signal to the process.
func (m *Member) Signal(sig syscall.Signal) { _ = m.cmd.Process.Signal(sig) }

// Log is what the process has logged.
func (m *Member) Log() []byte {
	b, _ := os.ReadFile(m.log)
	return b
}

// said is the end of what the process logged.
func (m *Member) said() string {
	b := m.Log()
	return string(b[max(len(b)-2000, 0):])
}

// Child returns at once, unless this process was started to be a Member: then it serves until it gets SIGTERM or its
// standard input closes, and exits.
func Child() {
	if os.Getenv(childEnv) == "" || len(os.Args) != 3 {
		return
	}
	if err := serve(os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func serve(config string) error {
	signal.Ignore(syscall.SIGINT, syscall.SIGHUP)
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	cfg, err := embed.ConfigFromFile(config)
	if err != nil {
		return err
	}
	if err := segments(config); err != nil {
		return err
	}
	etcd, err := embed.StartEtcd(cfg)
	if err != nil {
		return err
	}
	select {
	case err := <-etcd.Err():
		return err
	case <-end:
		etcd.Close()
		return nil
	}
}

// segments takes what the configuration says of the files of the WAL.
func segments(config string) error {
	data, err := os.ReadFile(config)
	if err != nil {
		return err
	}
	var all map[string]any
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	if n, ok := all[SegmentBytes].(float64); ok {
		wal.SegmentSizeBytes = int64(n)
	}
	return nil
}

// PID is the number of the process, which runs.
func (m *Member) PID() int { return m.cmd.Process.Pid }

package demo

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/etcdserver/api/v3client"
	"go.etcd.io/etcd/server/v3/storage/wal"
	"go.uber.org/zap"

	"github.com/etcdscope/etcdscope/etcdsource/child"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// childEnv, when set, makes Child the server of a demo. Its value is the folder to make the demo's own folder in.
const childEnv = "ETCDSCOPE_DEMO_CHILD"

// What the child writes to the parent on its standard output, a line each.
const (
	sayDir   = "dir "
	sayReady = "ready"
	sayError = "error "
)

const (
	socketName = "c"     // for clients, in the demo's folder
	crashName  = "crash" // what the Go runtime says of a fatal panic
	startLimit = 20 * time.Second
	closeLimit = 2 * time.Second
	// segmentBytes is what etcd reserves on disk for each of two log segments; its own 64 MB would be a lot for /tmp.
	segmentBytes = 4 << 20
	// maxTxnOps is the largest number of keys in one revision: a lease that ends deletes all of its own at once.
	maxTxnOps = 100_000
)

// Child returns at once, unless this process was started to be the etcd of a demo: then it reads the seed from its
// standard input and serves until that closes or it gets SIGTERM, removes its folder and exits. main and TestMain call it before anything else.
func Child() {
	base, ok := os.LookupEnv(childEnv)
	if !ok {
		return
	}
	os.Exit(runChild(base, os.Stdin, os.Stdout))
}

// runChild serves and returns the exit code. A terminal's signals are the parent's to act on.
func runChild(base string, in io.Reader, out io.Writer) int {
	signal.Ignore(syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGPIPE)
	end := make(chan os.Signal, 2)
	signal.Notify(end, syscall.SIGTERM)
	seed := make(chan []revision, 1)
	safego.Go(nil, func() {
		var revs []revision
		if gob.NewDecoder(in).Decode(&revs) == nil {
			seed <- revs
			_, _ = io.Copy(io.Discard, in)
		}
		end <- syscall.SIGTERM
	})
	dir, err := os.MkdirTemp(base, folderPattern)
	if err != nil {
		fmt.Fprintln(out, sayError+"cannot make its folder in "+base+": "+disk.Sentence(err, disk.Temporary))
		return 1
	}
	defer removeFolder(dir)
	keepCrash(dir)
	fmt.Fprintln(out, sayDir+dir)
	return serve(dir, seed, out, end)
}

// serve runs etcd in the folder until end is signalled or etcd gives up. It returns when etcd has stopped: one that is
// still starting would make the folder again.
func serve(dir string, seed <-chan []revision, out io.Writer, end <-chan os.Signal) int {
	type started struct {
		etcd *embed.Etcd
		err  error
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	start := make(chan started, 1)
	safego.Go(nil, func() {
		e, err := startEtcd(ctx, dir, seed)
		start <- started{e, err}
	})
	var s started
	select {
	case s = <-start:
	case <-end:
		cancel()
		select {
		case s = <-start:
		case <-time.After(closeLimit):
			return 1
		}
	}
	if s.etcd != nil {
		defer child.Close(s.etcd, closeLimit)
	}
	if s.err != nil {
		fmt.Fprintln(out, sayError+s.err.Error())
		return 1
	}
	fmt.Fprintln(out, sayReady)
	select {
	case <-end:
	case <-s.etcd.Server.StopNotify():
	case <-s.etcd.Err():
	}
	return 0
}

// startEtcd starts etcd and fills it. The parent could do that too, but a write from here takes a sixth of the time.
// What it returns must be closed, also when there is an error.
func startEtcd(ctx context.Context, dir string, seed <-chan []revision) (*embed.Etcd, error) {
	e, err := embed.StartEtcd(childConfig(dir))
	if err != nil {
		return nil, err
	}
	select {
	case <-ctx.Done():
		return e, ctx.Err()
	case <-e.Server.StopNotify():
		return e, errors.New("etcd stopped while it started")
	case <-e.Server.ReadyNotify():
	}
	select {
	case <-ctx.Done():
		return e, ctx.Err()
	case revs := <-seed:
		w := newWriter(v3client.New(e.Server), e.Server.LeaseGrant)
		for _, rev := range revs {
			if _, err := w.write(ctx, rev); err != nil {
				return e, err
			}
		}
		return e, nil
	}
}

// childConfig is an etcd of one member that is quick to start, says nothing and does not wait for the disk.
func childConfig(dir string) *embed.Config {
	wal.SegmentSizeBytes = segmentBytes
	cfg := embed.NewConfig()
	cfg.Name = "demo"
	cfg.Dir = filepath.Join(dir, "data")
	client := []url.URL{{Scheme: "unix", Path: filepath.Join(dir, socketName)}}
	peer := []url.URL{{Scheme: "unix", Path: filepath.Join(dir, "p")}}
	cfg.ListenClientUrls, cfg.AdvertiseClientUrls = client, client
	cfg.ListenPeerUrls, cfg.AdvertisePeerUrls = peer, peer
	cfg.InitialCluster = cfg.InitialClusterFromName(cfg.Name)
	cfg.TickMs, cfg.ElectionMs = 10, 100
	cfg.UnsafeNoFsync = true
	cfg.MaxTxnOps = maxTxnOps
	cfg.ZapLoggerBuilder = embed.NewZapLoggerBuilder(zap.NewNop())
	return cfg
}

// keepCrash has the runtime write down what it says of a fatal panic, for the parent to read.
func keepCrash(dir string) {
	f, err := os.OpenFile(filepath.Join(dir, crashName), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	_ = debug.SetCrashOutput(f, debug.CrashOptions{})
	_ = f.Close()
}

// removeFolder removes a demo's folder. It tries more than once: a server that is still closing may make a file.
func removeFolder(dir string) {
	for range 50 {
		if os.RemoveAll(dir) == nil {
			if _, err := os.Lstat(dir); os.IsNotExist(err) {
				return
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
}

package rehearse

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"go.etcd.io/etcd/etcdutl/v3/snapshot"
	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/storage/wal"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/etcdscope/etcdscope/etcdsource/child"
	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

// childEnv, when set, makes Child a restoring process. Its value is not used.
const childEnv = "ETCDSCOPE_RESTORE_CHILD"

// What the child writes to the parent on its standard output, a line each.
const (
	sayRestored = "restored"
	sayReady    = "ready"
	sayError    = "error "
)

const (
	closeLimit = 2 * time.Second
	// segmentBytes is what a rehearsing member reserves for each of two log segments; etcd's own 64 MB are not needed.
	segmentBytes = 4 << 20
)

// order is what the parent asks of a child: the first line of its standard input.
type order struct {
	WorkDir     string   // the folder of the rehearsal, which sockets are in; "" for a restore alone
	Snapshot    string   // a plain snapshot file
	SkipHash    bool     // it has no checksum
	DataDir     string   // to make
	WALDir      string   // "" for the usual one
	Name        string   // of the member
	Cluster     string   // NAME=URL,…
	Token       string   // of the cluster
	PeerURLs    []string // of the member
	Bump        uint64   // revisions; 0 for none
	MmapSize    uint64   // bytes; 0 for etcd's choice
	Client      string   // socket to serve clients on, in WorkDir; "" to end after the restore
	RemoveAfter bool     // the data directory, when the process ends
}

// Child returns at once, unless this process was started to restore: then it does what its standard input asks, serves
// until that closes, and exits. main and TestMain call it before anything else.
func Child() {
	if _, ok := os.LookupEnv(childEnv); !ok {
		return
	}
	os.Exit(runChild(os.Stdin, os.Stdout))
}

// runChild returns the exit code. A terminal's signals are the parent's to act on.
func runChild(in io.Reader, out io.Writer) int {
	signal.Ignore(syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGPIPE)
	ending := make(chan os.Signal, 2)
	signal.Notify(ending, syscall.SIGTERM)
	dec := json.NewDecoder(in)
	var o order
	if err := dec.Decode(&o); err != nil {
		return 1
	}
	if o.RemoveAfter {
		defer os.RemoveAll(o.DataDir)
	}
	work := make(chan int, 1)
	safego.Go(nil, func() {
		_, _ = io.Copy(io.Discard, in)
		ending <- syscall.SIGTERM
	})
	safego.Go(nil, func() { work <- o.run(out, ending) })
	select {
	case code := <-work:
		return code
	case <-ending:
		ending <- syscall.SIGTERM // for the member, where there is one already
		select {
		case code := <-work:
			return code
		case <-time.After(closeLimit):
			return 1
		}
	}
}

// run restores, and serves where that is asked for.
func (o *order) run(out io.Writer, ending <-chan os.Signal) int {
	fail := func(err error) int {
		fmt.Fprintln(out, sayError+oneLine(err.Error()))
		return 1
	}
	if o.WorkDir != "" {
		wal.SegmentSizeBytes = segmentBytes
		if err := os.Chdir(o.WorkDir); err != nil {
			return fail(err)
		}
	}
	if err := o.restore(); err != nil {
		return fail(err)
	}
	fmt.Fprintln(out, sayRestored)
	if o.Client == "" {
		return 0
	}
	e, err := embed.StartEtcd(o.config())
	if err != nil {
		return fail(err)
	}
	defer child.Close(e, closeLimit)
	select {
	case <-ending:
		return 0
	case <-e.Server.StopNotify():
		return fail(fmt.Errorf("etcd stopped while it started"))
	case <-e.Server.ReadyNotify():
	}
	fmt.Fprintln(out, sayReady)
	select {
	case <-ending:
	case <-e.Server.StopNotify():
	case <-e.Err():
	}
	return 0
}

func (o *order) restore() error {
	return snapshot.NewV3(logger()).Restore(snapshot.RestoreConfig{
		SnapshotPath: o.Snapshot, Name: o.Name, OutputDataDir: o.DataDir, OutputWALDir: o.WALDir, PeerURLs: o.PeerURLs,
		InitialCluster: o.Cluster, InitialClusterToken: o.Token, SkipHashCheck: o.SkipHash, InitialMmapSize: o.MmapSize,
		RevisionBump: o.Bump, MarkCompacted: o.Bump > 0,
	})
}

// config is a member that listens on sockets in its working folder, says little and does not wait for the disk.
func (o *order) config() *embed.Config {
	cfg := embed.NewConfig()
	cfg.Name, cfg.Dir = o.Name, o.DataDir
	client := []url.URL{{Scheme: "unix", Host: o.Client}}
	cfg.ListenClientUrls, cfg.AdvertiseClientUrls = client, client
	peer, err := url.Parse(o.PeerURLs[0])
	if err != nil {
		peer = &url.URL{Scheme: "unix", Host: o.Name}
	}
	cfg.ListenPeerUrls, cfg.AdvertisePeerUrls = []url.URL{*peer}, []url.URL{*peer}
	cfg.InitialCluster, cfg.InitialClusterToken = o.Cluster, o.Token
	cfg.TickMs, cfg.ElectionMs = 50, 500
	cfg.UnsafeNoFsync = true
	cfg.QuotaBackendBytes = 1 << 40 // nothing is written to it
	cfg.EnableGRPCGateway = false
	cfg.ZapLoggerBuilder = embed.NewZapLoggerBuilder(logger())
	return cfg
}

// logger writes errors to standard error, which the parent keeps in a file: a fatal one is the last thing that is said.
func logger() *zap.Logger {
	enc := zapcore.NewConsoleEncoder(zapcore.EncoderConfig{MessageKey: "msg", LineEnding: "\n", EncodeDuration: zapcore.StringDurationEncoder})
	return zap.New(zapcore.NewCore(enc, zapcore.AddSync(os.Stderr), zapcore.ErrorLevel))
}

// member is the name, the peer URL and the sockets of the i-th rehearsing member. The port is part of a socket's name:
// HTTP adds one where there is none.
func member(i int) (name, peer, client string) {
	name = fmt.Sprintf("m%d", i)
	return name, "unix://p" + fmt.Sprint(i) + ":1", "c" + fmt.Sprint(i)
}

func dataDir(work, name string) string { return filepath.Join(work, name+".etcd") }

package live

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/experimental"
	"google.golang.org/grpc/grpclog"
	"google.golang.org/grpc/mem"
)

// gRPC writes to stderr what it also returns as errors; a terminal program must not.
func init() { grpclog.SetLoggerV2(grpclog.NewLoggerV2(io.Discard, io.Discard, io.Discard)) }

// bufferSizes are the buffers that gRPC reads messages into, as exponents of 2. Its own sizes end with 32 KiB and 1 MiB, and each
// buffer is cleared whole before it is used again: a message of a snapshot, which is a little above 32 KiB, costs 1 MiB of that.
var bufferSizes = []uint8{8, 12, 14, 15, 16, 17, 18, 19, 20}

func init() {
	if p, err := mem.NewBinaryTieredBufferPool(bufferSizes...); err == nil {
		experimental.SetDefaultBufferPool(p) // the codec has no other way to get one
	}
}

// trail remembers why the connection to an endpoint failed last, as Go's own error: what gRPC reports is only text.
type trail struct {
	mu    sync.Mutex
	err   error
	stage string // dial, handshake or read
}

func (t *trail) set(stage string, err error) {
	if err == nil || errors.Is(err, net.ErrClosed) || errors.Is(err, context.Canceled) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	// A closed connection says less than the alert that came before it.
	if errors.Is(err, io.EOF) && t.err != nil && t.stage == "read" {
		return
	}
	t.stage, t.err = stage, err
}

func (t *trail) get() (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stage, t.err
}

func (t *trail) clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stage, t.err = "", nil
}

// watchedCreds leave a trail of failed handshakes, and of what is read after them: with TLS 1.3 a server refuses a
// client certificate only then. Each handshake uses fresh ones, for the files of certificates are renewed.
type watchedCreds struct {
	credentials.TransportCredentials
	fresh func() credentials.TransportCredentials
	trail *trail
}

func (w watchedCreds) ClientHandshake(ctx context.Context, name string, raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	conn, info, err := w.fresh().ClientHandshake(ctx, name, raw)
	if err != nil {
		w.trail.set("handshake", err)
		return conn, info, err
	}
	return &watchedConn{Conn: conn, trail: w.trail}, info, nil
}

func (w watchedCreds) Clone() credentials.TransportCredentials {
	return watchedCreds{w.TransportCredentials.Clone(), w.fresh, w.trail}
}

type watchedConn struct {
	net.Conn
	trail *trail
}

func (c *watchedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil {
		c.trail.set("read", err)
	}
	return n, err
}

// Write leaves the failure where no read did: after it gRPC closes the connection, and a read that has not seen the end
// yet finds only that.
func (c *watchedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if _, known := c.trail.get(); err != nil && known == nil {
		c.trail.set("read", err)
	}
	return n, err
}

// dialer is what all connections of a Source have in common.
type dialer struct {
	cfg  Config
	tls  func(host string) *tls.Config // nil: no endpoint uses TLS
	toll toll
	id   *identity
	log  *zap.Logger // of etcd's client

	strangers bool // each address may be another cluster's, and has a check of its own
}

// large is the HTTP/2 window of a connection that streams a snapshot, in bytes.
const large = 8 << 20

// largeRead is how much such a connection reads at once, in bytes.
const largeRead = 512 << 10

// maxMessage is the largest answer that is taken at once, in bytes: etcd's own requests are limited to 1.5 MiB, unless
// a flag says otherwise.
const maxMessage = 64 << 20

// connect returns a client for one endpoint, whose answers are checked. It does not wait for a connection, except to log
// in: etcd is asked to refuse that at once where it has no leader, rather than to wait for one.
func (d *dialer) connect(ctx context.Context, ep endpoint, t *trail, a *answers, window int32) (*clientv3.Client, error) {
	fresh := insecure.NewCredentials
	if ep.tls {
		fresh = func() credentials.TransportCredentials { return credentials.NewTLS(d.tls(ep.host)) }
	}
	opts := []grpc.DialOption{
		grpc.WithTransportCredentials(watchedCreds{fresh(), fresh, t}),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			var nd net.Dialer
			conn, err := nd.DialContext(ctx, ep.network, ep.addr)
			t.set("dial", err)
			return conn, err
		}),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 200 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 3 * time.Second},
			MinConnectTimeout: d.cfg.DialTimeout,
		}),
		grpc.WithChainUnaryInterceptor(a.dialect, d.id.unary(ep.text), d.toll.unary, a.unary, guardUnary),
		grpc.WithChainStreamInterceptor(d.id.stream(ep.text), d.toll.stream, guardStream),
		grpc.WithStatsHandler(meter{d.toll.log}),
		grpc.WithStatsHandler(a),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)),
		grpc.WithNoProxy(),
	}
	if window > 0 {
		opts = append(opts, grpc.WithInitialWindowSize(window), grpc.WithInitialConnWindowSize(window), grpc.WithReadBufferSize(largeRead))
	}
	target := ep.addr
	if ep.network == "unix" {
		target = "unix:" + ep.addr
	}
	return clientv3.New(clientv3.Config{
		Endpoints:            []string{target},
		Username:             d.cfg.User,
		Password:             d.cfg.Password,
		DialTimeout:          d.cfg.DialTimeout,
		DialKeepAliveTime:    d.cfg.tune.keepalive,
		DialKeepAliveTimeout: d.cfg.tune.keepalive,
		MaxUnaryRetries:      2, // the second with a new token, where that of the login has expired
		DialOptions:          opts,
		Context:              clientv3.WithRequireLeader(ctx),
		Logger:               d.log,
	})
}

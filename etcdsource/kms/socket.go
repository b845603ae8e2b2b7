package kms

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// maxAnswer bounds the answer of a plugin, in bytes: keys are short.
const maxAnswer = 64 << 10

// conn returns the connection to the plugin of a source. Its error is known without a call.
func (c *Client) conn(s *Source) (*conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, fmt.Errorf("its KMS plugin %s is asked no more", s.Plugin)
	}
	id := s.Plugin + " " + s.Version
	if p := c.conns[id]; p != nil {
		return p, nil
	}
	for _, p := range c.plugins {
		if p.Name != s.Plugin || p.Version != s.Version {
			continue
		}
		path, ok := socket(p.Endpoint)
		if !ok {
			return nil, fmt.Errorf("the configuration names no socket for its KMS plugin %s (an endpoint such as unix:///run/kms.sock)", s.Plugin)
		}
		n := &conn{Count: Count{Plugin: p.Name, Endpoint: p.Endpoint}, path: path}
		cc, err := grpc.NewClient("passthrough:///kms", grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithContextDialer(dialer(n)),
			grpc.WithDisableServiceConfig(), grpc.WithNoProxy(), grpc.WithUserAgent("etcdscope"), grpc.WithAuthority("localhost"), grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer)))
		if err != nil {
			return nil, fmt.Errorf("its KMS plugin %s cannot be asked: %w", s.Plugin, err)
		}
		n.ClientConn = cc
		c.conns[id] = n
		return n, nil
	}
	return nil, fmt.Errorf("the configuration names no KMS %s plugin %s", s.Version, s.Plugin)
}

// socket is the path of an endpoint; one that begins with @ is abstract.
func socket(endpoint string) (path string, ok bool) {
	path, ok = strings.CutPrefix(endpoint, "unix://")
	if !ok {
		path, ok = strings.CutPrefix(endpoint, "unix:")
	}
	return path, ok && (strings.HasPrefix(path, "/") || strings.HasPrefix(path, "@")) && len(path) > 1
}

// dialer connects to the socket of a plugin, and keeps why that failed.
func dialer(p *conn) func(context.Context, string) (net.Conn, error) {
	return func(ctx context.Context, _ string) (net.Conn, error) {
		var d net.Dialer
		nc, err := d.DialContext(ctx, "unix", p.path)
		if info, serr := os.Stat(p.path); err != nil && serr == nil && info.Mode()&fs.ModeSocket == 0 {
			err = errNoSocket
		}
		p.dial.Lock()
		defer p.dial.Unlock()
		p.dialed = err
		return nc, err
	}
}

// lastDial is why the socket could not be opened when that was tried last, nil where it could.
func (p *conn) lastDial() error {
	p.dial.Lock()
	defer p.dial.Unlock()
	return p.dialed
}

var errNoSocket = errors.New("not a socket")

// explain puts a failed call into words. refused reports that the plugin itself said no.
func (p *conn) explain(err, dialed error, limit time.Duration) (why error, refused bool) {
	st := status.Convert(err)
	say := func(format string, args ...any) error {
		return fmt.Errorf("its KMS plugin "+p.Plugin+" "+format, args...)
	}
	switch {
	case dialed != nil:
		return p.explainSocket(dialed, say), false
	case st.Code() == codes.DeadlineExceeded:
		return say("at %s did not answer within %s", p.path, limit), false
	case st.Code() == codes.Unimplemented:
		return say("at %s is no plugin of that version of KMS", p.path), true
	case st.Code() == codes.ResourceExhausted && strings.Contains(st.Message(), "larger than max"):
		return say("at %s answers with more than a key", p.path), true
	case st.Code() == codes.Unavailable:
		return say("at %s ended the connection", p.path), false
	}
	return say("refused: %s", brief(st.Message())), true
}

func (p *conn) explainSocket(dialed error, say func(string, ...any) error) error {
	switch {
	case errors.Is(dialed, fs.ErrNotExist):
		return say("is not there: there is no socket %s", p.path)
	case errors.Is(dialed, fs.ErrPermission):
		return say("cannot be asked: no right to open %s; run with sudo", p.path)
	case errors.Is(dialed, syscall.ECONNREFUSED):
		return say("does not run: nothing listens at %s", p.path)
	case errors.Is(dialed, errNoSocket):
		return say("cannot be asked: %s is not a socket", p.path)
	}
	return say("cannot be reached at %s", p.path)
}

// brief is what a plugin says of itself, one short line.
func brief(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 200 {
		s = string(r[:200]) + "…"
	}
	if s == "" {
		return "it gives no reason"
	}
	return s
}

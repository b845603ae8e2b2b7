package live

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// What answers at an address that does not answer as etcd does is found out as a person would: by asking it over HTTP.
//
//	connect ─► GET /version ─► banner? TLS? HTTP? silence? ─► whose answer is it: etcd's, an API server's, another's

// The kinds of servers that are met instead of etcd's port for clients.
const (
	apiServer    = "this is a Kubernetes API server, not etcd"
	useEtcdsPort = "give etcd's address (port 2379 of a control-plane node) with --endpoints"
)

// maxListening is how long a server that is not understood is listened to.
const maxListening = 3 * time.Second

// maxHeard bounds what is read of a server that is not etcd, in bytes.
const maxHeard = 64 << 10

// explainSpeaker finds out what answers at an endpoint. It reports false where that does not explain the failure.
func (d *dialer) explainSpeaker(ctx context.Context, p *etcdsource.Problem, ep endpoint) bool {
	ctx, cancel := context.WithTimeout(ctx, min(d.cfg.DialTimeout, maxListening))
	defer cancel()
	a, err := d.hear(ctx, ep, false, "/version")
	switch {
	case err != nil:
		return d.explainQuiet(ctx, p, ep, err)
	case a.talksTLS() && ep.tls:
		return d.explainTLSSpeaker(ctx, p, ep)
	case a.talksTLS():
		p.Why, p.Do = noPlain, tlsInstead
		return true
	case a.isHTTP2():
		if !ep.tls {
			return false // it may be etcd: the reason lies elsewhere
		}
		p.Why, p.Do = noTLS, plainInstead
		return true
	case bytes.HasPrefix(a.first, []byte("SSH-")):
		p.Why, p.Do = "this is an SSH server, not etcd", "check the address with --endpoints"
		return true
	case a.status == 0:
		p.Why, p.Do = "this is not etcd: the server speaks first, and says "+quoted(string(a.first)), "check the address with --endpoints"
		return true
	}
	return d.explainHTTP(ctx, p, ep, false, a)
}

const (
	noTLS        = "the server does not speak TLS"
	plainInstead = "write http:// instead of https://, and leave the certificates out"
	noPlain      = "the server speaks TLS, and this is plain HTTP"
	tlsInstead   = "write https:// and add --cacert, --cert and --key"
)

// explainQuiet explains a server that took the connection and answered nothing to plain HTTP.
func (d *dialer) explainQuiet(ctx context.Context, p *etcdsource.Problem, ep endpoint, err error) bool {
	var oe *net.OpError
	switch {
	case errors.As(err, &oe) && oe.Op == "dial":
		return false
	case timeless(err) == nil: // it waits for more, or is stopped
		p.Why = fmt.Sprintf("the connection is accepted, but nothing is answered within %s", d.cfg.DialTimeout)
		p.Do = "check that this is etcd's port for clients (2379) and that etcd is not stopped or stuck, or give more time with --dial-timeout"
		return true
	case ep.tls:
		return d.explainTLSSpeaker(ctx, p, ep)
	case d.speaksTLS(ctx, ep):
		p.Why, p.Do = noPlain, tlsInstead
		return true
	}
	return false
}

// explainTLSSpeaker asks the same over TLS.
func (d *dialer) explainTLSSpeaker(ctx context.Context, p *etcdsource.Problem, ep endpoint) bool {
	a, err := d.hear(ctx, ep, true, "/version")
	return err == nil && a.status != 0 && d.explainHTTP(ctx, p, ep, true, a)
}

// explainHTTP explains a server by its answer to GET /version.
func (d *dialer) explainHTTP(ctx context.Context, p *etcdsource.Problem, ep endpoint, overTLS bool, a answer) bool {
	switch {
	case bytes.Contains(a.body, []byte("HTTP request to an HTTPS server")):
		if ep.tls {
			return d.explainTLSSpeaker(ctx, p, ep)
		}
		p.Why, p.Do = noPlain, tlsInstead
		return true
	case a.has("gitVersion"), a.has("apiVersion"):
		p.Why, p.Do = apiServer, useEtcdsPort
		return true
	case a.has("etcdserver"):
		return d.explainEtcd(ctx, p, ep, overTLS)
	}
	if h, err := d.hear(ctx, ep, overTLS, "/health"); err == nil && h.has("health") {
		p.Why, p.Do = "this is etcd's port for metrics, not its port for clients", "give the port for clients (2379) with --endpoints"
		return true
	}
	p.Why, p.Do = fmt.Sprintf("this is another HTTP server, not etcd (it answers %d to GET /version", a.status), "check the address with --endpoints"
	if a.server != "" {
		p.Why += ", and calls itself " + quoted(a.server)
	}
	p.Why += ")"
	return true
}

// explainEtcd explains an etcd that answers over HTTP and not by gRPC.
func (d *dialer) explainEtcd(ctx context.Context, p *etcdsource.Problem, ep endpoint, overTLS bool) bool {
	members, err := d.hear(ctx, ep, overTLS, "/members")
	switch {
	case err == nil && members.status == http.StatusOK && json.Valid(members.body):
		p.Why, p.Do = "this is where etcd's members talk to each other, not its port for clients", "give the port for clients (2379, not 2380) with --endpoints"
	case ep.tls && !overTLS:
		p.Why, p.Do = noTLS, plainInstead
	case code(p.Err) == codes.DeadlineExceeded: // gRPC was not refused, only slow
		return false
	default:
		p.Why, p.Do = "etcd answers HTTP there, but not gRPC (--listen-client-http-urls)", "give the address of --listen-client-urls with --endpoints"
	}
	return true
}

// answer is what a server says to a question over HTTP/1.1.
type answer struct {
	first  []byte // its first bytes, where they are not HTTP/1's
	status int    // 0 where it is not HTTP/1
	server string // what it calls itself
	body   []byte // at most maxHeard
}

// hear connects, asks for a path over HTTP/1.1, and returns what the server says. The certificate of the server counts
// for nothing here: the question carries nothing.
func (d *dialer) hear(ctx context.Context, ep endpoint, overTLS bool, path string) (answer, error) {
	var nd net.Dialer
	conn, err := nd.DialContext(ctx, ep.network, ep.addr)
	if err != nil {
		return answer{}, err
	}
	defer conn.Close()
	if end, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(end)
	}
	host := ep.addr
	if ep.network == "unix" {
		host = "localhost"
	}
	if overTLS {
		cfg := d.tls(ep.host)
		cfg.InsecureSkipVerify, cfg.NextProtos = true, []string{"http/1.1"}
		conn = tls.Client(conn, cfg)
	}
	// Who speaks first is heard even where this cannot be sent.
	_, werr := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: etcdscope\r\nAccept: */*\r\nConnection: close\r\n\r\n", path, host)
	a, err := readAnswer(bufio.NewReader(conn))
	if err != nil && werr != nil {
		err = werr
	}
	return a, err
}

// readAnswer reads an answer of HTTP/1, or the first words of anything else.
func readAnswer(r *bufio.Reader) (a answer, err error) {
	if first, err := r.Peek(5); err != nil || string(first) != "HTTP/" {
		if len(first) == 0 {
			return a, err
		}
		a.first, _ = r.Peek(r.Buffered())
		return a, nil
	}
	line, _ := r.Peek(min(r.Buffered(), 16))
	resp, err := http.ReadResponse(r, nil)
	if err != nil { // what it says is not in order, but it is HTTP
		var major, minor int
		if n, _ := fmt.Sscanf(string(line), "HTTP/%d.%d %d", &major, &minor, &a.status); n < 3 {
			a.status = http.StatusBadGateway
		}
		return a, nil
	}
	defer resp.Body.Close()
	a.status, a.server = resp.StatusCode, resp.Header.Get("Server")
	a.body, _ = io.ReadAll(io.LimitReader(resp.Body, maxHeard))
	return a, nil
}

// has reports whether the answer is a JSON object that has a field.
func (a *answer) has(field string) bool {
	var o map[string]json.RawMessage
	return json.Unmarshal(a.body, &o) == nil && o[field] != nil
}

// isHTTP2 reports whether the server began with a SETTINGS frame, as HTTP/2 servers do.
func (a *answer) isHTTP2() bool {
	return len(a.first) > 4 && a.first[0] == 0 && a.first[1] == 0 && a.first[3] == 4
}

// talksTLS reports whether the server answered with an alert, or a handshake, of TLS.
func (a *answer) talksTLS() bool {
	return len(a.first) > 2 && (a.first[0] == 0x15 || a.first[0] == 0x16) && a.first[1] == 3
}

// speaksTLS reports whether a TLS server answers: its certificate, or an alert.
func (d *dialer) speaksTLS(ctx context.Context, ep endpoint) bool {
	var nd net.Dialer
	conn, err := nd.DialContext(ctx, ep.network, ep.addr)
	if err != nil {
		return false
	}
	defer conn.Close()
	err = tls.Client(conn, &tls.Config{InsecureSkipVerify: true}).HandshakeContext(ctx)
	return err == nil || strings.Contains(err.Error(), "remote error: tls:")
}

// quoted shows the first words of a text from outside.
func quoted(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strconv.QuoteToASCII(strings.TrimSpace(line[:min(len(line), 40)]))
}

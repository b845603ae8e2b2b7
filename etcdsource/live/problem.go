package live

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"
	"syscall"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// plainStatus returns what a gRPC error says, without gRPC's own wrapping.
func plainStatus(err error) string {
	if s, ok := status.FromError(err); ok {
		return strings.TrimPrefix(s.Message(), "etcdserver: ")
	}
	return err.Error()
}

func code(err error) codes.Code {
	if errors.Is(err, context.DeadlineExceeded) {
		return codes.DeadlineExceeded
	}
	if errors.Is(err, context.Canceled) {
		return codes.Canceled
	}
	var ee rpctypes.EtcdError
	if errors.As(err, &ee) {
		return ee.Code()
	}
	return status.Code(err)
}

func is(err, server error) bool {
	return err != nil && strings.Contains(err.Error(), rpctypes.ErrorDesc(server))
}

func permissionDenied(err error) bool { return is(err, rpctypes.ErrGRPCPermissionDenied) }

// usable says why a member that answers cannot be read.
func (d *dialer) usable(m *member) error {
	tried := "read etcd at " + m.ep.text
	switch {
	case m.learner:
		return &etcdsource.Problem{Tried: tried, Why: "it is a learner, which answers almost nothing", Do: "give the endpoint of a voting member"}
	case !m.hasLeader && !m.kine() && !d.cfg.Serializable:
		return &etcdsource.Problem{Tried: tried, Why: "it answers, but the cluster has no leader (most members are down or cannot reach each other)",
			Do: "start the other members, or add --serializable to read what this member holds", Err: rpctypes.ErrNoLeader}
	}
	return nil
}

// openProblem explains why an endpoint could not be opened.
func (d *dialer) openProblem(ctx context.Context, ep endpoint, t *trail, err error) error {
	p := &etcdsource.Problem{Tried: "connect to " + ep.text, Err: err}
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case explainUser(p, d.cfg.User, err):
		return p
	case is(err, rpctypes.ErrGRPCNoLeader), is(err, rpctypes.ErrGRPCTimeout), is(err, rpctypes.ErrGRPCTimeoutDueToLeaderFail):
		p.Why, p.Do = "it answers, but the cluster has no leader (most members are down or cannot reach each other)", "start the other members, or add --serializable"
		return p
	}
	stage, cause := t.get()
	if ep.tls && stage != "dial" && silent(cause) {
		if again := d.readOnce(ctx, ep); again != nil {
			cause = again
		}
	}
	if cause != nil {
		p.Err = cause
	}
	if d.explain(p, ep, cause) {
		return p
	}
	if stage != "dial" && d.explainProtocol(p, ep) {
		return p
	}
	switch {
	case cause == nil || errors.Is(cause, context.DeadlineExceeded):
		p.Why = fmt.Sprintf("no answer within %s", d.cfg.DialTimeout)
		p.Do = "check that the address is right and no firewall is between, or give more time with --dial-timeout"
	case errors.Is(cause, io.EOF):
		p.Why, p.Do = "the connection was closed without an answer", "check that this is etcd's client port (2379, not the peers' 2380)"
	default:
		p.Why, p.Do = cause.Error(), "check the address and the server's log"
	}
	return p
}

// explainUser explains why etcd does not take a user. A server may open without one, and refuse the first
// read.
func explainUser(p *etcdsource.Problem, user string, err error) bool {
	switch {
	case is(err, rpctypes.ErrGRPCAuthFailed):
		p.Why, p.Do = fmt.Sprintf("etcd does not know user %q with this password", user), "check --user and --password"
	case user == "" && (is(err, rpctypes.ErrGRPCUserEmpty) || is(err, rpctypes.ErrGRPCInvalidAuthToken)):
		p.Why, p.Do = "etcd asks for a user, and none was given", "add --user NAME:PASSWORD"
	case is(err, rpctypes.ErrGRPCUserEmpty), is(err, rpctypes.ErrGRPCInvalidAuthToken):
		p.Why, p.Do = fmt.Sprintf("etcd does not take the login of user %q any more", user), "check --user and --password, and open it again"
	default:
		return false
	}
	return true
}

// silent reports whether a connection ended without a reason: the alert that refuses a client certificate is lost when
// the client was writing while the server closed.
func silent(cause error) bool {
	return cause == nil || errors.Is(cause, io.EOF) || errors.Is(cause, syscall.ECONNRESET) || errors.Is(cause, syscall.EPIPE)
}

// readOnce connects, and reads without writing anything that could be in the way of an alert. It returns nil where the
// server speaks, or stays silent.
func (d *dialer) readOnce(ctx context.Context, ep endpoint) error {
	ctx, cancel := context.WithTimeout(ctx, d.cfg.DialTimeout)
	defer cancel()
	td := tls.Dialer{Config: d.tls(ep.host)}
	td.Config.NextProtos = []string{"h2"}
	conn, err := td.DialContext(ctx, ep.network, ep.addr)
	if err != nil {
		return timeless(err)
	}
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(time.Second))
	_, err = conn.Read(make([]byte, 1))
	return timeless(err)
}

// timeless drops errors that only say that time was up.
func timeless(err error) error {
	var ne net.Error
	if errors.As(err, &ne) && ne.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

// explain finds the sentence for a typed error of a connection.
func (d *dialer) explain(p *etcdsource.Problem, ep endpoint, cause error) bool {
	var (
		dns     *net.DNSError
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
		record  tls.RecordHeaderError
	)
	switch {
	case cause == nil:
		return false
	case errors.As(cause, &dns):
		p.Why, p.Do = fmt.Sprintf("the name %s is not known", dns.Name), "check the host name, or give an address"
	case errors.Is(cause, syscall.ECONNREFUSED):
		p.Why, p.Do = "nothing listens there", "check the address with --endpoints, and that etcd is running"
	case errors.Is(cause, fs.ErrNotExist):
		p.Why, p.Do = "there is no such socket", "check the path with --endpoints, and that etcd is running"
	case errors.Is(cause, fs.ErrPermission):
		p.Why, p.Do = "no right to open it", "run with sudo"
	case errors.Is(cause, syscall.EHOSTUNREACH), errors.Is(cause, syscall.ENETUNREACH):
		p.Why, p.Do = "there is no way to that address from here", "check the address with --endpoints, or run on a control-plane node"
	case errors.As(cause, &unknown):
		p.Why, p.Do = "the server's certificate is not signed by "+d.authority(), "give the CA that signed etcd's certificates with --cacert (kubeadm: /etc/kubernetes/pki/etcd/ca.crt)"
	case errors.As(cause, &host):
		p.Why, p.Do = fmt.Sprintf("the server's certificate is not for %s", ep.host), "give the endpoint by a name or address that its certificate carries: "+names(host.Certificate)
	case errors.As(cause, &invalid) && invalid.Reason == x509.Expired:
		p.Why, p.Do = "the server's certificate expired on "+invalid.Cert.NotAfter.UTC().Format(time.DateOnly), "renew it (kubeadm: kubeadm certs renew), or add --insecure-skip-tls-verify"
	case errors.As(cause, &record):
		p.Why, p.Do = "the server does not speak TLS", "write http:// instead of https://, and leave the certificates out"
	default:
		return d.explainAlert(p, cause)
	}
	return true
}

// explainAlert explains why the server refused the client's certificate, as far as TLS lets it say.
func (d *dialer) explainAlert(p *etcdsource.Problem, cause error) bool {
	text := cause.Error()
	if !strings.Contains(text, "remote error: tls:") {
		return false
	}
	alert := text[strings.Index(text, "tls:")+len("tls: "):]
	switch {
	case d.cfg.Cert == "":
		p.Why, p.Do = "the server asks for a client certificate, and none was given", "add --cert and --key (kubeadm: /etc/kubernetes/pki/apiserver-etcd-client.crt and .key)"
	case strings.Contains(alert, "expired"):
		p.Why, p.Do = "the server takes client certificate "+d.cfg.Cert+" for expired", "check both clocks, or renew the certificate"
	default:
		p.Why = fmt.Sprintf("the server refuses client certificate %s (%s)", d.cfg.Cert, alert)
		p.Do = "give a client certificate signed by the CA that etcd trusts with --cert and --key"
	}
	return true
}

func (d *dialer) authority() string {
	if d.cfg.CACert != "" {
		return "the CA in " + d.cfg.CACert
	}
	return "any CA that this system trusts"
}

func names(c *x509.Certificate) string {
	all := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	if len(all) == 0 {
		return "(it carries none)"
	}
	return strings.Join(all[:min(len(all), 8)], ", ")
}

// explainProtocol tries the other protocol: a server that drops what it does not understand gives no reason itself.
func (d *dialer) explainProtocol(p *etcdsource.Problem, ep endpoint) bool {
	conn, err := net.DialTimeout(ep.network, ep.addr, d.cfg.DialTimeout)
	if err != nil {
		return false
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(d.cfg.DialTimeout))
	if ep.tls {
		if !speaksPlain(conn) {
			return false
		}
		p.Why, p.Do = "the server does not speak TLS", "write http:// instead of https://, and leave the certificates out"
		return true
	}
	if !speaksTLS(conn) {
		return false
	}
	p.Why, p.Do = "the server speaks TLS, and this is plain HTTP", "write https:// and add --cacert, --cert and --key"
	return true
}

// speaksTLS reports whether a TLS server answers: its certificate, or an alert.
func speaksTLS(conn net.Conn) bool {
	err := tls.Client(conn, &tls.Config{InsecureSkipVerify: true}).Handshake()
	return err == nil || strings.Contains(err.Error(), "remote error: tls:")
}

// speaksPlain reports whether a plain HTTP/2 or HTTP/1 server answers.
func speaksPlain(conn net.Conn) bool {
	if _, err := io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"); err != nil {
		return false
	}
	var head [9]byte
	n, _ := io.ReadFull(conn, head[:])
	return n == 9 && head[3] == 4 || n > 4 && string(head[:4]) == "HTTP"
}

// broken reports whether a gRPC client speaks of its connection, which it does in terms of its sockets.
func broken(why string) bool {
	for _, s := range []string{"connection error", "error reading from server", "transport is closing", "the connection is draining"} {
		if strings.Contains(why, s) {
			return true
		}
	}
	return false
}

// explainRead turns the error of a request on an opened source into what callers decide by.
func (s *Source) explainRead(ctx context.Context, m *member, what string, at int64, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errNoStream):
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case is(err, rpctypes.ErrGRPCCompacted):
		return s.compactedError(ctx, m, at)
	case is(err, rpctypes.ErrGRPCFutureRev):
		return &etcdsource.FutureError{Revision: at, Current: s.head.Load()}
	}
	p := &etcdsource.Problem{Tried: what + " from etcd at " + m.ep.text, Why: plainStatus(err), Do: "check that etcd is running; reads work again when it is", Err: err}
	switch {
	case explainUser(p, s.cfg.User, err):
	case permissionDenied(err):
		p.Why, p.Do = fmt.Sprintf("user %q may not read this", s.cfg.User), "ask for a role with read permission on these keys, or use another user"
	case is(err, rpctypes.ErrGRPCNoLeader), is(err, rpctypes.ErrGRPCTimeoutDueToLeaderFail):
		p.Why, p.Do = "the cluster has no leader", "start the other members, or open with --serializable to read what this member holds"
	case code(err) == codes.DeadlineExceeded, is(err, rpctypes.ErrGRPCTimeout):
		p.Why, p.Do = fmt.Sprintf("no answer within %s", s.cfg.CommandTimeout), "the member may be stopped or without a leader; give more time with --command-timeout"
	case code(err) == codes.Unavailable:
		if _, cause := m.trail.get(); cause != nil && s.dial.explain(p, m.ep, cause) {
			break
		}
		if broken(p.Why) {
			p.Why = "the connection was lost"
		}
	}
	return p
}

package live

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
	"unicode"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// plainStatus returns what a gRPC error says, without gRPC's own wrapping.
func plainStatus(err error) string {
	text := err.Error()
	if s, ok := status.FromError(err); ok {
		text = strings.TrimPrefix(s.Message(), "etcdserver: ")
	}
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
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

// The causes that have nothing to do with the connection.
const (
	noLeader      = "it answers, but the cluster has no leader (most members are down or cannot reach each other)"
	startTheOther = "start the other members, or add --serializable to read what this member holds"
)

// usable says why a member that answers cannot be read.
func (d *dialer) usable(m *member) error {
	p := &etcdsource.Problem{Tried: "read etcd at " + m.ep.text}
	switch {
	case tooOld(m.version):
		p.Why, p.Do = "it is etcd "+m.version+", and 3.4 is the oldest that can be read", "save a snapshot with its own etcdctl, and open that file"
	case m.learner && !d.cfg.Learner:
		p.Why, p.Do = "it is a learner, which answers almost nothing", "give the endpoint of a voting member"
	case m.leaderless() && !d.cfg.Serializable && !d.cfg.Outage:
		p.Why, p.Do, p.Err = noLeader, startTheOther, rpctypes.ErrNoLeader
	default:
		return nil
	}
	return p
}

// tooOld reports whether a version is older than those that this package knows. kine may give none.
func tooOld(version string) bool {
	var major, minor int
	n, _ := fmt.Sscanf(version, "%d.%d", &major, &minor)
	return n == 2 && (major < 3 || major == 3 && minor < 4)
}

// openProblem explains why an endpoint could not be opened.
func (d *dialer) openProblem(ctx context.Context, ep endpoint, t *trail, err error) error {
	p := &etcdsource.Problem{Tried: "connect to " + ep.text, Err: err}
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case errors.Is(err, etcdsource.ErrReplaced):
		return err
	case d.explainUser(p, err), explainBroken(p, err):
		return p
	case d.explainLeader(p, err):
		return p
	}
	stage, cause := t.get()
	if ep.tls && stage != "dial" && silent(cause) {
		if again := d.readOnce(ctx, ep); again != nil {
			cause = again
		}
	}
	if d.explain(p, ep, cause) || stage != "dial" && d.explainSpeaker(ctx, p, ep) {
		p.Err = errors.Join(cause, err)
		return p
	}
	switch {
	case code(err) == codes.Unimplemented:
		p.Why, p.Do = "a gRPC server answers, but it is not etcd ("+plainStatus(err)+")", "check the address with --endpoints"
	case cause == nil || errors.Is(cause, context.DeadlineExceeded) || timeless(cause) == nil:
		p.Why = fmt.Sprintf("no answer within %s", d.cfg.DialTimeout)
		p.Do = "check that the address is right and no firewall is between, or give more time with --dial-timeout"
	case silent(cause):
		p.Why, p.Do = "the connection was closed without an answer", "check that this is etcd's client port (2379, not the peers' 2380)"
	default:
		p.Why, p.Do = cause.Error(), "check the address and the server's log"
	}
	return p
}

// explainLeader explains what etcd cannot do without a leader: a login is one of them.
func (d *dialer) explainLeader(p *etcdsource.Problem, err error) bool {
	switch {
	case is(err, rpctypes.ErrGRPCNoLeader), is(err, rpctypes.ErrGRPCTimeout), is(err, rpctypes.ErrGRPCTimeoutDueToLeaderFail):
	default:
		return false
	}
	p.Why, p.Do = noLeader, startTheOther
	if d.cfg.User != "" {
		p.Why, p.Do = noLeader+", and without one nobody can log in", "start the other members, or open a snapshot file"
	}
	return true
}

// explainUser explains why etcd does not take a user. A server may open without one, and refuse the first
// read.
func (d *dialer) explainUser(p *etcdsource.Problem, err error) bool {
	user := d.cfg.User
	switch {
	case is(err, rpctypes.ErrGRPCAuthFailed):
		p.Why, p.Do = fmt.Sprintf("etcd does not know user %q with this password", user), "check --user and --password"
	case is(err, rpctypes.ErrGRPCAuthNotEnabled):
		p.Why, p.Do = "etcd asks nobody to log in, and a user was given", "leave --user out (and ETCDCTL_USER)"
	case user == "" && (is(err, rpctypes.ErrGRPCUserEmpty) || is(err, rpctypes.ErrGRPCInvalidAuthToken)):
		p.Why, p.Do = "etcd asks for a user, and none was given", "add --user NAME and set ETCDCTL_PASSWORD"
	case is(err, rpctypes.ErrGRPCUserEmpty), is(err, rpctypes.ErrGRPCInvalidAuthToken), is(err, rpctypes.ErrGRPCAuthOldRevision):
		p.Why, p.Do = fmt.Sprintf("etcd does not take the login of user %q any more", user), "check --user and --password, and open it again"
	default:
		return false
	}
	return true
}

// user is who etcd takes this client for.
func (d *dialer) user() string {
	if d.cfg.User != "" {
		return d.cfg.User
	}
	return d.cfg.commonName()
}

// explainRight explains a refusal. Who gives no user but a certificate is to etcd the user that its common name names: that
// one need not exist, unless its roles are known.
func (s *Source) explainRight(p *etcdsource.Problem, may, role string) {
	cfg := &s.dial.cfg
	p.Why, p.Do = fmt.Sprintf("user %q may not %s", cfg.User, may), "use a user with "+role+", or give it to this one"
	if cfg.User == "" {
		why := "does not exist or may not "
		if s.grants != nil {
			why = "may not "
		}
		p.Why = fmt.Sprintf("no user was given, so etcd takes the name in the client certificate, %q, for the user, and that one %s", cfg.commonName(), why+may)
		p.Do = "add --user NAME and set ETCDCTL_PASSWORD, or give that user " + role
	}
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
	case errors.Is(err, errNoStream), errors.Is(err, etcdsource.ErrReplaced):
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case is(err, rpctypes.ErrGRPCCompacted) && at > 0:
		return s.compactedError(ctx, m, at)
	case is(err, rpctypes.ErrGRPCFutureRev) && at > s.head.Load():
		return &etcdsource.FutureError{Revision: at, Current: s.head.Load()}
	case is(err, rpctypes.ErrGRPCCompacted), is(err, rpctypes.ErrGRPCFutureRev) && at <= 0:
		err = broke(what, "said that its newest revision cannot be read (%s)", plainStatus(err))
	}
	p := &etcdsource.Problem{Tried: what + " from etcd at " + m.ep.text, Why: plainStatus(err), Do: "check that etcd is running; reads work again when it is", Err: err}
	switch {
	case s.dial.explainUser(p, err), explainBroken(p, err):
	case is(err, rpctypes.ErrGRPCFutureRev):
		s.explainLag(ctx, p, m)
	case permissionDenied(err):
		s.explainRight(p, "read this", "a role that may read these keys")
		p.Err = errors.Join(etcdsource.ErrDenied, err)
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

package live

import (
	"fmt"
	"net"
	"path"
	"strconv"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
)

const defaultPort = "2379"

// withPort returns the address with etcd's port where it has none, and the bare host.
func withPort(s string) (addr, host string) {
	if h, p, err := net.SplitHostPort(s); err == nil {
		if p == "" {
			p = defaultPort
		}
		return net.JoinHostPort(h, p), h
	}
	h := strings.Trim(s, "[]")
	return net.JoinHostPort(h, defaultPort), h
}

// endpoint is an address taken apart.
type endpoint struct {
	text    string // as given
	network string // tcp or unix
	addr    string // host:port, or a path
	host    string // the name that the server's certificate must carry
	tls     bool
}

// parseEndpoint reads an address the way etcd's client does. One that carries a user or a password is refused.
func parseEndpoint(text string, withTLS bool) (endpoint, error) {
	e := endpoint{text: text, network: "tcp", tls: withTLS}
	if err := etcdsource.CheckAddress(text, ""); err != nil {
		return e, err
	}
	rest := text
	if scheme, after, ok := strings.Cut(text, "://"); ok {
		rest = after
		switch strings.ToLower(scheme) {
		case "http":
			e.tls = false
		case "https":
			e.tls = true
		case "unix":
			e.network = "unix"
		case "unixs":
			e.network, e.tls = "unix", true
		default:
			return e, fmt.Errorf("endpoint %q: scheme %q is not http, https, unix or unixs", text, scheme)
		}
	} else if after, ok := strings.CutPrefix(text, "unix:"); ok {
		e.network, rest = "unix", after
	}
	if e.network == "unix" {
		e.addr, e.host = rest, path.Base(rest)
		if rest == "" {
			return e, fmt.Errorf("endpoint %q has no path", text)
		}
		return e, nil
	}
	rest = strings.TrimSuffix(rest, "/")
	if bare, ok := strings.CutSuffix(rest, ":"+defaultPort); ok && strings.Contains(bare, ":") && !strings.HasSuffix(bare, "]") {
		return e, fmt.Errorf("endpoint %q is an IPv6 address without brackets: write [%s]:%s", text, bare, defaultPort)
	}
	if strings.ContainsAny(rest, "/?# ") || rest == "" {
		text, _, _ = strings.Cut(text, "?") // what follows may be anything
		return e, fmt.Errorf("endpoint %q is not host:port", text)
	}
	e.addr, e.host = withPort(rest)
	if e.host == "" {
		return e, fmt.Errorf("endpoint %q has no host", text)
	}
	_, port, _ := net.SplitHostPort(e.addr)
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return e, fmt.Errorf("endpoint %q has no port between 1 and 65535", text)
	}
	return e, nil
}

// local reports whether an address leads to this machine, whichever that is.
func (e endpoint) local() bool {
	ip := net.ParseIP(e.host)
	return e.network == "unix" || e.host == "localhost" || ip != nil && ip.IsLoopback()
}

package live

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/live/discover/clientcert"
)

// explain finds the sentence for a typed error of a connection.
func (d *dialer) explain(p *etcdsource.Problem, ep endpoint, cause error) bool {
	if cause == nil {
		return false
	}
	var of *etcdsource.Problem
	if errors.As(cause, &of) { // of a certificate file that is read at each handshake
		p.Tried, p.Why, p.Do = p.Tried+", "+of.Tried, of.Why, of.Do
		return true
	}
	return explainSocket(p, ep, cause) || d.explainCertificate(p, ep, cause) || d.explainAlert(p, ep, cause)
}

// AddressAtFault reports whether an error of Open may come from the address alone, so that another address of the same etcd may do: nothing
// answers there, or the server's certificate is not for that name.
func AddressAtFault(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial" || errors.As(err, new(x509.HostnameError)) || status.Code(err) == codes.DeadlineExceeded
}

// explainSocket explains why there is no connection at all.
func explainSocket(p *etcdsource.Problem, ep endpoint, cause error) bool {
	var dns *net.DNSError
	switch {
	case errors.As(cause, &dns) && dns.IsNotFound:
		p.Why, p.Do = fmt.Sprintf("the name %s is not known", dns.Name), "check the host name, or give an address"
	case errors.As(cause, &dns):
		p.Why, p.Do = fmt.Sprintf("the name %s could not be looked up (%s)", dns.Name, dns.Err), "check that the name server of this machine answers, or give an address"
	case errors.Is(cause, syscall.ECONNREFUSED) && ep.network == "unix":
		p.Why, p.Do = "nothing listens at this socket", "check the path with --endpoints, and that etcd is running"
	case errors.Is(cause, syscall.ECONNREFUSED):
		p.Why, p.Do = "nothing listens there", "check the address with --endpoints, and that etcd is running"
	case errors.Is(cause, fs.ErrNotExist), errors.Is(cause, syscall.ENOTDIR):
		p.Why, p.Do = "there is no such socket", "check the path with --endpoints, and that etcd is running"
	case errors.Is(cause, fs.ErrPermission):
		p.Why, p.Do = "no right to open it", "run with sudo"
	case errors.Is(cause, syscall.EHOSTUNREACH), errors.Is(cause, syscall.ENETUNREACH):
		p.Why, p.Do = "there is no way to that address from here", "check the address with --endpoints, or run on a control-plane node"
	default:
		return false
	}
	return true
}

// replaceCA is what to do about a CA that is out of its time.
const replaceCA = "replace that CA and what it signed (kubeadm certs renew does not renew a CA)"

// explainCertificate explains why this side does not take the server's certificate.
func (d *dialer) explainCertificate(p *etcdsource.Problem, ep endpoint, cause error) bool {
	var (
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
	)
	switch {
	case errors.As(cause, &unknown) && ofAPIServer(unknown.Cert):
		p.Why, p.Do = apiServer, useEtcdsPort
	case errors.As(cause, &unknown):
		p.Why = "the server's certificate is not signed by " + d.authority()
		p.Do = "give the CA that signed etcd's certificates with --cacert (kubeadm: /etc/kubernetes/pki/etcd/ca.crt)" + portHint(ep)
	case errors.As(cause, &host):
		p.Why, p.Do = fmt.Sprintf("the server's certificate is not for %s", ep.host), "give the endpoint by a name or address that its certificate carries: "+names(host.Certificate)
	case errors.As(cause, &invalid) && invalid.Reason == x509.Expired:
		whose, renew := "the server's certificate", "renew it (kubeadm: kubeadm certs renew all)"
		if invalid.Cert.IsCA {
			whose, renew = "the certificate of the CA that signed the server's", replaceCA
		}
		p.Why, p.Do = outOfTime(whose, invalid.Cert, time.Now(), renew+", or add --insecure-skip-tls-verify")
	case errors.As(cause, &invalid) && invalid.Reason == x509.IncompatibleUsage:
		p.Why, p.Do = "the server's certificate is not for servers (its extended key usage lacks serverAuth)", "give etcd a server certificate, or check the address with --endpoints"
	case errors.As(cause, &invalid):
		p.Why, p.Do = "the server's certificate cannot be verified ("+strings.TrimPrefix(invalid.Error(), "x509: ")+")", "give etcd another certificate, or add --insecure-skip-tls-verify"
	default:
		return false
	}
	return true
}

// outOfTime explains a certificate that is used before or after its time. A clock that is wrong looks the same.
func outOfTime(whose string, c *x509.Certificate, now time.Time, renew string) (why, do string) {
	clock := now.UTC().Format(time.RFC3339)
	if now.Before(c.NotBefore) {
		return fmt.Sprintf("%s is valid only from %s on, and this machine's clock says %s", whose, c.NotBefore.UTC().Format(time.RFC3339), clock),
			"set this machine's clock if it is wrong, else wait until then or use another certificate"
	}
	return fmt.Sprintf("%s expired on %s, and this machine's clock says %s", whose, c.NotAfter.UTC().Format(time.RFC3339), clock), renew
}

// explainAlert explains why the server refused the client's certificate, as far as TLS lets it say.
func (d *dialer) explainAlert(p *etcdsource.Problem, ep endpoint, cause error) bool {
	_, alert, ok := strings.Cut(cause.Error(), "remote error: tls: ")
	if !ok {
		return false
	}
	switch {
	case d.cfg.Cert == "":
		p.Why, p.Do = "the server asks for a client certificate, and none was given", "add --cert and --key (kubeadm: /etc/kubernetes/pki/apiserver-etcd-client.crt and .key)"+portHint(ep)
	case strings.Contains(alert, "expired"):
		d.explainOutOfTime(p, time.Now())
	default:
		p.Why = fmt.Sprintf("the server refuses client certificate %s (%s)", d.cfg.Cert, alert)
		p.Do = "give a client certificate signed by the CA that etcd trusts with --cert and --key" + portHint(ep)
	}
	return true
}

// explainOutOfTime explains a server that finds the client's certificate out of its time: so may be the CA that signed it.
func (d *dialer) explainOutOfTime(p *etcdsource.Problem, now time.Time) {
	if ca := d.cfg.signer(); ca != nil && (now.Before(ca.NotBefore) || now.After(ca.NotAfter)) {
		p.Why, p.Do = outOfTime(fmt.Sprintf("the server refuses client certificate %s: the CA that signed it, in %s,", d.cfg.Cert, d.cfg.CACert), ca, now, replaceCA)
		return
	}
	p.Why = fmt.Sprintf("the server says that client certificate %s, or the CA that signed it, is out of its time, which the certificate is not by this machine's clock (%s)", d.cfg.Cert, now.UTC().Format(time.RFC3339))
	p.Do = "compare the clocks of both machines, and the times of the CA that etcd trusts"
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

// ofAPIServer reports whether a certificate is that of a Kubernetes API server, by a name that all of them carry.
func ofAPIServer(c *x509.Certificate) bool {
	return c != nil && slices.Contains(c.DNSNames, "kubernetes.default.svc")
}

// portHint is what is most likely meant where a port is that of etcd's peers; "" elsewhere.
func portHint(ep endpoint) string {
	if _, port, err := net.SplitHostPort(ep.addr); err == nil && port == "2380" {
		return "; 2380 is where members talk to each other, clients use 2379"
	}
	return ""
}

// ownCertificate explains what is wrong with the client's certificate by itself.
func ownCertificate(tried string, leaf *x509.Certificate, now time.Time) error {
	p := &etcdsource.Problem{Tried: tried, Do: "give a client certificate (kubeadm: /etc/kubernetes/pki/apiserver-etcd-client.crt) with --cert and --key"}
	if now.After(leaf.NotAfter) || now.Before(leaf.NotBefore) {
		p.Why, p.Do = outOfTime("the certificate", leaf, now, "renew it (kubeadm: kubeadm certs renew all) or give another with --cert and --key")
		return p
	}
	if p.Why = clientcert.Fault(leaf, now); p.Why != "" {
		return p
	}
	return nil
}

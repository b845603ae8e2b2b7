package live

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/server/v3/embed"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/live/certtest"
)

// listen returns a listener on a free port of the loopback, which is closed when the test ends.
func listen(t testing.TB) net.Listener {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lis.Close() })
	return lis
}

// serveTCP hands each connection to f, and returns the address.
func serveTCP(t testing.TB, f func(net.Conn)) string {
	lis := listen(t)
	go func() {
		for {
			conn, err := lis.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				f(conn)
			}()
		}
	}()
	return lis.Addr().String()
}

// serveHTTP serves plain HTTP, or HTTPS with HTTP/2 where a certificate is given, and returns the address.
func serveHTTP(t testing.TB, h http.Handler, certAndKey ...string) string {
	lis := listen(t)
	srv := &http.Server{Handler: h, ErrorLog: quietLog()}
	go func() {
		if len(certAndKey) == 2 {
			_ = srv.ServeTLS(lis, certAndKey[0], certAndKey[1])
		} else {
			_ = srv.Serve(lis)
		}
	}()
	t.Cleanup(func() { srv.Close() })
	return lis.Addr().String()
}

// apiServerHandler answers as kube-apiserver does to somebody whom it does not know.
func apiServerHandler(anonymous bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case anonymous && r.URL.Path == "/version":
			io.WriteString(w, `{"major":"1","minor":"37","gitVersion":"v1.37.0","platform":"linux/amd64"}`)
		case anonymous:
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"forbidden: User \"system:anonymous\" cannot post path","reason":"Forbidden","details":{},"code":403}`)
		default:
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}`)
		}
	})
}

// TestAPIServersPort opens what answers as a Kubernetes API server does, in each way that one may be reached.
func TestAPIServersPort(t *testing.T) {
	t.Parallel()
	dir := t.TempDir() + "/"
	k8s, etcd := certtest.NewCA(t, dir+"k8s-ca.crt"), certtest.NewCA(t, dir+"etcd-ca.crt")
	k8s.Issue(dir+"api.crt", dir+"api.key", certtest.For{Server: true, Hosts: []string{"kubernetes", "kubernetes.default.svc", "127.0.0.1"}})
	k8s.Issue(dir+"own.crt", dir+"own.key", certtest.For{Server: true, Hosts: []string{"127.0.0.1"}})
	etcd.Issue(dir+"c.crt", dir+"c.key", certtest.For{Name: "etcd-client", Client: true})
	open, closed := serveHTTP(t, apiServerHandler(true), dir+"api.crt", dir+"api.key"), serveHTTP(t, apiServerHandler(false), dir+"own.crt", dir+"own.key")
	for name, cfg := range map[string]Config{
		"etcd's CA":                {Endpoints: []string{"https://" + open}, CACert: dir + "etcd-ca.crt", Cert: dir + "c.crt", Key: dir + "c.key"},
		"its CA":                   {Endpoints: []string{"https://" + open}, CACert: dir + "k8s-ca.crt"},
		"unchecked":                {Endpoints: []string{"https://" + open}, InsecureSkipVerify: true},
		"it refuses everybody":     {Endpoints: []string{"https://" + closed}, CACert: dir + "k8s-ca.crt", Cert: dir + "c.crt", Key: dir + "c.key"},
		"with a user and password": {Endpoints: []string{"https://" + open}, InsecureSkipVerify: true, User: "u", Password: "p"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fails(t, cfg, cfg.Endpoints[0]+": this is a Kubernetes API server, not etcd; give etcd's address (port 2379 of a control-plane node) with --endpoints")
		})
	}
	t.Run("plain", func(t *testing.T) {
		t.Parallel()
		fails(t, Config{Endpoints: []string{"http://" + open}}, "the server speaks TLS, and this is plain HTTP; write https://")
	})
}

// TestOtherPortsOfEtcd opens the ports that a real etcd has beside the one for clients.
func TestOtherPortsOfEtcd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir() + "/"
	ca := certtest.NewCA(t, dir+"ca.crt")
	ca.Issue(dir+"s.crt", dir+"s.key", certtest.For{Server: true, Client: true, Hosts: []string{"127.0.0.1"}})
	ca.Issue(dir+"c.crt", dir+"c.key", certtest.For{Client: true})
	at := func(scheme string, lis net.Listener) []url.URL {
		defer lis.Close()
		return []url.URL{{Scheme: scheme, Host: lis.Addr().String()}}
	}
	metrics, peer, tlsPeer, httpOnly, grpcOnly := at("http", listen(t)), at("http", listen(t)), at("https", listen(t)), at("http", listen(t)), at("http", listen(t))
	newServer(t, func(c *embed.Config) {
		c.ListenMetricsUrls, c.ListenPeerUrls, c.AdvertisePeerUrls = metrics, peer, peer
		c.ListenClientUrls, c.ListenClientHttpUrls = append(c.ListenClientUrls, grpcOnly...), httpOnly
	})
	newServer(t, func(c *embed.Config) {
		c.ListenPeerUrls, c.AdvertisePeerUrls = tlsPeer, tlsPeer
		c.PeerTLSInfo.CertFile, c.PeerTLSInfo.KeyFile, c.PeerTLSInfo.TrustedCAFile, c.PeerTLSInfo.ClientCertAuth = dir+"s.crt", dir+"s.key", dir+"ca.crt", true
	})
	secure := func(u []url.URL) Config {
		return Config{Endpoints: []string{"https://" + u[0].Host}, CACert: dir + "ca.crt", Cert: dir + "c.crt", Key: dir + "c.key"}
	}
	plain := func(u []url.URL) Config { return Config{Endpoints: []string{"http://" + u[0].Host}} }
	isPeer := "this is where etcd's members talk to each other, not its port for clients; give the port for clients (2379, not 2380)"
	isMetrics := "this is etcd's port for metrics, not its port for clients; give the port for clients (2379)"
	for name, c := range map[string]struct {
		cfg  Config
		want string
	}{
		"metrics":                          {plain(metrics), isMetrics},
		"metrics, with https":              {secure(metrics), isMetrics},
		"peers":                            {plain(peer), isPeer},
		"peers, with https":                {secure(peer), isPeer},
		"peers with TLS":                   {secure(tlsPeer), isPeer},
		"peers with TLS, plain":            {plain(tlsPeer), "the server speaks TLS, and this is plain HTTP"},
		"peers with TLS, no certificate":   {Config{Endpoints: []string{"https://" + tlsPeer[0].Host}, CACert: dir + "ca.crt"}, "the server asks for a client certificate, and none was given"},
		"HTTP only":                        {plain(httpOnly), "etcd answers HTTP there, but not gRPC"},
		"HTTP only, with https":            {secure(httpOnly), "the server does not speak TLS"},
		"gRPC only, with https":            {secure(grpcOnly), "the server does not speak TLS"},
		"metrics, with a user":             {Config{Endpoints: plain(metrics).Endpoints, User: "u", Password: "p"}, isMetrics},
		"peers, with a user":               {Config{Endpoints: plain(peer).Endpoints, User: "u", Password: "p"}, isPeer},
		"the port for clients with a path": {Config{Endpoints: []string{"http://" + grpcOnly[0].Host + "/v3"}}, "is not host:port"},
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); fails(t, c.cfg, c.want, c.cfg.Endpoints[0]) })
	}
	if src, err := Open(t.Context(), plain(grpcOnly)); err != nil {
		t.Error(err)
	} else {
		src.Close()
	}
}

// TestStrangers opens servers that have nothing to do with etcd.
func TestStrangers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir() + "/"
	ca := certtest.NewCA(t, dir+"ca.crt")
	ca.Issue(dir+"s.crt", dir+"s.key", certtest.For{Server: true, Hosts: []string{"127.0.0.1"}})
	web := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Server", "nginx/1.29")
		http.NotFound(w, r)
	})
	says := func(text string) string {
		return serveTCP(t, func(c net.Conn) { io.WriteString(c, text); io.Copy(io.Discard, c) })
	}
	other := grpc.NewServer()
	healthpb.RegisterHealthServer(other, health.NewServer())
	lis := listen(t)
	go other.Serve(lis)
	t.Cleanup(other.Stop)
	free := listen(t)
	free.Close()
	silent := serveTCP(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	timeout := func(name string) time.Duration {
		if name == "silence" {
			return 500 * time.Millisecond
		}
		return 20 * time.Second // a busy machine is given time
	}
	for name, c := range map[string]struct {
		addr string
		want []string
	}{
		"nothing":               {free.Addr().String(), []string{"nothing listens there; check the address with --endpoints, and that etcd is running"}},
		"silence":               {silent, []string{"the connection is accepted, but nothing is answered within 500ms", "2379", "--dial-timeout"}},
		"the end":               {serveTCP(t, func(net.Conn) {}), []string{"the connection was closed without an answer", "2379"}},
		"a web server":          {serveHTTP(t, web), []string{`this is another HTTP server, not etcd (it answers 404 to GET /version, and calls itself "nginx/1.29")`, "--endpoints"}},
		"a web server with TLS": {serveHTTP(t, web, dir+"s.crt", dir+"s.key"), []string{"", "--"}},
		"SSH":                   {says("SSH-2.0-OpenSSH_9.9\r\n"), []string{"this is an SSH server, not etcd", "--endpoints"}},
		"mail":                  {says("220 mail.example \x1b[2J\r\n"), []string{`the server speaks first, and says "220 mail.example \x1b[2J"`, "--endpoints"}},
		"another gRPC server":   {lis.Addr().String(), []string{"a gRPC server answers, but it is not etcd", "--endpoints"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fails(t, Config{Endpoints: []string{c.addr}, DialTimeout: timeout(name)}, append(c.want, "connect to "+c.addr+": ")...)
		})
		t.Run(name+", with https", func(t *testing.T) {
			t.Parallel()
			want := c.want
			switch name {
			case "a web server with TLS":
				want = []string{"this is another HTTP server, not etcd"}
			case "another gRPC server":
				want = []string{"the server does not speak TLS"}
			}
			err := fails(t, Config{Endpoints: []string{"https://" + c.addr}, CACert: ca.File, DialTimeout: timeout(name)}, want...)
			if strings.ContainsRune(err.Error(), 0x1b) {
				t.Errorf("a control byte of the server: %q", err)
			}
		})
	}
}

// TestAddresses: what an address may be wrong by.
func TestAddresses(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string][]string{
		"no-such-host.invalid:2379": {"the name no-such-host.invalid ", "give an address"},
		"unix:///no/socket":         {"connect to unix:///no/socket: there is no such socket", "--endpoints"},
		"unix:///dev/null/x":        {"there is no such socket"},
		"ftp://x":                   {`scheme "ftp" is not http, https`, "--endpoints"},
		"https://h:1/path":          {"is not host:port"},
		"h:port":                    {`endpoint "h:port"`, "port"},
		"h:99999":                   {`endpoint "h:99999"`, "port"},
		"http://":                   {"is not host:port"},
		"::1:2379":                  {"is an IPv6 address without brackets: write [::1]:2379"},
		"[::1]:1":                   {"nothing listens there"},
		"localhost:1":               {"connect to localhost:1: nothing listens there"},
	} {
		t.Run(addr, func(t *testing.T) { t.Parallel(); fails(t, Config{Endpoints: []string{addr}}, want...) })
	}
	fails(t, Config{User: "root"}, "log in as root: no password was given", "--password")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, Config{Endpoints: []string{"127.0.0.1:1"}}); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
}

// TestProxyVariables: a proxy for HTTP in the environment is no way to an etcd.
func TestProxyVariables(t *testing.T) {
	proxy := serveTCP(t, func(c net.Conn) { t.Error("the proxy was asked") })
	for _, name := range []string{"http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"} {
		t.Setenv(name, "http://"+proxy)
	}
	for _, name := range []string{"no_proxy", "NO_PROXY"} {
		t.Setenv(name, "")
	}
	fails(t, Config{Endpoints: []string{"http://no-such-host.invalid:2379"}}, "the name no-such-host.invalid ")
	fails(t, Config{Endpoints: []string{"https://no-such-host.invalid:2379"}}, "the name no-such-host.invalid ")
}

// statusServer answers Status as it is set, and counts keys as an empty store.
type statusServer struct {
	pb.UnimplementedMaintenanceServer
	pb.UnimplementedKVServer
	status *pb.StatusResponse
}

func (s statusServer) Status(context.Context, *pb.StatusRequest) (*pb.StatusResponse, error) {
	return s.status, nil
}

func (s statusServer) Range(context.Context, *pb.RangeRequest) (*pb.RangeResponse, error) {
	return &pb.RangeResponse{Header: s.status.GetHeader()}, nil
}

// serveStatus runs a server that says something of itself, and returns its address.
func serveStatus(t testing.TB, st *pb.StatusResponse) string {
	lis := listen(t)
	srv := grpc.NewServer()
	s := statusServer{status: st}
	pb.RegisterMaintenanceServer(srv, s)
	pb.RegisterKVServer(srv, s)
	go srv.Serve(lis)
	t.Cleanup(srv.Stop)
	return lis.Addr().String()
}

// TestOldServers: only what a server says of itself shows its age, for the oldest cannot be built any more.
func TestOldServers(t *testing.T) {
	t.Parallel()
	for version, old := range map[string]bool{"3.3.27": true, "3.2.0": true, "2.3.8": true, "3.4.0": false, "3.7.3": false, "4.0.0": false, "": false} {
		addr := serveStatus(t, &pb.StatusResponse{Header: &pb.ResponseHeader{MemberId: 1, ClusterId: 2, Revision: 3}, Version: version, Leader: 1})
		if old {
			fails(t, Config{Endpoints: []string{addr}}, "read etcd at "+addr+": it is etcd "+version+", and 3.4 is the oldest that can be read; ", "snapshot")
			continue
		}
		src, err := Open(t.Context(), Config{Endpoints: []string{addr}})
		if err != nil {
			t.Errorf("%s: %v", version, err)
			continue
		}
		src.Close()
	}
}

// TestEachEndpoint: of several endpoints each has its own cause, those that fail alike are named together, and what to do
// is for the one that came farthest.
func TestEachEndpoint(t *testing.T) {
	t.Parallel()
	a, b := listen(t), listen(t)
	a.Close()
	b.Close()
	none, none2 := a.Addr().String(), b.Addr().String()
	ssh := serveTCP(t, func(c net.Conn) { io.WriteString(c, "SSH-2.0-x\r\n"); io.Copy(io.Discard, c) })
	fails(t, Config{Endpoints: []string{none, none2}}, "connect to "+none+", "+none2+": nothing listens there; check the address")
	err := fails(t, Config{Endpoints: []string{none, ssh, none2, "unix:///no/socket"}},
		"connect to 4 endpoints: "+ssh+": this is an SSH server, not etcd; "+none+", "+none2+": nothing listens there; unix:///no/socket: there is no such socket; check the address with --endpoints")
	var p *etcdsource.Problem
	if !errorsAs(err, &p) || len(p.Each) != 3 {
		t.Errorf("%+v", p)
	}
}

// TestNamesWithAddresses: a name that has several addresses is tried at each of them; nobody listens at some.
func TestNamesWithAddresses(t *testing.T) {
	t.Parallel()
	srv := newServer(t, func(c *embed.Config) {
		c.ListenClientUrls = append(c.ListenClientUrls, url.URL{Scheme: "http", Host: "127.0.0.1:0"})
	})
	for _, l := range srv.Etcd.Clients {
		if l.Addr().Network() != "tcp" {
			continue
		}
		_, port, _ := net.SplitHostPort(l.Addr().String())
		src, err := Open(t.Context(), Config{Endpoints: []string{"localhost:" + port}, DialTimeout: 20 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		src.Close()
	}
}

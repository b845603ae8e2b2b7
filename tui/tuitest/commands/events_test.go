package commands_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/etcd/client/pkg/v3/transport"
	"go.etcd.io/etcd/server/v3/embed"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
	"github.com/etcdscope/etcdscope/etcdsource/live/certtest"
)

// twoEtcds is the file tree of a kOps node whose API server keeps Events in an etcd of their own.
func twoEtcds(t *testing.T) (root string, main, events *etcdtest.Server) {
	t.Helper()
	root = t.TempDir()
	at := func(p string) string {
		p = filepath.Join(root, p)
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		return p
	}
	ca := certtest.NewCA(t, at("/srv/kubernetes/kube-apiserver/etcd-ca.crt"))
	ca.Issue(at("/srv/kubernetes/kube-apiserver/etcd-client.crt"), at("/srv/kubernetes/kube-apiserver/etcd-client.key"), certtest.For{Client: true})
	ca.Issue(at("/server.crt"), at("/server.key"), certtest.For{Server: true, Client: true, Hosts: []string{"127.0.0.1"}})
	secure := func(c *embed.Config) {
		c.ListenClientUrls = append(c.ListenClientUrls, url.URL{Scheme: "https", Host: "127.0.0.1:0"})
		c.ClientTLSInfo = transport.TLSInfo{CertFile: at("/server.crt"), KeyFile: at("/server.key"), TrustedCAFile: ca.File, ClientCertAuth: true}
	}
	main, events = etcdtest.New(t, secure), etcdtest.New(t, secure)
	write(t, at("/etc/kubernetes/manifests/kube-apiserver.manifest"), fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"command":["kube-apiserver",
"--etcd-servers=https://%s","--etcd-servers-overrides=/events#https://%s","--etcd-cafile=/srv/kubernetes/kube-apiserver/etcd-ca.crt",
"--etcd-certfile=/srv/kubernetes/kube-apiserver/etcd-client.crt","--etcd-keyfile=/srv/kubernetes/kube-apiserver/etcd-client.key"]}]}}`, portOf(t, main), portOf(t, events)))
	return root, main, events
}

// portOf is the address at which a server listens with TLS.
func portOf(t *testing.T, s *etcdtest.Server) string {
	t.Helper()
	for _, l := range s.Etcd.Clients {
		if l.Addr().Network() == "tcp" {
			return l.Addr().String()
		}
	}
	t.Fatal("no port")
	return ""
}

func event(name string, at time.Time) string {
	return fmt.Sprintf(`{"apiVersion":"v1","kind":"Event","metadata":{"name":%q,"namespace":"demo","uid":"u-%s","creationTimestamp":%q},"involvedObject":{"kind":"Pod","namespace":"demo","name":"web","uid":"u-web"},"reason":"Started","message":"Started it","type":"Normal","lastTimestamp":%q}`,
		name, name, at.Format(time.RFC3339), at.Format(time.RFC3339))
}

// TestEventsApart: what an etcd of its own keeps is found by the commands without a flag; its revisions are its own, and only
// a time joins the two.
func TestEventsApart(t *testing.T) {
	t.Parallel()
	root, main, events := twoEtcds(t)
	put := func(s *etcdtest.Server, key, value string) {
		if _, err := s.Writer().Put(etcdtest.Within(t, time.Minute), key, value); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
	put(main, "/registry/namespaces/demo", `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"demo"}}`)
	for i := range 5 {
		put(main, "/registry/pods/demo/web", fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"demo","uid":"u-web","creationTimestamp":%q},"spec":{"nodeName":"n%d"},
"status":{"phase":"Failed","reason":"Evicted"}}`, began.Add(10*time.Minute).Format(time.RFC3339), i))
	}
	put(events, "/registry/events/demo/web.1", event("web.1", began))
	put(events, "/registry/events/demo/web.2", event("web.2", began.Add(30*time.Minute)))
	for _, c := range []struct {
		args []string
		code int
		want []string
		not  string
	}{
		{[]string{"get", "events", "-A"}, 0, []string{"Started it", "events are in an etcd of their own, events, at https://", "its revisions are its own"}, ""},
		{[]string{"get", "event/web.1", "-n", "demo", "-o", "json"}, 0, []string{`"resourceVersion":"2"`}, ""},
		{[]string{"get", "events", "-n", "demo", "-o", "name", "--rev", began.Add(10 * time.Minute).Format(time.RFC3339)}, 0, []string{"web.1"}, "web.2"},
		{[]string{"get", "events", "-n", "demo", "-o", "name", "--rev", "2"}, 0, []string{"web.1"}, "web.2"},
		{[]string{"get", "pods", "-A", "-o", "name"}, 0, []string{"web"}, "of their own"},
		{[]string{"get", "pods,events", "-A"}, 2, []string{"events are in an etcd of their own, events, whose revisions are its own; name them in a command of their own"}, ""},
		{[]string{"log", "event/web.2", "-n", "demo"}, 0, []string{"3 ", "events/web.2 -n demo"}, ""},
		{[]string{"ls", "/registry/"}, 0, []string{"2  /registry/events/  in etcd events", "1  /registry/pods/"}, ""},
		{[]string{"ls", "/registry/", "-o", "json"}, 0, []string{`{"name":"events","path":"/registry/events/","dir":true,"keys":2,"etcd":"events"}`}, ""},
		{[]string{"ls", "/registry/", "--rev", "3"}, 0, []string{"whose revisions are its own: --rev with a time"}, "in etcd events\n"},
		{[]string{"ls", "/registry/events/demo/"}, 0, []string{"/registry/events/demo/web.1"}, ""},
		{[]string{"grep", "Started", "events", "-A"}, 0, []string{"events/web.1"}, ""},
		{[]string{"overview"}, 0, []string{"events", "revision 3 of its own, 2 keys"}, ""},
		{[]string{"overview", "-o", "json"}, 0, []string{`"etcds":[{"etcd":"events","resources":["events"],"source":"https://`, `"revision":3,"keys":2`}, ""},
		{[]string{"trace", "pod/web", "-n", "demo", "--recall"}, 0, []string{"  events  ", "events/web.1 -n demo", "Started: Started it", "pods/web -n demo"}, ""},
		{[]string{"trace", "pod/web", "-n", "demo", "--recall", "-o", "json"}, 0, []string{`{"revision":2,"index":0,"etcd":"events","type":"created"`, `"relation":"event"`}, ""},
		{[]string{"report"}, 0, []string{"pods/web -n demo", "What Events say of these; etcd events keeps them", "Normal Started: Started it"}, ""},
		{[]string{"report", "-o", "json"}, 0, []string{`{"report":"event","key":"/registry/pods/demo/web"`, `"etcd":"events","type":"Normal","reason":"Started","message":"Started it","count":1`}, ""},
		{[]string{"discover", "-o", "json"}, 0, []string{`"name":"events","resources":["events"]`}, ""},
	} {
		out, code := run(t, append(c.args, "--root", root)...)
		if code != c.code || c.not != "" && strings.Contains(out, c.not) {
			t.Errorf("%v: exit %d, %s", c.args, code, out)
		}
		for _, w := range c.want {
			if !strings.Contains(out, w) {
				t.Errorf("%v: no %q in\n%s", c.args, w, out)
			}
		}
	}
	out, _ := run(t, "trace", "pod/web", "-n", "demo", "--recall", "--root", root)
	before, pod, after := strings.Index(out, "events/web.1"), strings.Index(out, "created  pods/web"), strings.Index(out, "events/web.2")
	if before < 0 || before > pod || pod > after {
		t.Errorf("the Events do not have their places by time:\n%s", out)
	}
}

package learn

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

func object(apiVersion, kind, ns, name string) []byte {
	return fmt.Appendf(nil, `{"apiVersion":%q,"kind":%q,"metadata":{"namespace":%q,"name":%q}}`, apiVersion, kind, ns, name)
}

// cluster puts a cluster below a root: its namespaces, and n pods.
func cluster(s *source, root string, n int) {
	for _, ns := range []string{"default", "kube-node-lease", "kube-public", "kube-system"} {
		s.Put(root+"namespaces/"+ns, object("v1", "Namespace", "", ns))
	}
	s.Put(root+"apiregistration.k8s.io/apiservices/v1.", object("apiregistration.k8s.io/v1", "APIService", "", "v1."))
	s.Put(root+"minions/a", object("v1", "Node", "", "a"))
	for i := range n {
		s.Put(fmt.Sprintf("%spods/default/p%d", root, i), object("v1", "Pod", "default", fmt.Sprint("p", i)))
	}
}

// others puts what else lives in an etcd beside Kubernetes.
func others(s *source) {
	s.Put("compact_rev_key", []byte("5"))
	s.Put("/calico/ipam/v2/host/a/ipv4/block/10.0.0.0-26", []byte("{}"))
	s.Put("/calico/resources/v3/projectcalico.org/nodes/a", []byte(`{"kind":"Node","apiVersion":"projectcalico.org/v3"}`))
	s.Put("cilium/state/nodes/v1/default/a", []byte(`{"Name":"a"}`))
	s.Put("k3s/apiaddresses", []byte("[]"))
	s.Put("/\xff\xfe/x", []byte{0xff, 0})
	s.Put("\xff", []byte{1})
	s.Put("", []byte{1})
}

// TestRootsByEvidence finds the roots of stores of many kinds, of files and of running clusters.
func TestRootsByEvidence(t *testing.T) {
	event := object("v1", "Event", "shop", "web.1")
	for name, c := range map[string]struct {
		fill func(s *source)
		want string // the root, then the others; "-" for none
		kind string // of which only; "" for all
	}{
		"the usual one":    {func(s *source) { cluster(s, "/registry/", 3) }, "/registry/", ""},
		"beside others":    {func(s *source) { cluster(s, "/registry/", 3); others(s) }, "/registry/", ""},
		"one segment":      {func(s *source) { cluster(s, "/k8s/", 3); others(s) }, "/k8s/", ""},
		"two segments":     {func(s *source) { cluster(s, "/k8s/prod-eu/", 3); others(s) }, "/k8s/prod-eu/", ""},
		"three segments":   {func(s *source) { cluster(s, "/a/b/c/", 3); others(s) }, "/a/b/c/", ""},
		"five segments":    {func(s *source) { cluster(s, "/a/b/c/d/e/", 3) }, "/a/b/c/d/e/", ""},
		"no slash before":  {func(s *source) { cluster(s, "registry/", 3); others(s) }, "registry/", ""},
		"right below /":    {func(s *source) { cluster(s, "/", 3) }, "/", ""},
		"a name with dots": {func(s *source) { cluster(s, "/my.cluster/prod.eu/", 3) }, "/my.cluster/prod.eu/", ""},
		"OpenShift's": {func(s *source) {
			cluster(s, "/kubernetes.io/", 3)
			s.Put("/openshift.io/users/a", object("user.openshift.io/v1", "User", "", "a"))
		}, "/kubernetes.io/", ""},
		"a dead end beside": {func(s *source) {
			cluster(s, "/k8s/prod-eu/", 3)
			s.Put("/registry/pods/default/not-a-pod", []byte("hello"))
		}, "/k8s/prod-eu/", ""},
		"a decoy with an object": {func(s *source) {
			cluster(s, "/k8s/prod-eu/", 3)
			s.Put("/registry/pods/default/p", object("v1", "Pod", "default", "p"))
		}, "/k8s/prod-eu/ /registry/", ""},
		"a decoy that comes first": {func(s *source) {
			cluster(s, "/k8s/prod-eu/", 3)
			s.Put("/a/pods/default/p", object("v1", "Pod", "default", "p"))
		}, "/k8s/prod-eu/ /a/", ""},
		"a decoy with a namespace": {func(s *source) {
			cluster(s, "/k8s/prod-eu/", 3)
			s.Put("/a/namespaces/x", object("v1", "Namespace", "", "x"))
		}, "/k8s/prod-eu/ /a/", ""},
		"two clusters, the second is larger":                  {func(s *source) { cluster(s, "/k8s/a/", 3); cluster(s, "/k8s/b/", 30) }, "/k8s/b/ /k8s/a/", "file"},
		"two clusters, one at the usual place":                {func(s *source) { cluster(s, "/k8s/a/", 3); cluster(s, "/registry/", 3) }, "/registry/ /k8s/a/", ""},
		"two clusters beside one another, of a running store": {func(s *source) { cluster(s, "/k8s/a/", 3); cluster(s, "/k8s/b/", 3) }, "/k8s/a/ /k8s/b/", ""},
		"Events only":         {func(s *source) { s.Put("/registry/events/shop/web.1", event); others(s) }, "/registry/", ""},
		"Events only, deeper": {func(s *source) { s.Put("/k8s/prod/events/shop/web.1", event) }, "/k8s/prod/", ""},
		"leases only": {func(s *source) {
			s.Put("/registry/leases/kube-system/a", object("coordination.k8s.io/v1", "Lease", "kube-system", "a"))
		}, "/registry/", ""},
		"custom resources only": {func(s *source) { s.Put("/r/example.com/widgets/d/w", object("example.com/v1", "Widget", "d", "w")) }, "-", ""},
		"custom resources first": {func(s *source) {
			s.Put("/k8s/prod/acme.cert-manager.io/challenges/d/w", object("acme.cert-manager.io/v1", "Challenge", "d", "w"))
			cluster(s, "/k8s/prod/", 1)
			others(s)
		}, "/k8s/prod/", ""},
		"encrypted": {func(s *source) {
			s.Put("/r/x/secrets/d/s", []byte("k8s:enc:aescbc:v1:key1:0123456789012345678901234567890123456789"))
		}, "/r/x/", ""},
		"only API servers":     {func(s *source) { s.Put("/r/masterleases/192.0.2.1", object("v1", "Endpoints", "", "")) }, "/r/", ""},
		"damaged values first": {func(s *source) { s.Put("/r/configmaps/a/a", []byte("\x00\x01")); cluster(s, "/r/", 1) }, "/r/", ""},
		"the usual one is empty": {func(s *source) {
			s.Put("/registry/", []byte("x"))
			s.Put("/registry/health", nil)
			cluster(s, "/b/c/", 1)
		}, "/b/c/", ""},
		"one within another, which has its keys besides": {func(s *source) {
			cluster(s, "/k8s/", 3)
			cluster(s, "/k8s/inner/", 5)
			s.Put("/k8s/old/pods/default/x", object("v1", "Pod", "default", "x")) // no cluster
		}, "/k8s/inner/ /k8s/", "file"},
		"two clusters, one of them OpenShift": {func(s *source) {
			cluster(s, "/registry/", 9)
			cluster(s, "/kubernetes.io/", 1)
			s.Put("/openshift.io/routes/web/front", object("route.openshift.io/v1", "Route", "web", "front"))
		}, "/registry/ /kubernetes.io/", "file"},
		"keys of an application": {func(s *source) {
			others(s)
			s.Put("/app/pods/default/x", []byte("not a pod"))
			s.Put("/app/namespaces/x", []byte(`{"name":"x"}`))
			s.Put("/my.app/config/x", []byte(`{"kind":"Config"}`))
			s.Put("secrets/a/b", []byte("x"))
		}, "-", ""},
		"an object in another folder": {func(s *source) {
			s.Put("/app/pods/default/x", object("v1", "ConfigMap", "default", "x"))
			s.Put("/backup/secrets/x", object("v1", "Secret", "shop", "x"))
		}, "-", ""},
		"empty": {func(s *source) {}, "-", ""},
	} {
		for _, kind := range []etcdsource.Kind{etcdsource.KindFile, etcdsource.KindLive} {
			if c.kind != "" && c.kind != string(kind) {
				continue
			}
			s := &source{Memory: tuitest.NewMemory(kind, "s")}
			c.fill(s)
			quick := from(t, s, Options{Lenient: true})
			if n := reads(s); kind == etcdsource.KindLive && n > quickReads+1 {
				t.Errorf("%s: %d requests before something is known: %q", name, n, s.asked)
			}
			k := from(t, s, Options{})
			want := strings.Fields(c.want)
			if want[0] == "-" {
				if !k.Rootless() || !quick.Rootless() || k.Root != "/registry/" {
					t.Errorf("%s, %s: roots %q, %q", name, kind, k.Roots, quick.Roots)
				}
				continue
			}
			if k.Root != want[0] || k.Rootless() {
				t.Errorf("%s, %s: root %s, %q", name, kind, k.Root, k.Roots)
			}
			if late := name == "five segments" || name == "damaged values first" || name == "no slash before"; !late && quick.Root != want[0] {
				t.Errorf("%s, %s: at first the root is %s, %q, asked %q", name, kind, quick.Root, quick.Roots, s.asked)
			}
			more, err := k.Others(t.Context(), s)
			if err != nil || strings.Join(more, " ") != strings.Join(want[1:], " ") {
				t.Errorf("%s, %s: others %q, %v", name, kind, more, err)
			}
		}
	}
}

// reads counts the requests that a source got for keys, without those for definitions.
func reads(s *source) (n int) {
	for _, a := range s.asked {
		if !strings.Contains(a, "customresourcedefinitions/") || strings.HasSuffix(a, "\x00") {
			n++
		}
	}
	return n
}

// TestManyFolders bounds what a running cluster is asked, however many folders it has.
func TestManyFolders(t *testing.T) {
	s := &source{Memory: tuitest.NewMemory(etcdsource.KindLive, "s")}
	for i := range 3000 {
		s.Put(fmt.Sprintf("/app%d/a/b/%d", i, i), []byte("x"))
		s.Put(fmt.Sprintf("key%d", i), []byte("x"))
	}
	k := from(t, s, Options{})
	if !k.Rootless() || len(s.asked) > liveReads+quickReads+5 {
		t.Errorf("roots %q, %d requests", k.Roots, len(s.asked))
	}
}

// counting is a live store before 3.7: it counts all keys of a span to answer with a few. Each of ours is keysEach of its.
type counting struct {
	*source
	counted int64
	spans   map[string]int
}

func (s *counting) Range(ctx context.Context, sp etcdsource.Span, at etcdsource.At) (etcdsource.Page, error) {
	p, err := s.source.Range(ctx, sp, at)
	if err == nil && !sp.Single() {
		p.Counted, err = s.source.Memory.Count(ctx, sp, at)
		p.Counted *= keysEach
		s.counted += p.Counted
		s.spans[fmt.Sprintf("%q %q", sp.From, sp.To)]++
	}
	return p, err
}

const keysEach = 100

// TestKeysCounted bounds what a search makes a server count, which grows with the store and not with the reads.
func TestKeysCounted(t *testing.T) {
	const keys = 1000
	for name, key := range map[string]string{"flat": "/data/%[2]d", "folders": "/data/%[1]d/%[2]d", "no slash": "%[1]d/%[2]d"} {
		s := &counting{source: &source{Memory: tuitest.NewMemory(etcdsource.KindLive, "s")}, spans: map[string]int{}}
		for i := range keys {
			s.Put(fmt.Sprintf(key, i%97, i), nil)
		}
		k, err := From(t.Context(), s, Options{Lenient: true})
		if err == nil {
			_, err = k.Others(t.Context(), s)
		}
		if most := int64(liveKeys + keys*keysEach); err != nil || !k.Rootless() || s.counted > most {
			t.Errorf("%s: %d keys counted, at most %d; roots %q, %v", name, s.counted, most, k.Roots, err)
		}
		for span, n := range s.spans {
			if n > 2 { // the first key, or the first ones
				t.Errorf("%s: %s was read %d times", name, span, n)
			}
		}
	}
}

// TestGivenRoot takes the root that was given by hand, with a slash before it where there is something.
func TestGivenRoot(t *testing.T) {
	for root, c := range map[string][2]string{
		"/registry/": {"/registry", "/registry/"}, "/a/b/": {"a/b/", "/a/b/"}, "registry/": {"registry", "registry/"}, "": {"nothing", "/nothing/"}, "/x/": {"/nothing", "/nothing/"},
	} {
		s := &source{Memory: tuitest.NewMemory(etcdsource.KindLive, "s")}
		if root != "" {
			cluster(s, root, 1)
		}
		if k := from(t, s, Options{Prefix: c[0]}); k.Root != c[1] || len(k.Roots) != 1 || k.Rootless() {
			t.Errorf("--prefix %s: root %q, %q", c[0], k.Root, k.Roots)
		}
	}
}

// TestCompanionRoot: OpenShift's own API servers use a root beside that of its kube-apiserver.
func TestCompanionRoot(t *testing.T) {
	for _, kind := range []etcdsource.Kind{etcdsource.KindFile, etcdsource.KindLive} {
		s := &source{Memory: tuitest.NewMemory(kind, "s")}
		cluster(s, "/kubernetes.io/", 1)
		s.Put("/openshift.io/routes/web/front", object("route.openshift.io/v1", "Route", "web", "front"))
		for _, o := range []Options{{}, {Lenient: true}, {Prefix: "/kubernetes.io"}} {
			k := from(t, s, o)
			if got := k.Kinds.Kubectl(k.Root, []byte("/openshift.io/routes/web/front")); got != "routes/front -n web" || len(k.Roots) != 1 {
				t.Errorf("%s %+v: %q, roots %q", kind, o, got, k.Roots)
			}
			if more, err := k.Others(t.Context(), s); err != nil || len(more) != 0 {
				t.Errorf("%s %+v: others %q, %v", kind, o, more, err)
			}
		}
		cluster(s, "/registry/", 9) // another one: the companion is not its
		for _, root := range []string{"/registry/", "/kubernetes.io/"} {
			want := map[string]string{"/kubernetes.io/": "routes/front -n web"}[root]
			k := from(t, s, Options{Prefix: root})
			if got := k.Kinds.Kubectl(k.Root, []byte("/openshift.io/routes/web/front")); got != want || len(k.Roots) != 1 {
				t.Errorf("%s %s: %q, roots %q", kind, root, got, k.Roots)
			}
		}
		if k := from(t, s, Options{}); kind == etcdsource.KindFile && (k.Root != "/registry/" || k.Kinds.Kubectl(k.Root, []byte("/openshift.io/routes/web/front")) != "") {
			t.Errorf("%s: root %s, %q", kind, k.Root, k.Roots)
		}
		if k := from(t, s, Options{Prefix: "/openshift.io"}); k.Kinds.Kubectl(k.Root, []byte("/openshift.io/routes/web/front")) != "routes/front -n web" {
			t.Errorf("%s: the second root alone: %s", kind, k.Root)
		}
	}
}

// TestNothingWithinARoot: of a root that is known only by objects behind those of unknown kinds, the folders in between are not
// looked through.
func TestNothingWithinARoot(t *testing.T) {
	t.Parallel()
	s := &source{Memory: tuitest.NewMemory(etcdsource.KindLive, "s")}
	for i := range 40 {
		s.Put(fmt.Sprintf("/registry/argoproj.io/applications/ns%d/a", i), object("argoproj.io/v1", "Application", fmt.Sprint("ns", i), "a"))
	}
	s.Put("/registry/configmaps/default/c", object("v1", "ConfigMap", "default", "c"))
	k := from(t, s, Options{Lenient: true})
	if _, err := k.Others(t.Context(), s); err != nil || k.Root != "/registry/" {
		t.Errorf("root %q, %v", k.Root, err)
	}
	if n := reads(s); n > 2*quickReads+10 {
		t.Errorf("%d requests: %q", n, s.asked)
	}
}

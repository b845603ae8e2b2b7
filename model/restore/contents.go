package restore

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
)

// Contents is what a snapshot says of the cluster and of what will go wrong after a restore. Texts are untrusted.
type Contents struct {
	Cluster      string    // the uid of the namespace kube-system, which identifies the cluster; "" where it is not there
	ClusterCA    string    // the authority that Pods trust, PEM; "" where it is not there
	Time         time.Time // the newest time that any object carries: the age of the snapshot
	APIServers   []string  // the addresses of masterleases
	Nodes        []NodeFact
	Certificates []Certificate
	Leased       int      // Events and others that go when their lease ends
	Terminating  []string // namespaces that were being deleted
	Attached     map[string]int
	Encrypted    map[string]int // values by "provider key" that were not decrypted here
	KMS          map[string]int // values by the name of the KMS plugin
	Decrypted    int
	Unreadable   []string // keys with a value that cannot be read, at most maxNamed
	Bad          int
	Distribution string   // as far as the keys say, "" where they do not
	Bootstrap    []string // k3s and RKE2: the hashes that its bootstrap data has as its name
}

// NodeFact is a Node.
type NodeFact struct {
	Name      string
	Addresses []string
	Control   bool      // it is a control-plane node
	Seen      time.Time // its kubelet was heard of last; zero where the snapshot does not say
	Dead      bool      // it had not been heard of when the snapshot was made
}

// Certificate is a certificate in a Secret.
type Certificate struct {
	Secret  string // NAMESPACE/NAME
	Entry   string // tls.crt
	Subject string
	Expires time.Time
}

const (
	maxNamed = 20
	// silence is how long a kubelet has said nothing when its node counts as gone: its lease is renewed every 10 s, and it
	// is called NotReady after 40 s.
	silence = 5 * time.Minute
)

// Read reads the live objects of a snapshot and calls progress every now and then with their number.
func Read(ctx context.Context, o *learn.Opened, progress func(keys int64)) (*Contents, error) {
	c := &Contents{Attached: map[string]int{}, Encrypted: map[string]int{}, KMS: map[string]int{}}
	r := reader{Contents: c, o: o, renewed: map[string]time.Time{}, hints: map[string]int{}}
	span, n := etcdsource.Prefix(""), int64(0)
	span.Values = true
	err := etcdsource.Each(ctx, o.Source, span, 0, func(e etcdsource.Entry) error {
		if n++; n%1024 == 0 {
			progress(n)
		}
		r.add(&e)
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	r.end()
	return c, nil
}

// reader reads the objects of a snapshot.
type reader struct {
	*Contents
	o       *learn.Opened
	renewed map[string]time.Time // of each node's lease
	hints   map[string]int       // distributions, by what speaks for them
}

func (r *reader) add(e *etcdsource.Entry) {
	r.hint(e.Key)
	if rest, ok := strings.CutPrefix(string(e.Key), r.o.Root+"masterleases/"); ok && rest != "" {
		r.APIServers = append(r.APIServers, rest)
		return
	}
	ref, ok := r.o.Kinds.Locate(r.o.Root, e.Key)
	if !ok {
		return
	}
	x := r.o.Decoder.Object(e.Key, e.Value, e.Mod)
	if !r.readable(e.Key, x) {
		return
	}
	r.date(x.Created)
	switch ref.FullName() {
	case "namespaces":
		r.namespace(x)
	case "nodes":
		r.node(x)
	case "secrets":
		r.secret(x)
	case "configmaps":
		r.configMap(x)
	case "leases.coordination.k8s.io":
		t := moment(x.Text("spec", "renewTime"))
		r.date(t)
		if x.Namespace == "kube-node-lease" {
			r.renewed[x.Name] = t
		}
	case "events", "events.events.k8s.io":
		if e.Lease != 0 {
			r.Leased++
		}
		r.date(moment(x.Text("lastTimestamp")))
	case "volumeattachments.storage.k8s.io":
		r.Attached[x.Text("spec", "nodeName")]++
	}
}

// readable counts what cannot be read, and reports whether the value can.
func (r *reader) readable(key []byte, x *decode.Object) bool {
	enc := x.Encryption
	switch {
	case enc.Provider == "kms":
		r.KMS[enc.KeyName]++
		return x.Problem == ""
	case enc.Provider != "" && x.Problem != "":
		r.Encrypted[enc.Provider+" "+enc.KeyName]++
		return false
	case enc.Provider != "":
		r.Decrypted++
	case x.Problem != "" && !x.Foreign:
		if r.Bad++; len(r.Unreadable) < maxNamed {
			r.Unreadable = append(r.Unreadable, string(key))
		}
		return false
	}
	return true
}

func (r *reader) date(t time.Time) {
	if t.After(r.Time) {
		r.Time = t
	}
}

func moment(s string) time.Time {
	t, _ := time.Parse(time.RFC3339Nano, s)
	return t
}

func (r *reader) namespace(x *decode.Object) {
	if x.Name == "kube-system" {
		r.Cluster = x.UID
	}
	if x.Text("metadata", "deletionTimestamp") != "" {
		r.Terminating = append(r.Terminating, x.Name)
	}
}

func (r *reader) node(x *decode.Object) {
	n := NodeFact{Name: x.Name}
	tree := x.Tree(decode.View{})
	meta, _ := tree["metadata"].(map[string]any)
	labels, _ := meta["labels"].(map[string]any)
	for l := range labels {
		n.Control = n.Control || l == "node-role.kubernetes.io/control-plane" || l == "node-role.kubernetes.io/master" || l == "node-role.kubernetes.io/etcd"
		if strings.HasPrefix(l, "kops.k8s.io/") {
			r.hints["kops"]++
		}
	}
	status, _ := tree["status"].(map[string]any)
	for _, a := range list(status["addresses"]) {
		n.Addresses = append(n.Addresses, str(a["address"]))
	}
	for _, c := range list(status["conditions"]) {
		if str(c["type"]) != "Ready" {
			continue
		}
		n.Seen = moment(str(c["lastHeartbeatTime"]))
		n.Dead = str(c["status"]) == "Unknown"
		r.date(n.Seen)
	}
	r.Nodes = append(r.Nodes, n)
}

func list(v any) (out []map[string]any) {
	items, _ := v.([]any)
	for _, i := range items {
		if m, ok := i.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func str(v any) string {
	switch s := v.(type) {
	case string:
		return s
	case json.Number:
		return s.String()
	}
	return ""
}

func (r *reader) configMap(x *decode.Object) {
	if x.Namespace != "kube-system" {
		return
	}
	switch x.Name {
	case "kube-root-ca.crt":
		r.ClusterCA = x.Text("data", "ca.crt")
	case "kubeadm-config":
		r.hints["kubeadm"]++
	case "k3s-etcd-snapshots":
		r.hints["k3s"] += 5
	case "rke2-etcd-snapshots":
		r.hints["rke2"] += 5
	}
}

// hint counts what a key says of the distribution.
func (r *reader) hint(key []byte) {
	k := string(key)
	for _, h := range []struct{ prefix, name string }{
		{"/kubernetes.io/", "openshift"}, {"/openshift.io/", "openshift"}, {"k3s/", "k3s"}, {"rke2/", "rke2"}, {"talos:", "talos"},
		{r.o.Root + "k0s.k0sproject.io/", "k0s"}, {r.o.Root + "autopilot.k0sproject.io/", "k0s"}, {r.o.Root + "etcd.k0sproject.io/", "k0s"},
		{r.o.Root + "helm.k0sproject.io/", "k0s"}, {r.o.Root + "rke2.cattle.io/", "rke2"}, {r.o.Root + "k3s.cattle.io/", "k3s"},
	} {
		if strings.HasPrefix(k, h.prefix) {
			r.hints[h.name] += 2
		}
	}
	if hash, ok := strings.CutPrefix(k, "/bootstrap/"); ok {
		r.Bootstrap = append(r.Bootstrap, hash)
		r.hints["k3s"]++
	}
}

// end judges what needs all objects.
func (r *reader) end() {
	for i := range r.Nodes {
		n := &r.Nodes[i]
		if t, ok := r.renewed[n.Name]; ok && t.After(n.Seen) {
			n.Seen = t
		}
		if !n.Seen.IsZero() && r.Time.Sub(n.Seen) > silence {
			n.Dead = true
		}
	}
	best := 0
	for _, name := range []string{"rke2", "k3s", "k0s", "openshift", "talos", "kops", "kubeadm"} {
		if r.hints[name] > best {
			best, r.Distribution = r.hints[name], name
		}
	}
	slices.SortFunc(r.Certificates, func(a, b Certificate) int { return a.Expires.Compare(b.Expires) })
}

func (c *Certificate) String() string {
	return fmt.Sprintf("%s %s (%s), %s", c.Secret, c.Entry, c.Subject, c.Expires.UTC().Format(time.DateOnly))
}

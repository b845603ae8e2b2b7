package discover

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/live/discover/clientcert"
)

// Candidate is one way to open an etcd of a node.
type Candidate struct {
	Distribution     string   `json:"distribution"` // kubeadm, k3s, rke2, k0s, openshift, kops, kubespray, talos, microk8s, etcd, …
	Endpoints        []string `json:"endpoints"`
	Also             []string `json:"also,omitempty"` // other addresses for clients of the same etcd, at most maxAlso
	CAFile           string   `json:"caFile,omitempty"`
	CertFile         string   `json:"certFile,omitempty"`
	KeyFile          string   `json:"keyFile,omitempty"`
	Prefix           string   `json:"prefix,omitempty"`           // --etcd-prefix, or what the distribution has where nothing else is said; "" where not known
	EncryptionConfig string   `json:"encryptionConfig,omitempty"` // a file
	DataDir          string   `json:"dataDir,omitempty"`
	WALDir           string   `json:"walDir,omitempty"`    // where that is not in the data directory
	AuditLog         string   `json:"auditLog,omitempty"`  // the API server's, "" where it keeps none or it is not told
	Name             string   `json:"name,omitempty"`      // main, events, cilium, leases, where the node has several etcds
	Resources        []string `json:"resources,omitempty"` // that this etcd keeps alone, as group/resource or resource: events, coordination.k8s.io/leases
	From             string   `json:"from"`                // where it was found: a process, a manifest, known paths
	RunBy            string   `json:"runBy,omitempty"`     // who runs it, where he made its data directory himself; "" for root, us, and who was given one
	Usable           bool     `json:"usable"`              // the files are there, readable, and the certificate is one for clients
	Why              string   `json:"why"`                 // what makes it usable, or the file at fault and what is wrong with it
}

// Find looks for an etcd below root ("" is the node itself; a relative one is below the working folder). It returns nil where there is no trace of one, and stops
// early, with what it has, when the context ends.
func Find(ctx context.Context, root string) []Candidate {
	found, _ := Search(ctx, root)
	return found
}

// Search is Find, and returns also every place that was looked at, in that order.
func Search(ctx context.Context, root string) ([]Candidate, []Place) {
	f := finder{root: "/", now: time.Now(), self: uint32(os.Geteuid()), owner: ownerOf}
	if root != "" {
		if abs, err := filepath.Abs(root); err == nil {
			f.root = abs
		}
	}
	found := f.find(ctx)
	return found, f.looked.all
}

func (f *finder) find(ctx context.Context) []Candidate {
	if uid, ok := f.owner(f.root); ok {
		f.tree = uid
	}
	f.relocate(ctx)
	f.hints = named(append(f.processes(ctx), f.files(ctx)...))
	var out []Candidate
	seen := map[string]bool{}
	add := func(cs []Candidate) {
		for _, c := range cs {
			id, pair := strings.Join(c.Endpoints, ",")+"\x00"+c.CertFile, c.Name+"\x00"+c.CertFile
			if !seen[id] && !(c.CertFile != "" && seen[pair]) {
				seen[id], seen[pair] = true, true
				out = append(out, c)
			}
		}
	}
	for _, h := range f.hints {
		if ctx.Err() != nil {
			break
		}
		add(f.fromHint(h))
	}
	for i := range distros {
		if f.present(&distros[i]) {
			add(f.fromPaths(&distros[i]))
		}
	}
	slices.SortStableFunc(out, func(a, b Candidate) int { return a.rank() - b.rank() })
	if len(out) > 0 && out[0].Usable {
		return append(out, f.strangers...)
	}
	out = append(out, f.elsewhere(len(out) > 0)...)
	return append(out, f.strangers...)
}

// rank is the place of a candidate among the others, the lowest first.
func (c *Candidate) rank() (n int) {
	if !c.Usable {
		n += 2
	}
	if !c.Main() {
		n++
	}
	return n
}

// Main reports whether it is the etcd of the cluster as a whole, not one that keeps single resources only.
func (c *Candidate) Main() bool { return mainName(c.Name) }

// finder is one search.
type finder struct {
	root      string
	now       time.Time
	hints     []hint
	strangers []Candidate // what is not trusted
	looked    places
	moved     []mount // folders that a distribution keeps elsewhere than it does by itself

	self  uint32                      // who we are
	tree  uint32                      // who owns the root
	owner func(string) (uint32, bool) // who owns what is at a path that can be opened; ownerOf, except in tests
}

var number = regexp.MustCompile(`\d+`)

// widened writes the numbers of a path so wide that texts compare as they do.
func widened(p string) string {
	return number.ReplaceAllStringFunc(p, func(n string) string { return strings.Repeat("0", max(20-len(n), 0)) + n })
}

// judge looks at the files of a candidate, whose paths are those that can be opened.
func (f *finder) judge(c Candidate) Candidate {
	c.Also = plainOnly(c.Also)
	if len(c.Endpoints) == 0 {
		c.Why = "where etcd listens is not known"
		return c
	}
	if len(plainOnly(c.Endpoints)) < len(c.Endpoints) {
		c.Endpoints, c.Why = plainOnly(c.Endpoints), "an endpoint carries a user or a password"
		return c
	}
	if socket, ok := strings.CutPrefix(c.Endpoints[0], "unix://"); ok {
		return f.judgeSocket(c, socket)
	}
	if plain := strings.HasPrefix(c.Endpoints[0], "http://"); plain || !strings.HasPrefix(c.Endpoints[0], "https://") && c.CertFile == "" {
		if plain {
			c.CAFile, c.CertFile, c.KeyFile = "", "", "" // those of the distribution are for others
		}
		c.Usable, c.Why = true, "no certificate is needed for "+c.Endpoints[0]
		return c
	}
	var faults []string
	if c.CAFile == "" {
		faults = append(faults, "no CA certificate was found")
	} else if fault := f.looked.certificate(c.CAFile, clientcert.CheckCA(c.CAFile)); fault != "" {
		faults = append(faults, fault)
	}
	if c.CertFile == "" {
		faults = append(faults, "no client certificate was found")
	} else if expires, fault := f.pair(c.CertFile, c.KeyFile); fault != "" {
		faults = append(faults, fault)
	} else {
		c.Why = fmt.Sprintf("%s is a client certificate, valid until %s", c.CertFile, expires.UTC().Format(time.DateOnly))
	}
	if c.Usable = len(faults) == 0; !c.Usable {
		c.Why = strings.Join(faults, "; ")
		if strings.Contains(c.Why, "no right to read") {
			c.Why += "; run with sudo"
		}
	}
	return c
}

// pair looks at a client certificate and its key.
func (f *finder) pair(cert, key string) (expires time.Time, fault string) {
	expires, fault = clientcert.Check(cert, key, f.now)
	f.looked.certificate(cert, fault)
	f.looked.certificate(key, fault)
	return expires, fault
}

// judgeSocket looks at the socket of a candidate, at which an etcd or kine listens.
func (f *finder) judgeSocket(c Candidate, socket string) Candidate {
	_, err := os.Stat(socket)
	kine := strings.Contains(filepath.Base(socket), "kine")
	switch {
	case err == nil:
		f.looked.add(socket, "there")
		c.Usable, c.Why = true, "no certificate is needed for "+c.Endpoints[0]
	case os.IsPermission(err):
		f.looked.add(socket, "no right to look at it")
		c.Why = socket + ": no right to read it; run with sudo"
		return c
	default:
		f.looked.add(socket, notThere)
		c.Why = socket + ": there is no such socket"
		if c.Distribution != "etcd" {
			c.Why += "; " + c.Distribution + " is not running"
			if c.Distribution == "microk8s" {
				c.Why += "; it keeps everything in dqlite, whose files are no etcd's: they are read only through this socket, while k8s-dqlite runs"
			}
		}
		return c
	}
	if kine {
		c.Why = "kine, an SQL database that speaks a part of etcd's protocol"
	}
	return c
}

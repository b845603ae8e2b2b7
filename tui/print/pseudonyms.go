package print

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode/kinds"
)

// pseudonyms replace the names in a report. Only what is known to say nothing of a cluster stays: numbers, times, versions,
// words of etcdscope's own, Kubernetes' own types and components. What has the place of a name becomes a pseudonym, and
// every other text is left out.
type pseudonyms struct {
	key   []byte            // random: a dictionary does not undo it
	kinds *kinds.Table      // Kubernetes' own are known by it
	names map[string]string // what was replaced
}

func newPseudonyms(*kinds.Table) *pseudonyms {
	p := &pseudonyms{key: make([]byte, 32), kinds: kinds.Builtin(), names: map[string]string{}}
	_, _ = rand.Read(p.key) // never fails
	return p
}

// of returns the pseudonym of a name: equal for equal names of one report.
func (p *pseudonyms) of(name string) string {
	if name == "" {
		return ""
	}
	m := hmac.New(sha256.New, p.key)
	m.Write([]byte(name))
	alias := "x" + hex.EncodeToString(m.Sum(nil)[:6])
	p.names[alias] = name
	return alias
}

// The places of texts, by the members that hold them.
var (
	ownWords    = set("report", "type", "confidence", "op", "lane", "timeFrom", "aspect", "provider", "topology", "verdict", "health", "hash", "cause", "unit", "of", "role", "state")
	nameTexts   = set("name", "namespace", "node", "source", "uid", "user", "object", "owner", "instance", "member", "endpoint", "id", "keyName", "keyID", "dek", "etcd")
	sourceWords = set("live", "file", "other") // what has the place of a type, and is none
	typeTexts   = set("kind", "resource", "by")
	writers     = set("writer", "controller")
	keyTexts    = set("key", "keys", "most")
	versionOf   = regexp.MustCompile(`^v?\d+\.\d+(\.\d+)?$`)
	word        = regexp.MustCompile(`^[a-zA-Z ]{1,40}$`)
	components  = set("kube-controller-manager", "kube-scheduler", "kube-apiserver", "kubelet", "kubectl", "kubectl-edit", "kubectl-create", "kubectl-client-side-apply", "kubectl-scale",
		"kubectl-patch", "kubectl-rollout", "etcd", "cloud-controller-manager", "replicaset-controller", "deployment-controller", "job-controller", "cronjob-controller", "statefulset-controller",
		"daemon-set-controller", "endpoint-controller", "endpointslice-controller", "garbage-collector", "generic-garbage-collector", "namespace-controller", "node-lifecycle-controller",
		"resourcequota-controller", "horizontal-pod-autoscaler", "ttl-after-finished-controller", "pod-garbage-collector", "serviceaccount-controller", "persistentvolume-controller")
)

func set(names ...string) map[string]bool {
	out := map[string]bool{}
	for _, n := range names {
		out[n] = true
	}
	return out
}

// object replaces the names in an object. Only the names of its members are taken as they are: they are etcdscope's.
func (p *pseudonyms) object(o map[string]any) map[string]any {
	out := map[string]any{}
	for name, v := range o {
		if x := p.value(name, v); x != nil {
			out[name] = x
		}
	}
	return out
}

// value replaces the names in the value of a member; nil leaves it out.
func (p *pseudonyms) value(name string, v any) any {
	switch v := v.(type) {
	case json.Number, bool:
		return v
	case map[string]any:
		return p.object(v)
	case []any:
		out := []any{}
		for _, x := range v {
			if y := p.value(name, x); y != nil {
				out = append(out, y)
			}
		}
		return out
	case string:
		if s := p.text(name, v); s != "" {
			return s
		}
	}
	return nil
}

// text is what is written for a text, "" to leave it out.
func (p *pseudonyms) text(name, s string) string {
	_, notTime := time.Parse(time.RFC3339, s)
	switch {
	case notTime == nil, versionOf.MatchString(s):
		return s
	case ownWords[name] && word.MatchString(s):
		return s
	case typeTexts[name]:
		if sourceWords[s] {
			return s
		}
		if r, ok := p.kinds.Find(strings.ToLower(s)); ok && (r.Plural == s || r.Kind == s || r.FullName() == s) {
			return s
		}
		return p.of(s)
	case writers[name] && components[s]:
		return s
	case keyTexts[name]:
		return p.path(s)
	case nameTexts[name], writers[name]:
		return p.of(s)
	case name == "path": // of a field: only of which part of an object it is
		if part, _, ok := strings.Cut(strings.TrimPrefix(s, "."), "."); ok && (part == "spec" || part == "status" || part == "metadata") {
			return "." + part + "." + p.of(s)
		}
		return p.of(s)
	}
	return ""
}

// path replaces the names in a key of etcd; a folder of Kubernetes' own stays.
func (p *pseudonyms) path(key string) string {
	parts := strings.Split(key, "/")
	for i, s := range parts {
		if s == "" || i == 2 && kinds.Known(s+"/") || i == 1 && s == "registry" {
			continue
		}
		parts[i] = p.of(s)
	}
	return strings.Join(parts, "/")
}

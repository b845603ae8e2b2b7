// Package evidencetest writes Kubernetes objects as API servers store them, for tests of what can be concluded from them.
//
//	Object("Pod", "demo", "p", meta, rest, Entry("kubelet/Update/status 3", fields)) ─► JSON
//	Cluster.Put(key, JSON) ─► a change.Change with both versions decoded and compared ─► Add
//
// Times are seconds of one minute, 2026-01-02 10:02 UTC. Keys are below the root /registry/.
package evidencetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/change"
)

// Root is where the keys of a Cluster begin.
const Root = "/registry/"

// Cluster is an etcd that is written to; what is written is passed on as a file would hold it.
type Cluster struct {
	Decoder  *decode.Decoder
	Revision int64               // the newest one
	Add      func(change.Change) // receives each change
	// Unreadable: values may be such that nobody can decode them.
	Unreadable bool

	t       testing.TB
	last    map[string]*etcdsource.Event
	objects map[string]*decode.Object
}

// New returns an empty cluster at revision 1 whose changes go to add.
func New(t testing.TB, add func(change.Change)) *Cluster {
	return &Cluster{Decoder: decode.New(decode.Options{}), Revision: 1, Add: add, t: t, last: map[string]*etcdsource.Event{}, objects: map[string]*decode.Object{}}
}

// Put writes a value under a key in the next revision, which it returns; the value "" deletes the key.
func (c *Cluster) Put(key, value string) int64 { return c.PutAt(key, value, c.Revision+1, 0, 0) }

// PutAt is Put at a revision, as its change number sub, attached to an etcd lease; 0 for none.
func (c *Cluster) PutAt(key, value string, rev, sub, lease int64) int64 {
	c.t.Helper()
	c.Revision = rev
	key = Root + key
	prev := c.last[key]
	ev := &etcdsource.Event{Key: []byte(key), Value: []byte(value), Mod: rev, Sub: sub, Lease: lease, Type: etcdsource.Updated, Version: 1}
	switch {
	case value == "":
		ev.Type, ev.Version = etcdsource.Deleted, 0
	case prev == nil || prev.Type == etcdsource.Deleted:
		ev.Type, ev.Create = etcdsource.Created, rev
	default:
		ev.Version, ev.Create = prev.Version+1, prev.Create
	}
	var before *decode.Object
	if prev != nil && prev.Type != etcdsource.Deleted {
		before = c.objects[key]
	}
	c.last[key] = ev
	c.add(before, ev)
	return rev
}

// Hold passes on the only version of a key that is left after a compaction, version being its number.
func (c *Cluster) Hold(key, value string, version int64) int64 {
	c.t.Helper()
	c.Revision += version
	ev := &etcdsource.Event{Key: []byte(Root + key), Value: []byte(value), Mod: c.Revision, Create: c.Revision + 1 - version, Version: version, Type: etcdsource.Updated, Kept: true}
	c.last[Root+key] = ev
	c.add(nil, ev)
	return ev.Mod
}

func (c *Cluster) add(before *decode.Object, ev *etcdsource.Event) {
	c.t.Helper()
	var after *decode.Object
	if len(ev.Value) > 0 {
		after = c.Decoder.Object(ev.Key, ev.Value, ev.Mod)
		c.objects[string(ev.Key)] = after
		if after.Problem != "" && !c.Unreadable {
			c.t.Fatalf("%s: %s", ev.Key, after.Problem)
		}
	}
	c.Add(change.Between(c.Decoder, kinds.Builtin(), Root, before, after, ev, decode.View{}))
}

// At is a second of the minute.
func At(s float64) time.Time {
	return time.Date(2026, 1, 2, 10, 2, 0, 0, time.UTC).Add(time.Duration(s * 1e9))
}

// Second is a second of the minute as Kubernetes stores it.
func Second(s int) string { return At(float64(s)).Format(time.RFC3339) }

// Entry is one entry of managedFields: "kubelet/Update/status 11" and the fields that it owns.
func Entry(who string, fields string) string {
	id, at, _ := strings.Cut(who, " ")
	p := append(strings.Split(id, "/"), "", "")
	s := fmt.Sprintf(`{"manager":%q,"operation":%q,"apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{%s}`, p[0], p[1], fields)
	if p[2] != "" {
		s += fmt.Sprintf(`,"subresource":%q`, p[2])
	}
	if at != "" {
		var n int
		fmt.Sscan(at, &n)
		s += fmt.Sprintf(`,"time":%q`, Second(n))
	}
	return s + "}"
}

// groups are the API versions of kinds that are not in v1.
var groups = map[string]string{"ReplicaSet": "apps/v1", "Deployment": "apps/v1", "DaemonSet": "apps/v1", "StatefulSet": "apps/v1", "Job": "batch/v1", "CronJob": "batch/v1",
	"Lease": "coordination.k8s.io/v1", "EndpointSlice": "discovery.k8s.io/v1", "CertificateSigningRequest": "certificates.k8s.io/v1", "IPAddress": "networking.k8s.io/v1",
	"ResourceClaim": "resource.k8s.io/v1", "PodDisruptionBudget": "policy/v1"}

// Object is a Kubernetes object as JSON: meta and rest are put into its metadata and beside it. Its uid is made of its kind
// and name; it was created in second 1 unless meta says otherwise.
func Object(kind, ns, name, meta, rest string, entries ...string) string {
	api := groups[kind]
	if api == "" {
		api = "v1"
	}
	m := fmt.Sprintf(`"name":%q`, name)
	if !strings.Contains(meta, `"uid"`) || strings.Contains(meta, "ownerReferences") {
		m += fmt.Sprintf(`,"uid":"uid-%s-%s"`, strings.ToLower(kind), name)
	}
	if ns != "" {
		m += fmt.Sprintf(`,"namespace":%q`, ns)
	}
	if !strings.Contains(meta, "creationTimestamp") {
		m += fmt.Sprintf(`,"creationTimestamp":%q`, Second(1))
	}
	if meta != "" {
		m += "," + meta
	}
	if len(entries) > 0 && entries[0] != "" {
		m += `,"managedFields":[` + strings.Join(entries, ",") + "]"
	}
	if rest != "" {
		rest = "," + rest
	}
	return fmt.Sprintf(`{"apiVersion":%q,"kind":%q,"metadata":{%s}%s}`, api, kind, m, rest)
}

// Parts of Pods: the spec before and after the binding, and the fields that the entries of their writers own.
const (
	PodSpec   = `"spec":{"containers":[{"name":"web","image":"a"}],"schedulerName":"default-scheduler"}`
	BoundSpec = `"spec":{"containers":[{"name":"web","image":"a"}],"schedulerName":"default-scheduler","nodeName":"n1"}`
	SpecSet   = `"f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{".":{},"f:name":{},"f:image":{}}},"f:schedulerName":{}}`
	StatusSet = `"f:status":{"f:phase":{}}`
)

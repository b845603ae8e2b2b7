package attribution

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

const root = "/registry/"

// feed plays changes into an engine, as a file would.
type feed struct {
	t       *testing.T
	e       *Engine
	dec     *decode.Decoder
	last    map[string]*etcdsource.Event
	objects map[string]*decode.Object
	rev     int64
	sealed  bool // values may be such that nobody can read them
}

func newFeed(t *testing.T) *feed {
	return &feed{t: t, e: New(Options{Whole: true}), dec: decode.New(decode.Options{}), last: map[string]*etcdsource.Event{}, objects: map[string]*decode.Object{}, rev: 1}
}

// put writes a value under a key; a value "" deletes it.
func (f *feed) put(key, value string) int64 {
	f.rev++
	return f.at(key, value, f.rev, 0, 0)
}

func (f *feed) at(key, value string, rev, sub, lease int64) int64 {
	f.t.Helper()
	f.rev = rev
	key = root + key
	prev := f.last[key]
	ev := &etcdsource.Event{Key: []byte(key), Value: []byte(value), Mod: rev, Sub: sub, Lease: lease, Type: etcdsource.Updated, Version: 1}
	switch {
	case value == "":
		ev.Type = etcdsource.Deleted
		ev.Version = 0
	case prev == nil || prev.Type == etcdsource.Deleted:
		ev.Type, ev.Create = etcdsource.Created, rev
	default:
		ev.Version, ev.Create = prev.Version+1, prev.Create
	}
	var before, after *decode.Object
	if prev != nil && prev.Type != etcdsource.Deleted {
		before = f.objects[key]
	}
	if value != "" {
		after = f.dec.Object(ev.Key, ev.Value, ev.Mod)
		f.objects[key] = after
		if after.Problem != "" && !f.sealed {
			f.t.Fatalf("%s: %s", key, after.Problem)
		}
	}
	f.last[key] = ev
	f.e.Add(change.Between(f.dec, kinds.Builtin(), root, before, after, ev, decode.View{}))
	return rev
}

// verdicts returns what the engine says, by revision.
func (f *feed) verdicts() map[int64]Verdict {
	out := map[int64]Verdict{}
	for _, a := range f.e.Take(true) {
		out[a.Mod] = a.Verdict
	}
	return out
}

// at0 is second s of the tests' minute.
func second(s int) string {
	return time.Date(2026, 1, 2, 10, 2, 0, 0, time.UTC).Add(time.Duration(s) * time.Second).Format(time.RFC3339)
}

// mf is one entry of managedFields: "kubelet/Update/status 11" and the fields that it owns.
func mf(who string, fields string) string {
	id, at, _ := strings.Cut(who, " ")
	p := append(strings.Split(id, "/"), "", "")
	s := fmt.Sprintf(`{"manager":%q,"operation":%q,"apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{%s}`, p[0], p[1], fields)
	if p[2] != "" {
		s += fmt.Sprintf(`,"subresource":%q`, p[2])
	}
	if at != "" {
		var n int
		fmt.Sscan(at, &n)
		s += fmt.Sprintf(`,"time":%q`, second(n))
	}
	return s + "}"
}

// object is a Kubernetes object as JSON: meta and rest are put into its metadata and beside it.
func object(kind, ns, name, meta, rest string, entries ...string) string {
	api := map[string]string{"ReplicaSet": "apps/v1", "Deployment": "apps/v1", "Job": "batch/v1", "Lease": "coordination.k8s.io/v1", "EndpointSlice": "discovery.k8s.io/v1"}[kind]
	if api == "" {
		api = "v1"
	}
	m := fmt.Sprintf(`"name":%q,"uid":"uid-%s-%s"`, name, strings.ToLower(kind), name)
	if ns != "" {
		m += fmt.Sprintf(`,"namespace":%q`, ns)
	}
	if !strings.Contains(meta, "creationTimestamp") {
		m += fmt.Sprintf(`,"creationTimestamp":%q`, second(1))
	}
	if meta != "" {
		m += "," + meta
	}
	if len(entries) > 0 {
		m += `,"managedFields":[` + strings.Join(entries, ",") + "]"
	}
	if rest != "" {
		rest = "," + rest
	}
	return fmt.Sprintf(`{"apiVersion":%q,"kind":%q,"metadata":{%s}%s}`, api, kind, m, rest)
}

// want is a verdict as a test writes it: "writer/controller grade lane", and words that its evidence holds.
func (f *feed) want(v Verdict, said, evidence string) {
	f.t.Helper()
	who := v.Writer
	if v.Controller != "" {
		who += "/" + v.Controller
	}
	if got := strings.TrimSpace(fmt.Sprintf("%s %s %s", who, v.Confidence, v.Lane)); got != said || !strings.Contains(v.Evidence, evidence) {
		f.t.Errorf("got %q: %s\nwant %q: %s", got, v.Evidence, said, evidence)
	}
}

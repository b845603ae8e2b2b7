package reconcile

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

const (
	serviceKey = "/registry/services/specs/demo/x"
	sliceKey   = "/registry/endpointslices/demo/x-abcde"
	oldKey     = "/registry/services/endpoints/demo/x"
	podKey     = "/registry/pods/demo/x"
)

func slice(endpoints string) string {
	return object("discovery.k8s.io/v1", "EndpointSlice", `"labels":{"kubernetes.io/service-name":"x"}`, `"endpoints":[`+endpoints+`]`)
}

// TestServicesWithoutEndpoints: a Service whose selector has no endpoint that is ready is named, whatever comes first; one
// that has some, or that selects nothing, is not.
func TestServicesWithoutEndpoints(t *testing.T) {
	t.Parallel()
	selects := object("v1", "Service", "", `"spec":{"selector":{"tier":"front","app":"web"}}`)
	empty, ready, unready := slice(""), slice(`{"addresses":["10.0.0.1"],"conditions":{"ready":true}},{"addresses":["10.0.0.2"],"conditions":{"ready":false}}`), slice(`{"addresses":["10.0.0.2"],"conditions":{"ready":false}}`)
	old := func(s string) string { return object("v1", "Endpoints", "", `"subsets":[`+s+`]`) }
	const none = "no endpoints: no pod with an address matches its selector app=web,tier=front"
	const unmade = "no endpoints: no EndpointSlice was made for it, selector app=web,tier=front"
	for _, c := range []struct {
		name, why string
		puts      [][2]string // a key and a value, "" for a deletion
	}{
		{"no pod", none, [][2]string{{serviceKey, selects}, {sliceKey, empty}}},
		{"the slice first", none, [][2]string{{sliceKey, empty}, {serviceKey, selects}}},
		{"nothing made endpoints", unmade, [][2]string{{serviceKey, selects}}},
		{"none ready", "none of 1 endpoints is ready", [][2]string{{serviceKey, selects}, {sliceKey, unready}}},
		{"they went", none, [][2]string{{serviceKey, selects}, {sliceKey, ready}, {sliceKey, empty}}},
		{"the slice went", unmade, [][2]string{{serviceKey, selects}, {sliceKey, ready}, {sliceKey, ""}}},
		{"only Endpoints, empty", none, [][2]string{{serviceKey, selects}, {oldKey, old("")}}},
		{"only Endpoints, not ready", "none of 1 endpoints is ready", [][2]string{{serviceKey, selects}, {oldKey, old(`{"notReadyAddresses":[{"ip":"10.0.0.1"}]}`)}}},
		{"some ready", "", [][2]string{{serviceKey, selects}, {sliceKey, ready}}},
		{"ready is not told", "", [][2]string{{serviceKey, selects}, {sliceKey, slice(`{"addresses":["10.0.0.1"]}`)}}},
		{"they came", "", [][2]string{{serviceKey, selects}, {sliceKey, empty}, {sliceKey, ready}}},
		{"only Endpoints", "", [][2]string{{serviceKey, selects}, {oldKey, old(`{"addresses":[{"ip":"10.0.0.1"}]}`)}}},
		{"no selector", "", [][2]string{{serviceKey, object("v1", "Service", "", `"spec":{"ports":[{"port":80}]}`)}}},
		{"another name", "", [][2]string{{serviceKey, object("v1", "Service", "", `"spec":{"type":"ExternalName","selector":{"a":"b"}}`)}}},
		{"the Service went", "", [][2]string{{serviceKey, selects}, {sliceKey, empty}, {serviceKey, ""}}},
		{"and so did the slice", "", [][2]string{{serviceKey, selects}, {sliceKey, empty}, {serviceKey, ""}, {sliceKey, ""}}},
	} {
		f := newFold()
		for _, p := range c.puts {
			f.put(p[0], p[1], "a")
		}
		got := ""
		for _, s := range f.t.Waiting() {
			got += strings.Join(s.Why, "; ")
			if s.Key != serviceKey || s.Kind != "Service" || s.Weight != weightCut {
				t.Errorf("%s: %+v", c.name, s)
			}
		}
		if got != c.why {
			t.Errorf("%s: %q, want %q", c.name, got, c.why)
		}
		if c.name == "and so did the slice" && len(f.t.backends.services)+len(f.t.backends.of) > 0 {
			t.Errorf("what went is remembered: %+v", f.t.backends)
		}
	}
}

// TestServicesOfAPresent: read as they are now, Services are named or not as in a history, and none converged meanwhile.
func TestServicesOfAPresent(t *testing.T) {
	t.Parallel()
	ops := []sourcetest.Op{sourcetest.Put(serviceKey, object("v1", "Service", "", `"spec":{"selector":{"a":"b"}}`)), sourcetest.Put(sliceKey, slice(`{"addresses":["10.0.0.1"]}`)),
		sourcetest.Put("/registry/services/specs/demo/y", strings.Replace(object("v1", "Service", "", `"spec":{"selector":{"a":"b"}}`), `"name":"x"`, `"name":"y"`, 1))}
	r, _ := reportOf(t, ops, Window{})
	if err := r.Present(context.Background(), 0, PresentOptions{}); err != nil || fmt.Sprint(r.waitingKeys()) != "[demo/y]" || len(r.Episodes()) != 0 {
		t.Errorf("%q %+v %v", r.waitingKeys(), r.Episodes(), err)
	}
}

// running is a Pod that runs and is ready, whose container restarted n times, after a run from began to ended.
func running(n int, began, ended time.Time) string {
	last := ""
	if !ended.IsZero() {
		last = fmt.Sprintf(`,"lastState":{"terminated":{"exitCode":137,"reason":"OOMKilled","startedAt":%q,"finishedAt":%q}}`, began.Format(time.RFC3339), ended.Format(time.RFC3339))
	}
	return object("v1", "Pod", `"uid":"u"`, fmt.Sprintf(`"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}],"containerStatuses":[{"name":"c","ready":true,"restartCount":%d,"state":{"running":{}}%s}]}`, n, last))
}

// TestRestartsThatGoOn: a pod that runs, but restarted again and again until now, is named.
func TestRestartsThatGoOn(t *testing.T) {
	t.Parallel()
	start := newFold().now
	ago := func(m int) time.Time { return start.Add(-time.Duration(m) * time.Minute) }
	for _, c := range []struct {
		name, why string
		versions  []string
	}{
		{"a short run, now", "c restarts again and again: 5 times, the last at 2026-01-02T03:02:05Z, exit code 137 OOMKilled", []string{running(5, ago(4), ago(2))}},
		{"runs of half an hour", "c restarts again and again: 9 times, the last at 2026-01-02T02:24:05Z, exit code 137 OOMKilled", []string{running(9, ago(70), ago(40))}},
		{"long ago", "", []string{running(5, ago(64), ago(60))}},
		{"after a day: a reboot", "", []string{running(5, ago(1500), ago(2))}},
		{"twice", "", []string{running(2, ago(4), ago(2))}},
		{"never", "", []string{running(0, time.Time{}, time.Time{})}},
		{"seen happening, without times", "restarts again and again: 4 times, the last at 2026-01-02T03:04:09Z", []string{running(1, ago(0), time.Time{}), running(2, ago(0), time.Time{}),
			running(3, ago(0), time.Time{}), running(4, ago(0), time.Time{})}},
		{"not seen happening, without times", "", []string{running(4, ago(0), time.Time{}), strings.Replace(running(4, ago(0), time.Time{}), `"uid"`, `"labels":{"a":"b"},"uid"`, 1)}},
	} {
		f := newFold()
		var versions []VersionStatus
		dates := map[int64]time.Time{}
		for _, v := range c.versions {
			f.put(podKey, v, "kubelet")
			dates[f.rev] = f.now
			versions = append([]VersionStatus{VersionStatusOf(f.rev, etcdsource.Updated, dec.Object([]byte(podKey), []byte(v), f.rev))}, versions...)
		}
		var got []string
		for _, s := range f.t.Waiting() {
			got = append(got, s.Why...)
		}
		if strings.Join(got, "; ") != c.why {
			t.Errorf("%s: %q, want %q", c.name, got, c.why)
		}
		f.now = f.now.Add(3 * time.Hour)
		f.put("/registry/configmaps/demo/later", object("v1", "ConfigMap", "", `"data":{}`), "a")
		if got := f.t.Waiting(); len(got) != 0 {
			t.Errorf("%s: three hours later %+v", c.name, got)
		}
		for _, now := range []time.Time{dates[versions[0].Revision], f.now} { // what the versions of the pod alone say is the same
			x, ok := Follow(versions, versions[0].Revision, Times{Of: func(rev int64) time.Time { return dates[rev] }, Now: now})
			want := c.why
			if now.Equal(f.now) {
				want = ""
			}
			if got := strings.Join(x.Why, "; "); !ok || x.Weight > 0 != (want != "") || x.Weight > 0 && got != want {
				t.Errorf("%s: followed at %v: %d %q, want %q", c.name, now, x.Weight, got, want)
			}
		}
	}
}

// TestGoneForGood: what was deleted is said to be past bringing back where its last version is no object.
func TestGoneForGood(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, key, last string
		lost            bool
	}{
		{"an object", "/registry/configmaps/demo/x", object("v1", "ConfigMap", "", `"data":{"a":"1"}`), false},
		{"cut off", "/registry/configmaps/demo/x", `{"apiVersion":"v1","kind":"ConfigMap"`, true},
		{"text", "/registry/configmaps/demo/x", "hello", true},
		{"empty", "/registry/configmaps/demo/x", " ", true},
		{"not of Kubernetes", "/other/x", "1", true},
	} {
		f := newFold()
		f.put(c.key, c.last, "")
		f.put(c.key, "", "")
		if g := f.t.Gone(); len(g) != 1 || g[0].Unrestorable != c.lost {
			t.Errorf("%s: %+v", c.name, g)
		}
	}
}

package events_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/events"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/tui/tuitest"
)

const event = `{"apiVersion":"v1","kind":"Event","metadata":{"name":"web.%d","namespace":"demo","uid":"e%[1]d","creationTimestamp":"2026-01-02T03:00:00Z"},
"involvedObject":{"kind":"Pod","namespace":"demo","name":"web","uid":"u1"},"type":"Warning","reason":"BackOff","message":"m","source":{"component":"kubelet"},%[2]s}`

func store(t *testing.T, times ...string) *learn.Opened {
	t.Helper()
	m := tuitest.NewMemory(etcdsource.KindLive, "events")
	m.Put("/registry/events/other/x", []byte(`{"kind":`))
	for i, at := range times {
		m.Put(fmt.Sprintf("/registry/events/demo/web.%d", i), fmt.Appendf(nil, event, i, at))
	}
	known, err := learn.From(t.Context(), m, learn.Options{Lenient: true, Prefix: "/registry"})
	if err != nil {
		t.Fatal(err)
	}
	return &learn.Opened{Known: known, Source: m}
}

// TestRead: Events come in the order of the times that they say, whatever their revisions; what cannot be read and what is
// not wanted is left out.
func TestRead(t *testing.T) {
	t.Parallel()
	o := store(t, `"lastTimestamp":"2026-01-02T03:30:00Z","firstTimestamp":"2026-01-02T03:10:00Z","count":7`, `"eventTime":"2026-01-02T03:20:00.5Z"`,
		`"series":{"count":3,"lastObservedTime":"2026-01-02T03:25:00Z"},"eventTime":"2026-01-02T03:05:00Z"`, `"lastTimestamp":null`)
	list, more, err := events.Read(t.Context(), o, 0, "", func(e *events.Event) bool { return e.UID == "u1" })
	if err != nil || more != 0 || len(list) != 4 {
		t.Fatalf("%d Events, %d more, %v", len(list), more, err)
	}
	var got []string
	for _, e := range list {
		got = append(got, fmt.Sprintf("%s %s %d %s/%s %s %s", e.First.Format("15:04"), e.Last.Format("15:04:05.0"), e.Count, e.Kind, e.Name, e.Reason, e.Reporter))
	}
	want := "[03:00 03:00:00.0 1 Pod/web BackOff kubelet 03:20 03:20:00.5 1 Pod/web BackOff kubelet 03:05 03:25:00.0 3 Pod/web BackOff kubelet 03:10 03:30:00.0 7 Pod/web BackOff kubelet]"
	if fmt.Sprint(got) != want {
		t.Errorf("\n%v, want\n%s", got, want)
	}
	out := events.Attributed(o, decode.View{}, list)
	if len(out) != 4 || string(out[0].Key) != "/registry/events/demo/web.3" || string(out[3].Key) != "/registry/events/demo/web.0" || !out[3].Verdict.Time.Equal(list[3].Last) || out[3].Mod != 3 {
		t.Errorf("attributed as %+v", out)
	}
	if list, _, err := events.Read(t.Context(), o, 0, "other", func(*events.Event) bool { return true }); len(list) != 0 || err != nil {
		t.Errorf("of another namespace: %v, %v", list, err)
	}
	if list, _, err := events.Read(t.Context(), o, 3, "demo", func(*events.Event) bool { return true }); len(list) != 1 || err != nil {
		t.Errorf("as of revision 3: %v, %v", list, err)
	}
}

// TestReadBounded: of very many Events the newest are kept, and the others counted.
func TestReadBounded(t *testing.T) {
	t.Parallel()
	var times []string
	base := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	for i := range 2*events.Most + 10 {
		times = append(times, fmt.Sprintf(`"lastTimestamp":%q`, base.Add(-time.Duration(i)*time.Second).Format(time.RFC3339)))
	}
	list, more, err := events.Read(t.Context(), store(t, times...), 0, "", func(*events.Event) bool { return true })
	if err != nil || len(list) != events.Most || more != events.Most+10 {
		t.Fatalf("%d kept, %d more, %v", len(list), more, err)
	}
	if newest := list[len(list)-1].Last; !newest.Equal(base) || !list[0].Last.Equal(base.Add(-(events.Most-1)*time.Second)) {
		t.Errorf("from %v to %v", list[0].Last, newest)
	}
}

// TestKeeper: an etcd that keeps Events alone is known by its resources.
func TestKeeper(t *testing.T) {
	t.Parallel()
	o := store(t)
	o.Root, o.Roots = "/registry/", []string{"/registry/"}
	if e := events.Keeper(o); e != nil {
		t.Errorf("%+v keeps Events", e)
	}
	o.Etcds = []learn.Etcd{{Name: "cilium"}, {Name: "events", Resources: []string{"events"}}}
	if e := events.Keeper(o); e == nil || e.Name != "events" {
		t.Errorf("%+v keeps Events", e)
	}
}

// TestAbout: warnings come first, then what is newer; what happened long before the object went wrong is not about that.
func TestAbout(t *testing.T) {
	t.Parallel()
	at := func(min int) time.Time { return time.Date(2026, 1, 2, 3, min, 0, 0, time.UTC) }
	of := func(typ, reason, name string, min int) events.Event {
		return events.Event{Type: typ, Reason: reason, Kind: "Pod", Namespace: "demo", Name: name, Last: at(min)}
	}
	list := []events.Event{of("Normal", "a", "web", 1), of("Warning", "b", "web", 2), of("Normal", "c", "web", 30), of("Warning", "d", "web", 29), of("Warning", "e", "web", 31), of("Warning", "f", "db", 31)}
	for _, c := range []struct {
		since time.Time
		most  int
		want  string
	}{{at(30), 9, "edc"}, {at(30), 2, "ed"}, {time.Time{}, 9, "edbca"}, {at(59), 9, ""}} {
		got := ""
		for _, e := range events.About(list, "Pod", "demo", "web", c.since, c.most) {
			got += e.Reason
		}
		if got != c.want {
			t.Errorf("since %v: %q, want %q", c.since, got, c.want)
		}
	}
}

package kubeapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// events collects what a watch sends: TYPE name@revision.
type events struct {
	list []string
	want int
	end  context.CancelFunc
	rest []byte
}

func (e *events) Write(p []byte) (int, error) {
	e.rest = append(e.rest, p...)
	for {
		line, rest, ok := strings.Cut(string(e.rest), "\n")
		if !ok {
			return len(p), nil
		}
		e.rest = []byte(rest)
		var ev struct {
			Type   string
			Object struct {
				Code     int
				Metadata struct {
					Name, ResourceVersion string
					Annotations           map[string]string
				}
			}
		}
		if err := json.Unmarshal([]byte(line), &ev); err != nil {
			return 0, err
		}
		md := ev.Object.Metadata
		s := ev.Type + " " + md.Name + "@" + md.ResourceVersion
		if md.Annotations["k8s.io/initial-events-end"] == "true" {
			s += " end"
		}
		if ev.Object.Code != 0 {
			s = fmt.Sprint(ev.Type, " ", ev.Object.Code)
		}
		if e.list = append(e.list, s); len(e.list) == e.want {
			e.end()
		}
	}
}

func (e *events) Flush() error { return nil }

// watched returns the first events of a watch, as many as are wanted.
func watched(t *testing.T, a *API, path string, n int) []string {
	t.Helper()
	path, query, _ := strings.Cut(path, "?")
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	answer := a.Serve(ctx, &Request{Method: "GET", Path: path, Query: q})
	if answer.Code != 200 {
		return []string{fmt.Sprint(answer.Code)}
	}
	e := &events{want: n, end: cancel}
	if err := answer.Body(ctx, e); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return e.list
}

// TestWatches: what a watch of a position that does not move sends, and in which order.
func TestWatches(t *testing.T) {
	t.Parallel()
	a := api(t, ops(), 0)
	a.Replay = &Replay{From: 4}
	for path, want := range map[string]string{
		"/api/v1/pods?watch=true&allowWatchBookmarks=true":                                                                              "ADDED a1@6, ADDED b1@5, BOOKMARK @13",
		"/api/v1/watch/pods?allowWatchBookmarks=true&resourceVersion=0":                                                                 "ADDED a1@6, ADDED b1@5, BOOKMARK @13",
		"/api/v1/pods?watch=true&resourceVersion=13&allowWatchBookmarks=true":                                                           "BOOKMARK @13",
		"/at/7/api/v1/pods?watch=true&resourceVersion=4":                                                                                "ADDED b1@5, MODIFIED a1@6",
		"/api/v1/pods?watch=true&resourceVersion=4":                                                                                     "ADDED b1@5, MODIFIED a1@6, DELETED a2@8",
		"/api/v1/pods?watch=true&resourceVersion=3&fieldSelector=status.phase%3DRunning":                                                "ADDED a2@4, ADDED b1@5, ADDED a1@6, DELETED a2@8",
		"/api/v1/pods?watch=true&resourceVersion=2&fieldSelector=status.phase%3DPending":                                                "ADDED a1@3, DELETED a1@6",
		"/api/v1/namespaces/demo/pods/a2?watch=true&resourceVersion=2":                                                                  "ADDED a2@4, DELETED a2@8",
		"/at/7/api/v1/pods?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true":                "ADDED a1@6, ADDED a2@4, ADDED b1@5, BOOKMARK @7 end",
		"/api/v1/pods?watch=true&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=13": "BOOKMARK @13",
		"/replay/api/v1/pods?watch=true&resourceVersion=4":                                                                              "ADDED b1@5, MODIFIED a1@6, DELETED a2@8",
		"/replay/api/v1/pods?watch=true":                                                                                                "ADDED a1@3, ADDED a2@4, ADDED b1@5, MODIFIED a1@6, DELETED a2@8",
		"/api/v1/pods?watch=true&resourceVersion=99":                                                                                    "504", "/at/7/api/v1/pods?watch=true&resourceVersion=9": "504",
	} {
		if got := strings.Join(watched(t, a, path, strings.Count(want, ",")+1), ", "); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", path, got, want)
		}
	}
	if got, _ := names(t, second(ask(t, a, "/replay/api/v1/pods", ""))); got != "a1 a2" {
		t.Errorf("a list of the replay has %q", got)
	}
	if got := watched(t, api(t, ops(), 6), "/api/v1/pods?watch=true&resourceVersion=3", 1); !slices.Equal(got, []string{"ERROR 410"}) {
		t.Errorf("from a revision that is gone: %q", got)
	}
}

func second(_ int, s string) string { return s }

// TestReplayPace: revisions come when they are due, and not before.
func TestReplayPace(t *testing.T) {
	t.Parallel()
	a := api(t, ops(), 0)
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	a.Replay = &Replay{From: 4, Speed: 10, Times: func(rev int64) time.Time { return start.Add(time.Duration(rev) * time.Second) }}
	began := time.Now()
	if got := watched(t, a, "/replay/api/v1/pods?watch=true&resourceVersion=4", 3); strings.Join(got, ", ") != "ADDED b1@5, MODIFIED a1@6, DELETED a2@8" {
		t.Errorf("%q", got)
	}
	if took := time.Since(began); took < 400*time.Millisecond {
		t.Errorf("4 s at ten times the speed took %v", took)
	}
	if a.Replay.Reached() != 8 {
		t.Errorf("reached %d", a.Replay.Reached())
	}
}

// TestReplayAges: ages in a replay count to the time of the event's revision, also where nothing else dates that, and for what
// is there when it begins to the time of that.
func TestReplayAges(t *testing.T) {
	t.Parallel()
	created := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) // of the pods
	lease := func(at time.Time) sourcetest.Op {
		return sourcetest.Put("/registry/leases/kube-system/beat", fmt.Sprintf(`{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"beat","namespace":"kube-system"},"spec":{"renewTime":%q}}`, at.Format("2006-01-02T15:04:05.000000Z")))
	}
	all := []sourcetest.Op{
		sourcetest.Put("/registry/pods/demo/a1", pod("a1", "n1", "Pending")), // 2
		lease(created.Add(2 * time.Minute)),                                  // 3
		lease(created.Add(5 * time.Minute)),                                  // 4
		sourcetest.Put("/registry/pods/demo/a1", pod("a1", "n1", "Running")), // 5
		lease(created.Add(9 * time.Minute)),                                  // 6
		sourcetest.Delete("/registry/pods/demo/a1"),                          // 7
	}
	for name, c := range map[string]struct {
		times func(int64) time.Time
		want  string
	}{
		"by what is stored": {nil, "2m 5m 9m"},
		"by a clock":        {func(rev int64) time.Time { return created.Add(time.Duration(rev-4) * time.Hour) }, "0s 60m 3h"},
	} {
		a := api(t, all, 0)
		a.Replay = &Replay{From: 3, Times: c.times}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		q := url.Values{"watch": {"true"}, "timeoutSeconds": {"1"}, "includeObject": {"None"}}
		answer := a.Serve(ctx, &Request{Method: "GET", Path: "/replay/api/v1/pods", Query: q, Accept: "application/json;as=Table;v=v1;g=meta.k8s.io"})
		var b buffer
		err := answer.Body(ctx, &b)
		cancel()
		var got []string
		for _, m := range regexp.MustCompile(`"cells":\["a1","0/1","[A-Z][a-z]+","0","([^"]*)"`).FindAllStringSubmatch(string(b), -1) {
			got = append(got, m[1])
		}
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s: ages %q, want %s: %v\n%s", name, got, c.want, err, b)
		}
	}
}

package commands_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// reflector keeps a copy of the ConfigMaps as client-go's does: a list, then a watch from its revision on; where that ends
// with 410 another list.
type reflector struct {
	s      *serving
	mu     sync.Mutex
	lists  int
	rev    int64             // everything up to here is in objects
	seen   map[int64]bool    // the revisions of events
	have   map[string]string // x of each ConfigMap
	faults []string
}

// item is one ConfigMap, or a Status.
type item struct {
	Code     int
	Metadata struct{ Name, ResourceVersion string }
	Data     struct{ X string }
}

func (r *reflector) run(ctx context.Context, t *testing.T) {
	for ctx.Err() == nil {
		if !r.list(ctx, t) {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		for ctx.Err() == nil && r.watch(ctx, t) {
		}
	}
}

func (r *reflector) list(ctx context.Context, t *testing.T) bool {
	resp, err := r.s.open(ctx, t, "/api/v1/configmaps")
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	var l struct {
		Metadata struct{ ResourceVersion string }
		Items    []item
	}
	if resp.StatusCode != 200 || json.NewDecoder(resp.Body).Decode(&l) != nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lists++
	rev, _ := strconv.ParseInt(l.Metadata.ResourceVersion, 10, 64)
	if rev < r.rev {
		r.faults = append(r.faults, fmt.Sprintf("a list of %d behind %d", rev, r.rev))
	}
	r.rev, r.have = rev, map[string]string{}
	for _, it := range l.Items {
		r.have[it.Metadata.Name] = it.Data.X
	}
	return true
}

// watch follows until the watch ends; it reports whether it may go on where it ended.
func (r *reflector) watch(ctx context.Context, t *testing.T) bool {
	r.mu.Lock()
	from := r.rev
	r.mu.Unlock()
	resp, err := r.s.open(ctx, t, "/api/v1/configmaps?watch=true&timeoutSeconds=3&resourceVersion="+strconv.FormatInt(from, 10))
	if err != nil || resp.StatusCode != 200 {
		time.Sleep(50 * time.Millisecond)
		return true
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		var e struct {
			Type   string
			Object item
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return true
		}
		if e.Type == "ERROR" {
			return e.Object.Code != 410
		}
		r.take(e.Type, &e.Object)
	}
	return true
}

func (r *reflector) take(typ string, it *item) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rev, _ := strconv.ParseInt(it.Metadata.ResourceVersion, 10, 64)
	if rev <= r.rev || r.seen[rev] {
		r.faults = append(r.faults, fmt.Sprintf("%s of %d behind %d", typ, rev, r.rev))
	}
	if r.rev, r.seen[rev] = rev, true; typ == "DELETED" {
		delete(r.have, it.Metadata.Name)
		return
	}
	r.have[it.Metadata.Name] = it.Data.X
}

// open asks for a path.
func (s *serving) open(ctx context.Context, t *testing.T, path string) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, "GET", s.Server+path, nil)
	if err != nil {
		t.Error(err)
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+regexp.MustCompile(`token: (\S+)`).FindStringSubmatch(s.config)[1])
	return s.client(t).Do(req)
}

// TestServeRestart: clients of serve go on while the etcd below is killed and started again: no change comes twice, none is
// missing, or the client is made to list again; all of them share one watch of etcd.
func TestServeRestart(t *testing.T) {
	if testing.Short() {
		t.Skip("it kills an etcd")
	}
	t.Parallel()
	m := etcdtest.Members(t, 1, "")[0]
	put := func(w *clientv3.Client, i int) bool {
		name := fmt.Sprint("a", i%7)
		key := "/registry/configmaps/demo/" + name
		ctx := etcdtest.Within(t, 2*time.Second)
		var err error
		if i%11 == 10 {
			_, err = w.Delete(ctx, key)
		} else {
			_, err = w.Put(ctx, key, fmt.Sprintf(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":%q,"namespace":"demo"},"data":{"x":"%d"}}`, name, i))
		}
		return err == nil
	}
	w := m.Client()
	if _, err := w.Put(etcdtest.Within(t, time.Minute), "/registry/namespaces/demo", `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"demo"}}`); err != nil || !put(w, 0) {
		t.Fatal(err)
	}
	s, _ := serve(t, "--endpoints", m.URL, "--prefix", "/registry")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var clients [12]*reflector
	var all sync.WaitGroup
	for i := range clients {
		r := &reflector{s: s, seen: map[int64]bool{}, have: map[string]string{}}
		clients[i] = r
		all.Go(func() { r.run(ctx, t) })
	}
	n := 1
	for round := range 3 {
		for end := n + 60; n < end; n++ {
			put(w, n)
		}
		if got := watchers(t, m.HTTP); got != "1" && round == 0 {
			t.Errorf("etcd has %s watches for %d clients", got, len(clients))
		}
		m.Kill()
		time.Sleep(time.Duration(round) * 300 * time.Millisecond)
		m.Start()
		m.Ready()
		w = m.Client()
		for end := n + 20; n < end; n++ {
			put(w, n)
		}
	}
	for !put(w, n) {
		if t.Context().Err() != nil {
			t.Fatal("etcd does not serve")
		}
	}
	want := map[string]string{}
	got, err := w.Get(etcdtest.Within(t, time.Minute), "/registry/configmaps/", clientv3.WithPrefix())
	if err != nil {
		t.Fatal(err)
	}
	for _, kv := range got.Kvs {
		var it item
		if err := json.Unmarshal(kv.Value, &it); err != nil {
			t.Fatal(err)
		}
		want[it.Metadata.Name] = it.Data.X
	}
	deadline := time.Now().Add(time.Minute)
	for i, r := range clients {
		for !r.has(got.Header.Revision) && time.Now().Before(deadline) {
			time.Sleep(20 * time.Millisecond)
		}
		r.mu.Lock()
		if fmt.Sprint(r.have) != fmt.Sprint(want) || len(r.faults) > 0 {
			t.Errorf("client %d, at %d of %d after %d lists, has %v, want %v; %v", i, r.rev, got.Header.Revision, r.lists, r.have, want, r.faults)
		}
		r.mu.Unlock()
	}
	t.Logf("%d revisions; client 0 listed %d times and saw %d changes", got.Header.Revision, clients[0].lists, len(clients[0].seen))
	cancel()
	all.Wait()
}

func (r *reflector) has(rev int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rev >= rev
}

// TestServeRecall: with the past of a running store recalled, lists and watches of it are answered, also those that begin in the
// past and go on, and what was written since the recall is a past of its own.
func TestServeRecall(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the program")
	}
	t.Parallel()
	etcd := etcdtest.New(t)
	put := func(x string) int64 {
		got, err := etcd.Writer().Put(etcdtest.Within(t, time.Minute), "/registry/configmaps/demo/a", `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"demo"},"data":{"x":"`+x+`"}}`)
		if err != nil {
			t.Fatal(err)
		}
		return got.Header.Revision
	}
	if _, err := etcd.Writer().Put(etcdtest.Within(t, time.Minute), "/registry/namespaces/demo", `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"demo"}}`); err != nil {
		t.Fatal(err)
	}
	first := put("1")
	put("2")
	put("3")
	s, _ := serve(t, "--endpoints", etcd.URL, "--prefix", "/registry", "--recall", "--rev", fmt.Sprint(first), "--replay", fmt.Sprint(first), "--speed", "0")
	last := put("4")
	for deadline := time.Now().Add(time.Minute); !strings.Contains(s.get(t, "/api/v1/configmaps"), `"x":"4"`); {
		if time.Now().After(deadline) {
			t.Fatal("now does not move")
		}
	}
	for path, want := range map[string]string{
		fmt.Sprintf("/at/%d/api/v1/configmaps", first):                                                        `1`,
		fmt.Sprintf("/at/%d/api/v1/configmaps", last-1):                                                       `3`,
		fmt.Sprintf("/at/%d/api/v1/configmaps", last):                                                         `4`,
		fmt.Sprintf("/api/v1/configmaps?resourceVersion=%d&resourceVersionMatch=Exact", first+1):              `2`,
		fmt.Sprintf("/api/v1/configmaps?watch=true&timeoutSeconds=2&resourceVersion=%d", first):               `2 3 4`,
		fmt.Sprintf("/api/v1/configmaps?watch=true&timeoutSeconds=2&resourceVersion=%d", last-1):              `4`,
		fmt.Sprintf("/at/%d/api/v1/configmaps?watch=true&timeoutSeconds=2&resourceVersion=%d", last-1, first): `2 3`,
		"/replay/api/v1/configmaps?watch=true&timeoutSeconds=2":                                               `1 2 3 4`,
	} {
		got := s.get(t, path)
		var xs []string
		for _, m := range regexp.MustCompile(`"x":"(.)"`).FindAllStringSubmatch(got, -1) {
			xs = append(xs, m[1])
		}
		if strings.Join(xs, " ") != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// watchers is how many watches an etcd has, as its metrics say.
func watchers(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(etcdtest.Within(t, time.Minute), "GET", url+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(b) {
		if n, ok := strings.CutPrefix(string(line), "etcd_debugging_mvcc_watcher_total "); ok {
			return strings.TrimSpace(n)
		}
	}
	return "no"
}

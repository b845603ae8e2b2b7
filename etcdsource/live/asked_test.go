package live

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

// started are the calls that a member has begun to answer, by name, and the bytes that it has sent to clients.
func started(t *testing.T, m *etcdtest.Member) (calls map[string]int64, sent int64) {
	t.Helper()
	resp, err := http.Get(m.HTTP + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	calls = map[string]int64{}
	for s := bufio.NewScanner(resp.Body); s.Scan(); {
		name, value, _ := strings.Cut(s.Text(), " ")
		n, _ := strconv.ParseFloat(value, 64)
		if _, call, ok := strings.Cut(name, `grpc_method="`); ok && strings.HasPrefix(name, "grpc_server_started_total") && n > 0 {
			call, _, _ = strings.Cut(call, `"`)
			calls[call] += int64(n)
		} else if name == "etcd_network_client_grpc_sent_bytes_total" {
			sent = int64(n)
		}
	}
	return calls, sent
}

// ranged are the keys that a member went over for calls of Range, by what it has logged since a place in its log.
func ranged(t *testing.T, log []byte) (keys int64) {
	t.Helper()
	for line := range bytes.Lines(log) {
		var e struct {
			Msg   string `json:"msg"`
			Type  string `json:"response type"`
			Count int64  `json:"response count"`
		}
		if json.Unmarshal(line, &e) == nil && e.Msg == "request stats" && strings.HasSuffix(e.Type, "/Range") {
			keys += e.Count
		}
	}
	return keys
}

// TestRequestsAreEtcdsOwnCount: calls and keys ranged of the request log are those that etcd itself has counted. Bytes are those that
// arrived; of a stream that is ended early etcd counts also what was never sent, and one window of it may be on its way.
func TestRequestsAreEtcdsOwnCount(t *testing.T) {
	t.Parallel()
	net := etcdtest.NewNetwork(t, 1, "", map[string]any{"log-level": "debug"})
	m, proxy := net.Members[0], net.Clients[0]
	w := m.Client()
	defer w.Close()
	for i := range 40 {
		var ops []clientv3.Op
		for j := range 50 {
			ops = append(ops, clientv3.OpPut(fmt.Sprintf("/registry/pods/ns-%02d/p-%03d", i, j), strings.Repeat("x", 100)))
		}
		if _, err := w.Txn(t.Context()).Then(ops...).Commit(); err != nil {
			t.Fatal(err)
		}
	}
	before, sentBefore := started(t, m)
	wireBefore := proxy.Passed()
	from := len(m.Log())
	src, err := Open(t.Context(), Config{Endpoints: []string{proxy.URL}, DialTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for _, span := range []etcdsource.Span{etcdsource.Prefix("/registry/"), etcdsource.Prefix("/registry/pods/"), etcdsource.Prefix("/registry/pods/ns-03/")} {
		span.Values, span.Limit = true, 100
		if _, err := src.Range(t.Context(), span, etcdsource.At{}); err != nil {
			t.Fatal(err)
		}
		if _, err := src.Count(t.Context(), span, etcdsource.At{}); err != nil {
			t.Fatal(err)
		}
		kids, err := src.Children(t.Context(), etcdsource.Span{From: span.From, To: span.To}, etcdsource.At{})
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range kids {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	words := ""
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(words)
		}
	})
	waitFor(t, "etcd to have counted what was asked", func() bool {
		list, sum := src.Requests()
		own := map[string]int64{}
		keys := int64(0)
		for i := range list {
			own[list[i].Call]++
			if list[i].Call == "Range" {
				keys += list[i].Keys
			}
		}
		calls, sent := started(t, m)
		for call, n := range before {
			calls[call] -= n
		}
		maps.DeleteFunc(calls, func(_ string, n int64) bool { return n == 0 })
		theirs := ranged(t, m.Log()[from:])
		sent -= sentBefore
		wire := proxy.Passed() - wireBefore
		const window = 64 << 10 // of a stream
		ok := maps.Equal(own, calls) && keys == theirs && keys > 0 && sum.Keys >= keys && sum.Received <= sent+10*sum.Requests && wire >= sum.Received && wire <= sum.Received+sum.Sent+window*own["RangeStream"]+window
		words = fmt.Sprintf("calls %v, etcd %v; keys of Range %d, etcd %d; bytes %d, on the wire %d, etcd %d", own, calls, keys, theirs, sum.Received, wire, sent)
		return ok
	})
	t.Log(words)
}

// TestHealthOverTheWire: asking three members for the health screen, every 5 s and with their metrics every 15 s, passes at most 16 KB a
// second through all connections together.
func TestHealthOverTheWire(t *testing.T) {
	t.Parallel()
	net := etcdtest.NewNetwork(t, 3, "")
	src, err := Open(t.Context(), Config{Endpoints: []string{net.Clients[0].URL}, DialTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	passed := func() (sum int64) {
		for _, p := range net.Clients {
			sum += p.Passed()
		}
		return sum
	}
	from := passed()
	for range 3 { // 15 seconds of the screen: the first one connects, and reads the metrics
		if p := probe(t, src); len(p.Members) != 3 || p.Members[0].Metrics == nil {
			t.Fatalf("%+v", p.Members)
		}
	}
	const most = 16_000 * 15
	if n := passed() - from; n > most || n < 1000 {
		t.Errorf("%d bytes, at most %d", n, most)
	} else {
		t.Logf("%d bytes in 15 seconds: %d a second", n, n/15)
	}
}

package live

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
)

func writeText(path, text string) error { return os.WriteFile(path, []byte(text), 0o600) }

func quietLog() *log.Logger { return log.New(io.Discard, "", 0) }

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func waitFor(t testing.TB, what string, done func() bool) {
	t.Helper()
	for range 1000 {
		if done() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("waited in vain for %s", what)
}

// newCluster starts members of one cluster.
func newCluster(t *testing.T, n int) []*server {
	peers := make([]url.URL, n)
	initial := ""
	for i := range n {
		lis, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		peers[i] = url.URL{Scheme: "http", Host: lis.Addr().String()}
		initial += fmt.Sprintf(",m%d=%s", i, peers[i].String())
		lis.Close()
	}
	out := make([]*server, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			out[i] = prepareServer(t, func(c *embed.Config) {
				c.Name = fmt.Sprintf("m%d", i)
				c.ListenPeerUrls, c.AdvertisePeerUrls = peers[i:i+1], peers[i:i+1]
				c.InitialCluster = initial[1:]
			})
			out[i].start()
		}()
	}
	wg.Wait()
	return out
}

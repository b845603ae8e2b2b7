package live

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
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
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if done() {
			return
		}
	}
	t.Fatalf("waited in vain for %s", what)
}

// hangs reports whether a member's fault is that it does not answer; on a busy machine the connection is given up first.
func hangs(fault string) bool {
	return strings.Contains(fault, "no answer within") || fault == "the connection was lost"
}

// newCluster starts members of one cluster.
func newCluster(t *testing.T, n int) (out []*server) {
	for _, s := range etcdtest.Cluster(t, n) {
		out = append(out, &server{s})
	}
	return out
}

func errorsAs(err error, p **etcdsource.Problem) bool { return errors.As(err, p) }

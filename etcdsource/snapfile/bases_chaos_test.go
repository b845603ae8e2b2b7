//go:build chaos

package snapfile

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

var (
	baseOps = flag.Int("base-ops", 150, "number of requests in that snapshot")
	baseOut = flag.String("base-out", "", "where to write it, not packed")
)

// TestWriteBase writes a snapshot of another etcd for the tests that damage it:
//
//	go test -tags chaos ./etcdsource/snapfile -run TestWriteBase -etcd PROGRAM -base-out FILE
func TestWriteBase(t *testing.T) {
	if *baseOut == "" {
		t.Skip("no -base-out")
	}
	m := etcdtest.Members(t, 1, *program)[0]
	c := m.Client()
	defer c.Close()
	etcdtest.NewLoad(c, 5).Do(t, *baseOps)
	for i := range 12 { // some pages of their own
		if _, err := c.Put(t.Context(), fmt.Sprintf("/registry/configmaps/large/%d", i), string(make([]byte, 3000))); err != nil {
			t.Fatal(err)
		}
	}
	r, err := c.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f, err := os.Create(filepath.Clean(*baseOut))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.Copy(f, r); err != nil {
		t.Fatal(err)
	}
}

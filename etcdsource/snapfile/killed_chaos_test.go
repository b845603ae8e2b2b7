//go:build chaos

package snapfile

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource/etcdtest"
)

var (
	kills   = flag.Int("kills", 3, "how often the members are killed")
	program = flag.String("etcd", "", "an etcd program to start the members with; the one that is built in otherwise")
)

// TestKilled kills members under load: what their data directories show is what they serve when they have started again.
// Of three members that are killed at once, one may have stored entries whose commit it has not stored: these are not
// shown, and are counted.
func TestKilled(t *testing.T) {
	for n := range *kills {
		members, settings := 1, map[string]any{}
		switch {
		case n%3 == 1:
			members = 3
		case n%3 == 2:
			settings["quota-backend-bytes"] = 300_000
		}
		if n%4 == 3 {
			settings["snapshot-count"] = 300
		}
		t.Run(fmt.Sprintf("%d: %d members %v", n, members, settings), func(t *testing.T) {
			list := etcdtest.Members(t, members, *program, settings)
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(500+137*n%1500)*time.Millisecond)
			defer cancel()
			var wg sync.WaitGroup
			for i := range 4 {
				c := list[i%members].Client()
				defer c.Close()
				wg.Go(func() { etcdtest.NewLoad(c, uint64(1000*n+i)).Until(ctx) })
			}
			<-ctx.Done()
			for _, m := range list {
				m.Kill()
			}
			wg.Wait()
			dirs := make([]string, members)
			for i, m := range list {
				dirs[i] = filepath.Join(etcdtest.Dir(t), "copy")
				if err := os.CopyFS(dirs[i], os.DirFS(m.Dir)); err != nil {
					t.Fatal(err)
				}
				m.Start()
			}
			for i, m := range list {
				m.Ready()
				c := m.Client()
				defer c.Close()
				info, later := same(t, dirs[i], c)
				t.Logf("%d entries replayed, revisions %d to %d, %d changes later; %s", info.Behind.Replayed, info.Compacted, info.Revision, len(later), info.Behind.Text)
				for _, change := range later {
					if members == 1 && !strings.Contains(change, "DELETE /registry/events/") { // a lease that expires is no loss
						t.Errorf("not shown: %.200s", change)
					}
				}
			}
		})
	}
}

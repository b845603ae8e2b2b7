package print

import (
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// TestAges: a file's ages count from its own last moment, which is the newest time in what was written last, whatever is
// listed; those of an earlier revision from the last moment then.
func TestAges(t *testing.T) {
	t.Parallel()
	cm := func(name, created, managed string) sourcetest.Op {
		return sourcetest.Put("/registry/configmaps/d/"+name, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"`+name+`","namespace":"d","creationTimestamp":"`+created+
			`","managedFields":[{"manager":"m","operation":"Update","apiVersion":"v1","time":"`+managed+`"}]}}`)
	}
	src := file([]sourcetest.Op{
		cm("a", "2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z"), // 2
		cm("b", "2026-01-01T11:00:00Z", "2026-01-01T11:00:00Z"), // 3
		cm("b", "2026-01-01T11:00:00Z", "2026-01-01T13:30:00Z"), // 4
	}, 0)
	for args, want := range map[string]string{"get cm -n d": "a 0 3h30m; b 0 150m", "get cm/a -n d": "", "get cm -n d --rev 3": "a 0 60m; b 0 0s", "get cm -n d --rev 2": "a 0 0s"} {
		out, stderr, code := run(t, src, strings.Fields(args)...)
		lines := words(out)
		if code != 0 || want != "" && strings.Join(lines[1:], "; ") != want {
			t.Errorf("%s: exit %d %s, want %s:\n%s", args, code, stderr, want, out)
		}
	}
}

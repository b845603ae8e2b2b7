package print

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// TestInstead: a command or a flag of kubectl or etcdctl is refused by one line that names what replaces it.
func TestInstead(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"explain pod": "kubectl explain", "logs web-1": "kubectl logs", "exec web-1": "kubectl exec", "top pods": "kubectl top", "put a b": "never writes",
		"watch /registry": "log KEY --follow", "member list": "etcdscope health",
		"get --prefix /registry --keys-only": "etcdscope ls KEY/", "get -f x.yaml": "--from",
	} {
		_, stderr, code := run(t, file(cluster(), 0), strings.Fields(args)...)
		if code != exitUsage || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: exit %d, %q", args, code, stderr)
		}
	}
}

// TestHelpGroupsFlags: every flag that all commands share is in one group, the help of a command has its own flags and those
// of the source, and help flags has all.
func TestHelpGroupsFlags(t *testing.T) {
	t.Parallel()
	in := map[string]int{}
	for _, g := range flagGroups {
		for _, name := range strings.Fields(g.names) {
			in[name]++
		}
	}
	root := (&app{out: newOut(&strings.Builder{})}).root()
	all, _, _ := run(t, nil, "help", "flags")
	root.PersistentFlags().VisitAll(func(f *pflag.Flag) {
		if in[f.Name] != 1 {
			t.Errorf("--%s is in %d groups", f.Name, in[f.Name])
		}
		if !strings.Contains(all, "--"+f.Name) {
			t.Errorf("help flags lacks --%s", f.Name)
		}
	})
	out, _, _ := run(t, nil, "get", "--help")
	for flag, want := range map[string]bool{"--sort-by": true, "--from": true, "--reveal": true, "-o text, wide": true, "--cacert": false, "--theme": false, "help flags": true} {
		if strings.Contains(out, flag) != want {
			t.Errorf("get --help has %s: %t", flag, !want)
		}
	}
}

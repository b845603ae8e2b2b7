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
		"get /registry --prefix --keys-only": "etcdscope ls KEY/", "get --prefix --keys-only /registry": "etcdscope ls KEY/", "get --prefix /registry/pods": "get TYPE -A",
		"get /registry/pods --prefix": "get TYPE -A", "get /registry/pods/demo/nginx -w json": "-o json", "get /registry/pods/demo/nginx -w=json": "-o json",
		"get pods --template {{.}}": "-o go-template", "get pods --show-kind": "-o name", "get pods --limit 5": "head", "get pods --raw /api": "-o raw", "get -R pods": "KEY",
		"get pods --subresource status": "-o yaml", "get pods --as admin": "--writer", "log -l app=web": "get TYPE -l",
		"autoscale deploy web": "kubectl autoscale", "certificate approve a": "kubectl certificate", "proxy": "etcdscope serve", "kustomize .": "kubectl kustomize",
		"api-versions": "api-resources", "options": "help flags", "plugin list": "kubectl plugin", "move-leader 1": "etcdctl move-leader", "hashkv": "health --hash",
		"make-mirror a": "snapshot save", "downgrade enable": "etcdctl downgrade", "user list": "etcdctl user", "role list": "etcdctl role", "lock a": "etcdctl lock",
		"pods": "etcdscope get pods", "pods x.db": "etcdscope get pods", "deploy web -n demo": "etcdscope get deploy",
		"get pod/nginx svc -n demo": "TYPE/NAME",
		"get pods --token secret":   "--cert and --key", "get pods -s https://a": "--endpoints", "get pods --all": "-A is for all", "rescue cm --force": "never writes",
		"get pods --request-timeout 5s": "--command-timeout", "get pods --client-key k": "--key", "log pod a --tail 5": "into tail", "log pod a --since-time 10:00": "--since takes",
		"get /a --consistency s": "--serializable", "get deploy a --export": "--apply", "get -k .": "KEY", "get pods -v=6": "--log-file",
		"diff cm/a --rev 3": "takes revisions as arguments", "events --sort-by .x": "get TYPE --sort-by", "describe pod a --chunk-size 5": "small pages",
		"get pods --now": "never writes", "get pods --since 1m": "etcdscope log --since", "get pods --tls-server-name a": "--endpoints a name", "get pods --username a": "--user and --password",
		"get pods --cache-dir a": "keeps nothing", "log pods -c a": "no output of containers", "get pods --field-manager a": "--writer NAME", "get /a --min-mod-rev 3": "--sort-by REVISION",
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

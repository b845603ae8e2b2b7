package print

import (
	"strings"
	"testing"
)

// TestNamespaceOfNothing: where nothing is found in one namespace, the answer names it and says how to look in others; it does so
// only for types that live in namespaces, and not for keys.
func TestNamespaceOfNothing(t *testing.T) {
	t.Parallel()
	const byDefault, single = "in namespace default; add -n NAMESPACE or -A", "it was looked for in namespace default: add -n NAMESPACE"
	for args, want := range map[string]string{
		"get svc": byDefault, "describe svc": byDefault, "log svc": byDefault,
		"get svc -n none": "in namespace none; -A instead of -n shows all", "describe svc -n none": "in namespace none; -A instead of -n", "log svc -n none": "in namespace none; -A instead of -n",
		"grep x svc": byDefault, "grep x svc -n none": "in namespace none; -A instead of -n", "grep x pv": "",
		"get svc/a": single, "describe svc/a": single, "log svc/a": single, "blame svc/a": single, "trace svc/a": single, "diff svc/a": single, "rescue svc/a --from x.db": single,
		"rescue --owner svc/a --from x.db": single,
		"get svc -A":                       "", "get pv": "", "log pv": "", "log pv/a": "", "blame pv/a": "", "diff pv/a": "", "log /registry/services/specs/default/a": "",
		"blame /registry/services/specs/default/a": "", "rescue /registry/services/specs/default/a --from x.db": "", "blame svc/a -n none": "", "log svc -A": "",
	} {
		_, stderr, code := run(t, file(cluster(), 0), strings.Fields(args)...)
		if code != exitNo || !strings.Contains(stderr, want) || want == "" && strings.Contains(stderr, "namespace") || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: exit %d, %q, want %q", args, code, stderr, want)
		}
	}
	for args, want := range map[string]bool{"get cm,nodes -n none": true, "get cm,nodes -n shop": false, "get nodes -n none": false, "get cm,nodes -n none --ignore-not-found": false} {
		if stdout, stderr, code := run(t, file(cluster(), 0), strings.Fields(args)...); code != 0 || stdout == "" || strings.Contains(stderr, "nothing is there in namespace none") != want {
			t.Errorf("%s: exit %d, %q, %q", args, code, stdout, stderr)
		}
	}
	for args, want := range map[string]bool{"log svc --type deleted": true, "log svc -n none --type deleted": true, "log svc -A --type deleted": false, "log pv --type deleted": false} {
		if _, stderr, code := run(t, file(cluster(), 0), strings.Fields(args)...); code != 0 || strings.Contains(stderr, "no change was chosen in namespace") != want {
			t.Errorf("%s: exit %d, %q", args, code, stderr)
		}
	}
}

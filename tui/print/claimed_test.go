package print

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

func claimed(kind, name, manager string) sourcetest.Op {
	return sourcetest.Put("/registry/"+strings.ToLower(kind)+"s/shop/"+name, fmt.Sprintf(`{"apiVersion":"v1","kind":%q,"metadata":{"name":%q,"namespace":"shop","uid":%q,`+
		`"creationTimestamp":"2026-01-02T03:04:05Z","managedFields":[{"manager":%q,"operation":"Update","apiVersion":"v1","time":"2026-01-02T03:04:05Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{}}}]},"data":{"a":"1"}}`,
		kind, name, name, manager))
}

// TestSelfDeclaredIsCountedApart: what somebody wrote who calls himself the scheduler is not counted as the scheduler's.
func TestSelfDeclaredIsCountedApart(t *testing.T) {
	t.Parallel()
	src := file([]sourcetest.Op{claimed("ConfigMap", "mine", "kube-scheduler"), claimed("ConfigMap", "other", "kubectl")}, 0)
	out, _, code := run(t, src, "report")
	if code != 0 || !strings.Contains(out, "kube-scheduler, self-declared  configmaps/mine") || strings.Contains(out, "kubectl, self-declared") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	out, _, _ = run(t, src, "report", "-o", "json")
	if strings.Count(out, `"writer":"kube-scheduler","selfDeclared":true`) != 1 || strings.Contains(out, `"writer":"kubectl","selfDeclared"`) {
		t.Errorf("as JSON:\n%s", out)
	}
	out, _, _ = run(t, src, "log", "-A", "-o", "json")
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		if claims := strings.Contains(line, `"selfDeclared":true`); claims != strings.Contains(line, "kube-scheduler") || claims == strings.Contains(line, `"confidence":"certain"`) {
			t.Errorf("log: %s", line)
		}
	}
}

// TestReportOfWhatIsGone: a file in which everything was deleted has a history.
func TestReportOfWhatIsGone(t *testing.T) {
	t.Parallel()
	put := claimed("ConfigMap", "gone", "kubectl")
	out, stderr, code := run(t, file([]sourcetest.Op{put, sourcetest.Delete("/registry/configmaps/shop/gone")}, 0), "report")
	if code != 0 || !strings.Contains(out, "configmaps/gone") {
		t.Errorf("exit %d: %s\n%s", code, stderr, out)
	}
	if _, stderr, code = run(t, file(nil, 0), "report"); code != 1 || !strings.Contains(stderr, "the store is empty") {
		t.Errorf("a store without history: exit %d: %s", code, stderr)
	}
}

// TestLongWriterNames: a name that no API server stores does not fill the screen.
func TestLongWriterNames(t *testing.T) {
	t.Parallel()
	src := file([]sourcetest.Op{claimed("ConfigMap", "long", strings.Repeat("m", 5000))}, 0)
	for _, args := range [][]string{{"report"}} {
		if out, _, code := run(t, src, args...); code != 0 || strings.Contains(out, strings.Repeat("m", 129)) || !strings.Contains(out, strings.Repeat("m", 100)) {
			t.Errorf("%s: exit %d:\n%.300s", args, code, out)
		}
	}
	src = file([]sourcetest.Op{claimed("ConfigMap", "long", "api-priority-and-fairness-config-producer-v1"), claimed("ConfigMap", "short", "kubectl")}, 0)
	out, _, _ := run(t, src, "log", "-A")
	lines := strings.Split(out, "\n")
	column := func(line string) int { head, _, _ := strings.Cut(line, "created"); return ansi.StringWidth(head) }
	if len(lines) < 2 || column(lines[0]) != column(lines[1]) || !strings.Contains(lines[0], "…") || !strings.Contains(lines[0], "producer-v1") {
		t.Errorf("a long name moves what follows it:\n%s", out)
	}
	src = file([]sourcetest.Op{claimed("ConfigMap", "long", strings.Repeat("m", 5000))}, 0)
	if out, _, _ := run(t, src, "log", "-A", "-o", "json"); !strings.Contains(out, `"writer":"`+strings.Repeat("m", 128)+`…"`) {
		t.Errorf("as JSON:\n%.600s", out)
	}
}

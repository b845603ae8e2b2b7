package print

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/etcdscope/etcdscope/etcdsource"
)

var update = flag.Bool("update", false, "write the golden files")

// run is one run of the program over a source.
func run(t *testing.T, src etcdsource.Source, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return runCtx(ctx, src, args...)
}

func runCtx(ctx context.Context, src etcdsource.Source, args ...string) (stdout, stderr string, code int) {
	var out, err bytes.Buffer
	code = Execute(ctx, args, strings.NewReader(""), &out, &err, Funcs{
		Version: "v1.2.3",
		Open: func(_ context.Context, o OpenOptions) (Opened, error) {
			if o.Path == "missing.db" {
				return Opened{}, &etcdsource.Problem{Tried: "open missing.db", Why: "no such file", Do: "check the path"}
			}
			if o.Path == "" && slices.Equal(o.Live.Endpoints, []string{"earlier"}) {
				return Opened{Source: file(cluster()[:5], 0)}, nil
			}
			return Opened{Source: src}, nil
		},
		Discover: func(context.Context, string) ([]Candidate, []Place, error) {
			return []Candidate{{Distribution: "kubeadm", Endpoints: []string{"https://127.0.0.1:2379"}, Also: []string{"https://10.0.0.5:2379", "https://cp1:2379"}, From: "a manifest", Usable: true, Why: "all files are there"}}, []Place{{"/etc/etcd.env", "not there"}}, nil
		},
		Stories: func() []Story { return []Story{{"pod", "a pod", "A pod's life"}} },
		Status:  func(context.Context, OpenOptions) (Status, error) { return Status{1, 2, 3, 4096, "3.6.0", ""}, nil },
		Save: func(_ context.Context, _ etcdsource.Source, path string, force bool, report func(string, int64, int64)) (Saved, error) {
			if !force {
				return Saved{}, &etcdsource.Problem{Tried: "save " + path, Why: "the file exists", Do: "add --force", Err: fs.ErrExist}
			}
			report("stream", 10, 10)
			return Saved{path, 5, 10, "ab", 0.5, true}, nil
		},
	})
	return out.String(), err.String(), code
}

// TestGolden compares whole outputs, exit codes included.
func TestGolden(t *testing.T) {
	for name, args := range map[string]string{
		"ls":             "ls",
		"ls-json":        "ls -o json",
		"ls-pods":        "ls /registry/pods/demo/ -o json --bytes",
		"ls-key":         "ls compact_rev_key -o wide",
		"ls-namespace":   "ls -n demo",
		"ls-rev":         "ls /registry/ --rev 3",
		"get-pods":       "get po -A",
		"get-pods-wide":  "get po -n demo -o wide",
		"get-all-demo":   "get -n demo",
		"get-names":      "get -A -o name",
		"get-widgets":    "get wd -A --rev 10",
		"get-several":    "get /registry/pods/demo/nginx compact_rev_key",
		"log":            "log",
		"log-json":       "log -o json",
		"log-changes":    "log --changes -o json --type updated",
		"log-text":       "log pod nginx -n demo --changes",
		"log-secrets":    "log secrets -A --changes",
		"log-no-noise":   "log --no-noise --since 11 --until 13",
		"log-aspect":     "log --aspect delete,heartbeat",
		"diff":           "diff pod nginx -n demo",
		"diff-json":      "diff pods/nginx 4 7 -n demo -o json",
		"diff-secret":    "diff " + secretKey + " -o json",
		"diff-two":       "diff 6 9",
		"diff-gone":      "diff " + widgetKey,
		"diff-new":       "diff " + secretKey + " 7 8",
		"diff-now":       "diff 9 -o json --op removed,changed",
		"diff-type":      "diff po 5 7 -n demo",
		"diff-summary":   "diff 5 --summary",
		"diff-quiet":     "diff 11 12 --no-noise",
		"rescue":         "rescue -n demo --from x.db",
		"rescue-deleted": "rescue " + widgetKey + " --from x.db",
		"rescue-live":    "rescue -n demo --from x.db --endpoints earlier -o json",
		"rescue-rev":     "rescue pod nginx -n demo --from x.db --rev 4",
		"report":         "report",
		"report-json":    "report -n demo -o json",
		"report-since":   "report --since 9 --until 13",
		"blame":          "blame pod nginx -n demo",
		"blame-json":     "blame " + podKey + " --rev 6 -o json",
		"blame-secret":   "blame secrets/creds -n demo",
		"discover":       "discover",
		"discover-json":  "discover -o json",
		"demo-list":      "demo --list",
		"demo-list-json": "demo --list -o json",
		"status":         "snapshot status x.db",
		"status-json":    "snapshot status x.db -o json",
		"save":           "snapshot save x.db --force",
		"save-json":      "snapshot save x.db --force -o json",
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, code := run(t, file(cluster(), 0), strings.Fields(args)...)
			got := "$ etcdscope " + args + "\n" + stdout
			if stderr != "" {
				got += "--- stderr\n" + stderr
			}
			got += "--- exit " + string(rune('0'+code)) + "\n"
			golden := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestExitCodes(t *testing.T) {
	down := file(nil, 0)
	down.fail = &etcdsource.Problem{Tried: "read", Why: "connection refused"}
	for _, c := range []struct {
		src  etcdsource.Source
		args string
		code int
		says string // in the one line on stderr
	}{
		{nil, "version", 0, ""},
		{nil, "get pods -A", 0, ""},
		{nil, "get pod nothing -n demo", 1, "no such key"},
		{nil, "get jobs -A", 1, "nothing is there"},
		{nil, "get jobs", 1, "-A"},
		{nil, "get pod nginx -n demo --rev 99", 1, "has not been written yet"},
		{nil, "get", 2, "nothing is named"},
		{nil, "get pods -n a -A", 2, "exclude each other"},
		{nil, "get pods nginx -A", 2, "use -n NAMESPACE"},
		{nil, "get pods --rev x", 2, "no revision"},
		{nil, "get pods -o table", 2, "text, wide, name, json"},
		{nil, "get -o raw " + secretKey, 2, "--reveal"},
		{nil, "get -o hex " + secretKey, 2, "--reveal"},
		{nil, "get -o fields " + secretKey, 2, "--reveal"},
		{nil, "get --apply " + secretKey, 2, "--reveal"},
		{nil, "get secrets -A -o raw", 2, "--reveal"},
		{nil, "get --apply -o raw " + podKey, 2, "yaml or json"},
		{nil, "log --no-such-flag", 2, "see etcdscope log --help"},
		{nil, "log --type moved", 2, "created, updated, deleted"},
		{nil, "log --aspect moved", 2, "heartbeat"},
		{nil, "log --follow --until 5", 2, "exclude each other"},
		{nil, "log pod nothing -n demo", 1, "no change of this key"},
		{nil, "log -n nothing", 1, "no change in namespace nothing"},
		{nil, "log jobs -A", 1, "no change of jobs"},
		{nil, "log -n nothing --writer kubelet", 0, ""},
		{nil, "diff pod nginx", 1, "no such key"},
		{nil, "diff", 2, "nothing is named"},
		{nil, "diff 7 --type moved", 2, "created, updated, deleted"},
		{nil, "diff 7 99", 1, "has not been written yet"},
		{nil, "diff 19 19", 0, "0 created"},
		{nil, "diff --to other.db", 0, "0 created"},
		{nil, "diff --to other.db 7", 1, "created"},
		{nil, "diff --to missing.db", 3, "no such file"},
		{nil, "get " + widgetKey, 1, "add --rev 10"},
		{nil, "rescue pod nginx", 2, "--from"},
		{nil, "rescue --from x.db", 2, "nothing is named"},
		{nil, "rescue -A --from x.db", 2, "snapshot restore brings back a whole cluster"},
		{nil, "rescue cm -A -n shop --from x.db", 2, "exclude each other"},
		{nil, "rescue pod nginx -n demo --owner pod/nginx --from x.db", 2, "exclude each other"},
		{nil, "rescue " + secretKey + " --from x.db", 2, "--reveal"},
		{nil, "rescue " + secretKey + " --from x.db --reveal", 0, ""},
		{nil, "rescue pod never -n demo --from x.db", 1, "none that was deleted"},
		{nil, "rescue " + widgetKey + " --from x.db --rev 5", 1, "last at revision 10"},
		{nil, "rescue " + widgetKey + " --from x.db", 0, "of revision 10"},
		{nil, "blame pod nothing -n demo", 1, "no such key"},
		{nil, "blame " + widgetKey, 1, "add --rev 10"},
		{nil, "blame " + widgetKey + " --rev 12", 0, ""},
		{nil, "blame pods -n demo", 2, "more than one object"},
		{nil, "blame pod nginx -n demo --rev 99", 1, "has not been written yet"},
		{nil, "blame two/b", 1, "no fields"},
		{nil, "diff pods -n demo", 2, "more than one object"},
		{nil, "diff pod nginx 7 7 -n demo", 0, ""},
		{nil, "ls /nothing/", 1, "nothing is there"},
		{nil, "ls a b", 2, "see etcdscope ls --help"},
		{file(nil, 0), "ls", 1, "list the store: it is empty\n"},
		{file(nil, 0), "get -A", 1, "get everything: nothing is there\n"},
		{nil, "report -n nothing", 1, "no change in namespace nothing"},
		{nil, "snapshot save x.db", 1, "--force"},
		{nil, "ls --theme pink --no-color", 2, "theme"},
		{nil, "demo", 2, "plain commands"},
		{nil, "testdata/blame.golden", 2, "plain commands"},
		{nil, "ls --from missing.db", 3, "open missing.db: no such file; check the path"},
		{down, "ls", 3, "connection refused"},
		{file(cluster(), 8), "get pod nginx -n demo --rev 5", 4, "the oldest that can be read is 8"},
		{file(cluster(), 8), "ls --rev 5", 4, "compacted"},
		{file(cluster(), 8), "diff pod nginx 5 7 -n demo", 4, "compacted"},
		{running(cluster()), "log", 2, "--recall"},
		{running(cluster()), "log pods -A", 2, "--from FILE"},
		{running(cluster()), "log --recall", 2, "cannot recall the whole past"},
		{running(cluster()), "log --force", 2, "belong to --recall"},
		{running(cluster()), "log --recall --max-rate fast", 2, "20M"},
		{recallable(cluster(), etcdsource.Cost{Large: true, Bytes: 300 << 20}), "log --recall --max-rate 1G", 2, "--force"},
		{recallable(cluster(), etcdsource.Cost{Refused: "its quota is nearly full"}), "log --recall", 3, "nearly full"},
	} {
		src := c.src
		if src == nil {
			src = file(cluster(), 0)
		}
		t.Run(c.args, func(t *testing.T) { ends(t, src, c.args, c.code, c.says) })
	}
}

// ends runs a command line and looks at its exit code and at the one line on stderr.
func ends(t *testing.T, src etcdsource.Source, args string, code int, says string) {
	t.Helper()
	t.Setenv("TERM", "dumb")
	stdout, stderr, got := run(t, src, strings.Fields(args)...)
	if got != code || !strings.Contains(stderr, says) {
		t.Errorf("exit %d, want %d; stdout %q, stderr %q, want %q", got, code, stdout, stderr, says)
	}
	if (says == "") != (stderr == "") || strings.Count(stderr, "\n") > 1 {
		t.Errorf("stderr: %q", stderr)
	}
	if says != "" && !strings.HasPrefix(stderr, "etcdscope: ") {
		t.Errorf("stderr: %q", stderr)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, stderr, code := runCtx(ctx, file(cluster(), 0), "log"); code != exitInterrupted || stderr != "" {
		t.Errorf("exit %d, stderr %q", code, stderr)
	}
}

// TestSecretsStayMasked looks for a secret in every output there is.
func TestSecretsStayMasked(t *testing.T) {
	for _, f := range []string{"text", "wide", "name", "json", "yaml", "raw", "hex", "fields"} {
		for _, args := range []string{"get secrets -A", "get " + secretKey, "get secrets -A --apply", "get " + secretKey + " --rev 8 --show-managed-fields",
			"log --changes", "log secrets -A", "diff " + secretKey, "diff " + secretKey + " 8 9", "describe secrets -A", "describe " + secretKey, "describe " + secretKey + " --rev 8",
			"get secrets -A --sort-by .data.password -L a --show-labels", "get secrets -A --field-selector data.password!=x", "events -A", "api-resources", "get -A", "trace " + secretKey, "blame " + secretKey} {
			stdout, stderr, code := run(t, file(cluster(), 0), append(strings.Fields(args), "-o", f)...)
			for _, leak := range []string{"hunter2", "aHVudGVyMi", "68756e746572"} {
				if strings.Contains(stdout+stderr, leak) {
					t.Errorf("%s -o %s (exit %d) tells %s", args, f, code, leak)
				}
			}
		}
	}
	if stdout, _, _ := run(t, file(cluster(), 0), "get", secretKey, "-o", "json"); !strings.Contains(stdout, `"***"`) {
		t.Errorf("nothing is masked in %s", stdout)
	}
	if stdout, _, _ := run(t, file(cluster(), 0), "get", secretKey, "-o", "json", "--reveal"); !strings.Contains(stdout, "aHVudGVyMi1uZXc=") {
		t.Errorf("--reveal reveals nothing in %s", stdout)
	}
}

// TestNothingSteers looks for control characters in every text output.
func TestNothingSteers(t *testing.T) {
	for _, args := range [][]string{{"ls"}, {"ls", "odd/"}, {"get", oddKey}, {"get", oddKey, "-o", "yaml"}, {"get", oddKey, "-o", "hex"}, {"get", "-A"},
		{"get", widgetKey, "--rev", "10"}, {"get", "wd", "-A", "--rev", "10", "-o", "wide"}, {"log"}, {"log", "--changes"}, {"log", oddKey}, {"ls", "odd/", "-o", "json"}, {"log", "-o", "json"},
		{"get", oddKey + "x"}, {"diff", oddKey}} {
		stdout, stderr, _ := run(t, file(cluster(), 0), args...)
		for _, r := range stdout + stderr {
			if r != '\n' && (r < ' ' || r >= 0x7f && r <= 0x9f || r == 0x202e) || r == 0xfffd && !strings.Contains(args[0], "get") {
				t.Errorf("%q prints %q in %q", args, r, stdout+stderr)
				break
			}
		}
	}
}

func TestOddKeys(t *testing.T) {
	stdout, _, code := run(t, file(cluster(), 0), "ls", "odd/", "-o", "json")
	var line struct {
		Path       string
		PathBase64 []byte
	}
	if err := json.Unmarshal([]byte(stdout), &line); err != nil || code != 0 || string(line.PathBase64) != oddKey {
		t.Errorf("%q, %v, exit %d", stdout, err, code)
	}
	if _, stderr, code := run(t, file(cluster(), 0), "get", line.Path); code != 0 {
		t.Errorf("the printed key %q is not found again: %s", line.Path, stderr)
	}
}

func TestGetObject(t *testing.T) {
	stdout, _, code := run(t, file(cluster(), 0), "get", "pod", "nginx", "-n", "demo", "-o", "json", "--rev", "6")
	var o struct {
		Kind     string
		Metadata struct{ Name, ResourceVersion string }
		Spec     struct{ NodeName string }
		Status   any
	}
	if err := json.Unmarshal([]byte(stdout), &o); err != nil || code != 0 || strings.Count(stdout, "\n") != 1 {
		t.Fatalf("%q: %v, exit %d", stdout, err, code)
	}
	if o.Kind != "Pod" || o.Metadata.ResourceVersion != "6" || o.Spec.NodeName != "node-a" || o.Status != nil {
		t.Errorf("%+v", o)
	}
	stdout, _, _ = run(t, file(cluster(), 0), "get", widgetKey, "--rev", "10", "-o", "json")
	if !strings.Contains(stdout, "9007199254740993") {
		t.Errorf("64 bits: %s", stdout)
	}
	for _, want := range []string{"apiVersion: v1", "kind: Pod", "  name: nginx", "image: nginx:1.27", "  nodeName: node-a"} {
		if stdout, _, _ := run(t, file(cluster(), 0), "get", "pods/nginx", "-n", "demo"); !strings.Contains(stdout, want+"\n") {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	stdout, _, _ = run(t, file(cluster(), 0), "get", "pods", "-A", "-o", "yaml")
	if strings.Count(stdout, "\n---\n") != 2 {
		t.Errorf("three documents:\n%s", stdout)
	}
}

func TestLogCompacted(t *testing.T) {
	stdout, _, code := run(t, file(cluster(), 8), "log", "-o", "json")
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if code != 0 || lines[0] != `{"gap":{"from":1,"to":7},"reason":"compacted"}` {
		t.Fatalf("exit %d, %s", code, lines[0])
	}
	if !strings.Contains(lines[1], `"kept":true`) || !strings.Contains(stdout, `"revision":7,"index":0,"type":"updated","key":"/registry/pods/demo/nginx"`) {
		t.Errorf("%s", stdout)
	}
	if strings.Contains(lines[len(lines)-1], "kept") {
		t.Errorf("%s", lines[len(lines)-1])
	}
}

func TestLiveLog(t *testing.T) {
	src := running(cluster())
	stdout, stderr, code := run(t, src, "log", "pod", "nginx", "-n", "demo", "-o", "json")
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if code != 0 || len(lines) != 4 || !strings.HasPrefix(lines[0], `{"gap":{"from":1,"to":3},"reason":"not searched`) {
		t.Fatalf("exit %d, %s%s", code, stdout, stderr)
	}
	for i, want := range []string{`"type":"created"`, `"summary":"assigned to node-a"`, `"revision":7`} {
		if !strings.Contains(lines[i+1], want) {
			t.Errorf("line %d: %s, want %s", i+1, lines[i+1], want)
		}
	}
}

func TestFollow(t *testing.T) {
	src := running(cluster())
	pod := cluster()[5][0]
	src.batches <- etcdsource.Batch{Events: []etcdsource.Event{{Key: pod.Key, Value: bytes.ReplaceAll(pod.Value, []byte("1.27"), []byte("1.28")), Create: 4, Mod: 20, Version: 4, Type: etcdsource.Updated}}, Revision: 20}
	src.batches <- etcdsource.Batch{Lost: etcdsource.Window{From: 21, To: 25, Reason: "reconnected after a compaction"}, Revision: 25, Status: etcdsource.Status{State: etcdsource.Retrying, Why: "no \x1b[2Jroute"}}
	src.batches <- etcdsource.Batch{Events: []etcdsource.Event{{Key: pod.Key, Mod: 26, Type: etcdsource.Deleted}, {Key: []byte("elsewhere"), Mod: 27, Type: etcdsource.Created, Version: 1}}, Revision: 27}
	close(src.batches)
	stdout, stderr, code := run(t, src, "log", "pods", "-A", "--follow")
	want := `     gap  revisions 1 to 19: not read: --follow starts now
      20                          not known                   updated  pods/nginx -n demo                        web image nginx:1.27 → nginx:1.28
     gap  revisions 21 to 25: reconnected after a compaction
      26                          not known                   deleted  pods/nginx -n demo
`
	if d := cmp.Diff(want, stdout); d != "" || code != 0 {
		t.Errorf("exit %d %s", code, d)
	}
	if !strings.Contains(stderr, "the watch was interrupted") || strings.Contains(stderr, "\x1b") {
		t.Errorf("stderr %q", stderr)
	}
}

func TestExitCodeOfErrors(t *testing.T) {
	ctx := context.Background()
	for want, err := range map[int]error{0: nil, 1: differs, 2: usage("x"), 3: errors.New("x"), 4: &etcdsource.CompactedError{}, 130: context.Canceled} {
		if got := exitCode(ctx, err); got != want {
			t.Errorf("%v: %d, want %d", err, got, want)
		}
	}
	if exitCode(ctx, &etcdsource.UnsupportedError{}) != 2 || exitCode(ctx, &etcdsource.FutureError{}) != 1 {
		t.Error("unsupported, future")
	}
}

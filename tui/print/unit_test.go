package print

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

// deployed prints what runs a schedule elsewhere.
func deployed(t *testing.T, code int, args ...string) string {
	t.Helper()
	text, said := deploying(t, code, args...)
	if code == 0 && !strings.Contains(said, "CANARY") {
		return text
	}
	return text + said
}

// deploying returns stdout and stderr.
func deploying(t *testing.T, code int, args ...string) (text, said string) {
	t.Helper()
	var out, errs bytes.Buffer
	if got := Execute(t.Context(), append([]string{"snapshot", "save"}, args...), strings.NewReader(""), &out, &errs, Funcs{}); got != code {
		t.Fatalf("%v: exit %d:\n%s%s", args, got, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

// TestUnit: systemd takes what is printed, for any folder, and nothing that is secret is in it.
func TestUnit(t *testing.T) {
	t.Setenv("ETCDCTL_PASSWORD", "CANARY")
	t.Setenv("ETCDCTL_USER", "root:CANARY")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "CANARY")
	analyze, _ := exec.LookPath("systemd-analyze")
	for _, args := range [][]string{
		{"--every", "6h", "--keep", "8", "/backup"},
		{"--every", "6h", "--keep", "8", "--user", "root:CANARY", "--password", "CANARY", "--endpoints", "https://10.0.0.5:2379", `/back up/100% "x" $HOME\n`},
		{"--every", "1d", "--delta", "5m", "/backup"}, {"--every", "15m", "/backup"}, {"--every", "7h30m", "--keep-daily", "2", "/backup"},
	} {
		text := deployed(t, 0, append([]string{"--print-unit"}, args...)...)
		if strings.Contains(text, "CANARY") || !strings.Contains(text, "EnvironmentFile=") || !strings.Contains(text, "ProtectSystem=strict") {
			t.Errorf("%v:\n%s", args, text)
		}
		service, timer, two := strings.Cut(text, "# /etc/systemd/system/etcdscope-backup.timer")
		if two == strings.Contains(text, "--delta") {
			t.Errorf("%v: a timer: %v", args, two)
		}
		if exec := strings.Contains(text, `%% \"x\" $$HOME\\n"`); exec != strings.Contains(text, `ReadWritePaths="/back up/100%% \"x\" $HOME\\n"`) || exec != strings.Contains(text, `RequiresMountsFor="/back up/100%% \"x\" $HOME\\n"`) {
			t.Errorf("%v: $ is doubled in the command line alone:\n%s", args, text)
		}
		if d := strings.Contains(text, "--delta"); !strings.Contains(text, "--every="+args[1]) || strings.Contains(text, "--once") == d {
			t.Errorf("%v: the command does not say how often it is started:\n%s", args, text)
		}
		if analyze == "" {
			continue
		}
		dir := t.TempDir()
		for name, text := range map[string]string{"etcdscope-backup.service": service, "etcdscope-backup.timer": timer} {
			if text == "" {
				continue
			}
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(analyze, "verify", "--man=no", filepath.Join(dir, name)).CombinedOutput(); err != nil || bytes.Contains(out, []byte(name)) {
				t.Logf("%v: systemd-analyze: %v\n%s", args, err, out)
				if bytes.Contains(out, []byte(name)) {
					t.Fail()
				}
			}
		}
	}
}

// TestManifest: it is YAML of the right kind, says what cron can, and names Secrets.
func TestManifest(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "CANARY")
	for _, c := range []struct{ every, kind, schedule string }{
		{"6h", "CronJob", "17 */6 * * *"}, {"1h", "CronJob", "17 * * * *"}, {"1d", "CronJob", "17 2 * * *"}, {"7d", "CronJob", "17 2 * * 0"}, {"15m", "CronJob", "*/15 * * * *"}, {"6h --delta 5m", "Deployment", ""},
	} {
		text := deployed(t, 0, append([]string{"--print-manifest", "--user", "root:CANARY", `/back "up"`, "--every"}, strings.Fields(c.every)...)...)
		var m struct {
			Kind string
			Spec struct{ Schedule string }
		}
		if err := yaml.Unmarshal([]byte(text), &m); err != nil || m.Kind != c.kind || m.Spec.Schedule != c.schedule {
			t.Errorf("%s: %+v, %v\n%s", c.every, m, err, text)
		}
		if strings.Contains(text, "CANARY") || !strings.Contains(text, "secretRef") || !strings.Contains(text, "runAsNonRoot: true") {
			t.Errorf("%s:\n%s", c.every, text)
		}
	}
	for place, room := range map[string]string{"/backup": "sizeLimit: 64Mi", "s3://bucket/prefix": "sizeLimit: 9Gi"} {
		if text := deployed(t, 0, "--print-manifest", "--every", "6h", place); !strings.Contains(text, room) {
			t.Errorf("%s: not %s:\n%s", place, room, text)
		}
	}
	deployed(t, 2, "--print-manifest", "--every", "7h", "/backup")
	deployed(t, 2, "--print-manifest", "--keep", "7", "/backup")
	deployed(t, 2, "--print-manifest", "--print-unit", "--every", "6h", "/backup")
	deployed(t, 2, "--print-unit", "--every", "6h", "--from", "x.db", "/backup")
	deployed(t, 2, "--print-unit", "--every", "6h", "/back\nup")
}

// TestPrintedStoreAddress: an address of a store that a run refuses is not printed either.
func TestPrintedStoreAddress(t *testing.T) {
	for _, printed := range []string{"--print-unit", "--print-manifest"} {
		for _, address := range []string{"https://h/?token=CANARY", "https://h/CANARY", "https://h/#CANARY", "http://CANARY"} {
			out, said := deploying(t, 2, printed, "--every", "6h", "--s3-endpoint", address, "s3://bucket/prefix")
			if out != "" || strings.Contains(said, "CANARY") || !strings.Contains(said, "the address of the store ") {
				t.Errorf("%s, %s: %q, %q", printed, address, out, said)
			}
		}
		deploying(t, 0, printed, "--every", "6h", "--s3-endpoint", "https://h:9000/", "s3://bucket/prefix")
	}
}

// TestManifestFields: an API server that refuses unknown and duplicate fields takes what is printed.
func TestManifestFields(t *testing.T) {
	codec := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	for _, args := range [][]string{{"--every", "6h", "--keep", "8", "/backup"}, {"--every", "1d", "s3://bucket/prefix"}, {"--every", "6h", "--delta", "5m", "/backup"}, {"--every", "6h", "--delta", "5m", "--sse", "aws:kms:key", "s3://bucket"}} {
		text := deployed(t, 0, append([]string{"--print-manifest"}, args...)...)
		objects := 0
		for doc := range strings.SplitSeq(text, "\n---\n") {
			if _, kind, err := codec.Decode([]byte(doc), nil, nil); err != nil {
				t.Errorf("%v: %v: %v", args, kind, err)
			}
			objects++
		}
		if objects == 0 {
			t.Errorf("%v: nothing", args)
		}
		if _, _, err := codec.Decode([]byte(strings.Replace(text, "image:", "imagge:", 1)), nil, nil); err == nil {
			t.Errorf("%v: an unknown field is taken", args)
		}
	}
}

// TestDeploymentWarnings: what the service or the pod does not see is named on stderr.
func TestDeploymentWarnings(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--print-unit", "--key", "/tmp/client.key", "--cert", "/etc/client.crt", "/backup"}, "does not see /tmp/client.key"},
		{[]string{"--print-unit", "/var/tmp/backup"}, "does not see /var/tmp/backup"},
		{[]string{"--print-unit", "--endpoints", "https://127.0.0.1:2379", "/usr"}, ""},
		{[]string{"--print-unit", "/no/such/folder"}, "there is no folder /no/such/folder here"},
		{[]string{"--print-unit", "--user", "root:CANARY", "/usr"}, "no user and no password is printed: put them into the file /etc/etcdscope/backup.env, as ETCDCTL_USER"},
		{[]string{"--print-manifest", "--user", "root", "--password", "CANARY", "--endpoints", "https://10.0.0.5:2379", "/usr"}, "into the Secret etcdscope-backup, as ETCDCTL_USER"},
		{[]string{"--print-manifest", "--cacert", "/etc/ca.crt", "--endpoints", "https://10.0.0.5:2379", "/usr"}, "into the Secret etcdscope-backup-tls, as ca.crt"},
		{[]string{"--print-manifest", "--endpoints", "https://127.0.0.1:2379", "/backup"}, "the pod itself"},
		{[]string{"--print-manifest", "--endpoints", "10.0.0.5:2379,[::1]:2379", "/backup"}, "the pod itself"},
		{[]string{"--print-manifest", "--endpoints", "https://10.0.0.5:2379", "/backup"}, ""},
	} {
		text, lines := deploying(t, 0, append(c.args, "--every", "6h")...)
		if strings.Contains(text+lines, "CANARY") {
			t.Errorf("%v prints a password", c.args)
		}
		said := ""
		for line := range strings.Lines(lines) {
			if !strings.Contains(line, "/print.test") { // the test's own program lies in /tmp
				said += line
			}
		}
		if !strings.Contains(said, c.want) || (said != "") != (c.want != "") {
			t.Errorf("%v: %q", c.args, said)
		}
	}
}

// TestPrintedFlags: what is given of the connection is printed too, but for what is secret and, in a pod, what is of this machine.
func TestPrintedFlags(t *testing.T) {
	given := []string{"--every", "6h", "--endpoints", "https://10.0.0.5:2379", "--cert", "/c.crt", "--key", "/c.key", "--insecure-skip-tls-verify", "--dial-timeout", "7s", "--command-timeout", "1m30s", "--read-rate", "12.5", "--serializable", "/backup"}
	kept := []string{"--endpoints=https://10.0.0.5:2379", "--insecure-skip-tls-verify", "--dial-timeout=7s", "--command-timeout=1m30s", "--read-rate=12.5", "--serializable"}
	for printed, want := range map[string][]string{"--print-unit": append(kept, "--cert=/c.crt", "--key=/c.key"), "--print-manifest": append(kept, "--cert=/etc/etcdscope/tls/tls.crt", "--key=/etc/etcdscope/tls/tls.key")} {
		text, _ := deploying(t, 0, append(given, printed)...)
		for _, w := range want {
			if strings.Count(text, w) != 1 {
				t.Errorf("%s: not once %s:\n%s", printed, w, text)
			}
		}
	}
}

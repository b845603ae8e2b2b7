package commands_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// namesOfCluster are the names, addresses and images in what an API server served.
func namesOfCluster(t *testing.T) map[string]bool {
	out := map[string]bool{}
	var walk func(member string, v any)
	walk = func(member string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, x := range v {
				if strings.HasSuffix(member, "labels") {
					out[name] = true
				}
				walk(name, x)
			}
		case []any:
			for _, x := range v {
				walk(member, x)
			}
		case string:
			switch member {
			case "name", "namespace", "nodeName", "image", "ip", "hostIP", "podIP", "clusterIP", "uid", "hostname", "group":
				out[v] = true
			}
		}
	}
	for _, o := range served(t) {
		walk("", o)
	}
	for _, common := range []string{"", "kubernetes", "default", "None"} { // words of the format, or of no one
		delete(out, common)
	}
	for name := range out {
		if strings.HasSuffix(name, ".k8s.io") || regexp.MustCompile(`^v\d+((alpha|beta)\d+)?$`).MatchString(name) { // Kubernetes' own groups and versions
			delete(out, name)
		}
	}
	return out
}

// TestAnonymousTicket finds no name of a cluster in an anonymised report, equal pseudonyms in it, and others in the next.
func TestAnonymousTicket(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	texts := map[string]string{}
	for _, name := range []string{"a.md", "b.md", "c.json", "plain.md"} {
		args := []string{"report", "--ticket", filepath.Join(dir, name), "--limit", "0", "--from", encrypted}
		if name != "plain.md" {
			args = append(args, "--anonymize")
		}
		if text, code := run(t, args...); code != 0 {
			t.Fatalf("exit %d: %s", code, text)
		}
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(b)
	}
	names := namesOfCluster(t)
	if len(names) < 50 || !strings.Contains(texts["plain.md"], "everchanging") {
		t.Fatalf("%d names", len(names))
	}
	for file, text := range texts {
		if file == "plain.md" {
			continue
		}
		for name := range names {
			whole := regexp.MustCompile(`(^|[^a-z0-9-])` + regexp.QuoteMeta(name) + `($|[^a-z0-9-])`)
			if len(name) < 3 { // may be a part of a number: it is a name where it is a text, or a part of a key
				whole = regexp.MustCompile(`["/]` + regexp.QuoteMeta(name) + `["/]`)
			}
			if found := whole.FindString(text); found != "" && !ownWord[name] || strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(name))) && len(name) > 5 {
				t.Errorf("%s holds %q", file, name)
			}
		}
	}
	alias := regexp.MustCompile(`\bx[0-9a-f]{12}\b`)
	table := map[string]string{}
	b, err := os.ReadFile(filepath.Join(dir, "a.names.json"))
	if err == nil {
		err = json.Unmarshal(b, &table)
	}
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, a := range alias.FindAllString(texts["a.md"], -1) {
		seen[a] = true
		if table[a] == "" {
			t.Errorf("%s is not in the table", a)
		}
		if strings.Contains(texts["b.md"], a) || strings.Contains(texts["c.json"], a) {
			t.Errorf("%s is in two reports", a)
		}
	}
	if len(seen) < 20 {
		t.Errorf("%d pseudonyms", len(seen))
	}
	for _, file := range []string{"a.md", "a.names.json", "c.json", "plain.md"} {
		if info, err := os.Stat(filepath.Join(dir, file)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info.Mode(), err)
		}
	}
	if text, code := run(t, "report", "--ticket", filepath.Join(dir, "a.md"), "--from", encrypted); code != 3 || !strings.Contains(text, "the file exists") {
		t.Errorf("exit %d: %s", code, text)
	}
	if text, code := run(t, "report", "--anonymize", "--from", encrypted); code != 2 || !strings.Contains(text, "--ticket") {
		t.Errorf("exit %d: %s", code, text)
	}
}

// ownWord are words of a report, or Kubernetes' own, which objects are named after too.
var ownWord = map[string]bool{"provider": true, "kubelet": true, "kube-apiserver": true, "kube-scheduler": true, "kube-controller-manager": true, "etcd": true, "deployment-controller": true, "job-controller": true,
	"statefulset-controller": true, "replicaset-controller": true, "cronjob-controller": true, "endpoint-controller": true, "garbage-collector": true, "generic-garbage-collector": true, "namespace-controller": true, "pod-garbage-collector": true}

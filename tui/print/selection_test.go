package print

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/etcdscope/etcdscope/etcdsource/sourcetest"
)

// labelled is a store with objects to be selected and sorted.
func labelled() []sourcetest.Op {
	put := func(kind, name, more string) sourcetest.Op {
		return sourcetest.Put("/registry/"+kind+"/"+name, `{"apiVersion":"v1","kind":"`+map[string]string{"configmaps": "ConfigMap", "secrets": "Secret", "pods": "Pod"}[kind]+
			`","metadata":{"name":"`+name[strings.IndexByte(name, '/')+1:]+`","namespace":"`+name[:strings.IndexByte(name, '/')]+`"`+more+`}`)
	}
	secret := base64.StdEncoding.EncodeToString([]byte("hush-hush"))
	return []sourcetest.Op{
		put("configmaps", "shop/a", `,"labels":{"app":"web","x.example.com/tier":"front"}},"data":{"n":"10"}`),
		put("configmaps", "shop/b", `,"labels":{"app":"db"}},"data":{"n":"9"}`),
		put("configmaps", "other/c", `},"data":{}`),
		put("secrets", "shop/s", `,"labels":{"app":"web"}},"data":{"p":"`+secret+`"}`),
		put("secrets", "shop/t", `},"data":{"p":"`+base64.StdEncoding.EncodeToString([]byte("aaa"))+`"}`),
		put("pods", "shop/p", `,"labels":{"app":"web"}},"spec":{"nodeName":"n1"},"status":{"phase":"Running"}`),
	}
}

// TestGetSelected: kubectl's flags select, sort and print as kubectl does.
func TestGetSelected(t *testing.T) {
	t.Parallel()
	file1 := filepath.Join(t.TempDir(), "columns")
	if err := os.WriteFile(file1, []byte("N\n.metadata.name\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
		says string
	}{
		{[]string{"cm", "-A", "-l", "app=web", "-o", "name"}, 0, "configmap/a\n", ""},
		{[]string{"cm", "-A", "-l", "app in (web,db)", "-o", "name"}, 0, "configmap/a\nconfigmap/b\n", ""},
		{[]string{"cm", "-A", "-l", "!app", "-o", "name"}, 0, "configmap/c\n", ""},
		{[]string{"pods", "-A", "--field-selector", "spec.nodeName=n1,status.phase!=Failed", "-o", "name"}, 0, "pod/p\n", ""},
		{[]string{"cm", "-A", "--sort-by", ".data.n", "-o", "name"}, 0, "configmap/c\nconfigmap/b\nconfigmap/a\n", ""},
		{[]string{"cm", "-n", "shop", "--sort-by", "data.n", "-L", "app,x.example.com/tier"}, 0, "NAME   DATA   AGE         APP   TIER\nb      1      <unknown>   db\na      1      <unknown>   web   front\n", ""},
		{[]string{"cm", "-n", "shop", "--no-headers", "--show-labels"}, 0, "a   1   <unknown>   app=web,x.example.com/tier=front\nb   1   <unknown>   app=db\n", ""},
		{[]string{"cm", "b", "-n", "shop", "-o", "jsonpath={.data.n}"}, 0, "9", ""},
		{[]string{"cm", "-n", "shop", "-o", "custom-columns-file=" + file1}, 0, "N\na\nb\n", ""},
		{[]string{"cm", "-n", "shop", "-o", "custom-columns=N:.metadata.name", "--no-headers"}, 0, "a\nb\n", ""},
		{[]string{"all", "-A", "--no-headers", "-o", "name"}, 0, "pod/p\n", ""},
		{[]string{"cm,pods", "-n", "shop", "-o", "name"}, 0, "configmap/a\nconfigmap/b\npod/p\n", ""},
		{[]string{"cm,secrets,pods", "a", "s", "-n", "shop", "-o", "name"}, 1, "configmap/a\nsecret/s\n", "get /registry/configmaps/shop/s, /registry/secrets/shop/a, "},
		{[]string{"cm", "-A", "-l", "app=none"}, 1, "", "none of 3 objects is selected"},
		{[]string{"cm", "none", "-n", "shop", "-o", "jsonpath={.data}"}, 1, "", "no such key"},
		{[]string{"cm", "-A", "-l", "app in"}, 2, "", "--selector"},
		{[]string{"cm", "-A", "--field-selector", "x"}, 2, "", "--field-selector"},
		{[]string{"cm", "-A", "--sort-by", ".none"}, 2, "", "no object has a field .none; give a field, as .metadata.name, a column, as NAME, or BYTES, REVISION, VERSIONS, MODIFIED"},
		{[]string{"cm", "-A", "--sort-by", "RESTARTS"}, 2, "", "or BYTES, REVISION, VERSIONS, MODIFIED"},
		{[]string{"cm", "-A", "--sort-by", "BYTES", "-o", "name"}, 0, "configmap/c\nconfigmap/b\nconfigmap/a\n", ""},
		{[]string{"cm", "-A", "--sort-by", "bytes", "--reverse", "-o", "name"}, 0, "configmap/a\nconfigmap/b\nconfigmap/c\n", ""},
		{[]string{"cm", "-A", "--sort-by", ".metadata.name", "--reverse", "-o", "name"}, 0, "configmap/c\nconfigmap/b\nconfigmap/a\n", ""},
		{[]string{"cm", "-A", "--reverse"}, 2, "", "read --reverse: nothing is sorted; give --sort-by too"},
		{[]string{"cm", "-A", "--sort-by", "MODIFIED", "-o", "name"}, 0, "configmap/a\nconfigmap/b\nconfigmap/c\n", ""},
		{[]string{"cm", "-n", "shop", "--sort-by", "REVISION"}, 0, "NAME   DATA   AGE         BYTES   REVISION   VERSIONS   MODIFIED\na      1      <unknown>   151     2          1          <unknown>\nb      1      <unknown>   120     3          1          <unknown>\n", ""},
		{[]string{"cm", "-n", "shop", "--sort-by", "VERSIONS", "-o", "name"}, 0, "configmap/a\nconfigmap/b\n", ""},
		{[]string{"pods", "-A", "--field-selector", "nope.x=1"}, 1, "", "get pods: none is selected, for no object has a field .nope.x; give a field, as .metadata.name"},
		{[]string{"pods", "-A", "--field-selector", "spec.containers[*].image=x"}, 2, "", "may be several values; name one item by its number, as [0]"},
		{[]string{"cm", "-A", "--field-selector", "nope.x=1,metadata.name=a"}, 1, "", "no object has a field .nope.x; give"},
		{[]string{"cm", "-A", "--field-selector", "nope.x!=1,metadata.name=a", "-o", "name"}, 0, "configmap/a\n", "get: no object has a field .nope.x; --field-selector takes it as empty"},
		{[]string{"cm", "-A", "--field-selector", "metadata.deletionTimestamp=,metadata.name=a", "-o", "name"}, 0, "configmap/a\n", ""},
		{[]string{"secrets", "-A", "--field-selector", "data.p=x"}, 1, "", "get: 2 of 2 objects left out: --field-selector does not test data.p, a secret value that is masked; add --reveal"},
		{[]string{"secrets", "-A", "--field-selector", "data.p!=x", "-o", "name"}, 1, "", "2 of 2 objects left out: --field-selector does not test data.p"},
		{[]string{"secrets", "-A", "--field-selector", "data.p!=x", "-o", "name", "--reveal"}, 0, "secret/s\nsecret/t\n", ""},
		{[]string{"cm,secrets", "-A", "--field-selector", "data.p!=x,metadata.name!=t", "-o", "name"}, 0, "configmap/c\nconfigmap/a\nconfigmap/b\n", "1 of 5 objects left out: "},
		{[]string{"cm", "-A", "-o", "jsonpath"}, 2, "", "lacks the template"},
		{[]string{"cm", "-A", "-o", "jsonpath={.a"}, 2, "", "unclosed"},
		{[]string{"cm", "-A", "-o", "yaml=x"}, 2, "", "give one of these"},
		{[]string{"cm", "-A", "-o", "custom-columns-file=/none/such"}, 2, "", "read the template"},
		{[]string{"cm", "b", "-n", "shop", "-o", "jsonpath={.none}", "--allow-missing-template-keys=false"}, 2, "", "none is not found"},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			t.Parallel()
			out, stderr, code := run(t, file(labelled(), 0), append([]string{"get"}, c.args...)...)
			if code != c.code || out != c.want || !strings.Contains(stderr, c.says) {
				t.Errorf("exit %d\n%q\n%s\nwant %d\n%q\n%s", code, out, stderr, c.code, c.want, c.says)
			}
		})
	}
}

// TestSelectionSeesMasks: no template, selector or order shows a Secret's value, or finds anything out about it.
func TestSelectionSeesMasks(t *testing.T) {
	t.Parallel()
	src := file(labelled(), 0)
	for _, args := range [][]string{
		{"-o", "jsonpath={.items[*].data}"}, {"-o", "jsonpath={.items[*].data.p}"}, {"-o", "jsonpath-as-json={.items}"},
		{"-o", `go-template={{range .items}}{{.data.p}}{{base64decode .data.p}}{{end}}`}, {"-o", `go-template={{.}}`}, {"-o", "custom-columns=P:.data.p,D:.data"},
	} {
		out, stderr, _ := run(t, src, append([]string{"get", "secrets", "-A"}, args...)...)
		if all := out + stderr; strings.Contains(all, "hush") || strings.Contains(all, "aHVza") || strings.Contains(all, "YWFh") {
			t.Errorf("%v: %s", args, all)
		}
	}
	secret := base64.StdEncoding.EncodeToString([]byte("hush-hush"))
	if out, _, code := run(t, src, "get", "secrets", "-A", "--field-selector", "data.p="+strings.ReplaceAll(secret, "=", `\=`)); code != 1 {
		t.Errorf("a value was guessed: %s", out)
	}
	if out, _, _ := run(t, src, "get", "secrets", "-A", "--sort-by", ".data.p", "-o", "name"); out != "secret/s\nsecret/t\n" {
		t.Errorf("sorted by a masked value: %s", out)
	}
	if out, _, _ := run(t, src, "get", "secrets", "-A", "--sort-by", ".data.p", "-o", "name", "--reveal"); out != "secret/t\nsecret/s\n" {
		t.Errorf("sorted by a value that is revealed: %s", out)
	}
}

// TestSelectionNotTested: of values that cannot be read nothing can be selected, which is said.
func TestSelectionNotTested(t *testing.T) {
	t.Parallel()
	sealed := "k8s:enc:aescbc:v1:key1:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	src := file(append(labelled(), sourcetest.Put("/registry/secrets/shop/u", sealed), sourcetest.Put("/registry/secrets/shop/u", sealed+"x"), sourcetest.Put("/registry/secrets/shop/v", sealed)), 0)
	for _, c := range []struct {
		args string
		code int
		want string
		says string // "": nothing about what was not tested
	}{
		{"get secrets -A -l app=web -o name", 0, "secret/s\n", "get: 2 of 4 objects could not be read, and are not tested by --selector; etcdscope report says why"},
		{"get secrets -A -l !app -o name", 0, "secret/t\n", "2 of 4 objects could not be read"},
		{"get secrets -A --field-selector type=none", 1, "", "2 of 4 objects could not be read, and are not tested by --field-selector"},
		{"get secrets -A -l app=none", 1, "", "none of the 2 that could be read is selected; leave --selector out"},
		{"describe secrets -A -l app=none", 1, "", "describe: 2 of 4 objects could not be read"},
		{"get cm -A -l app=web -o name", 0, "configmap/a\n", ""},
		{"log secrets -A --filter field:.data.none", 0, "", "log: 3 changes could not be read, and are not tested by --filter"},
		{"log secrets -A --filter !field:.data", 0, "", "log: 3 changes could not be read"},
		{"log -A --filter kind:pods\tfield:.data.none", 0, "", ""},
		{"log secret v -n shop --filter field:.data", 0, "", "log: a change could not be read, and is not tested by --filter"},
		{"diff 1 -A --filter field:.data.none --summary -o json", 0, "", "diff: 2 differences could not be read"},
	} {
		out, stderr, code := run(t, src, strings.Split(c.args, " ")...)
		if code != c.code || out != c.want || !strings.Contains(stderr, c.says) || c.says == "" && strings.Contains(stderr, "not tested") {
			t.Errorf("%s: exit %d\n%q\n%s\nwant %d\n%q\n%s", c.args, code, out, stderr, c.code, c.want, c.says)
		}
	}
}

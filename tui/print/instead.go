package print

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	wording "github.com/etcdscope/etcdscope/tui/words"
)

// What kubectl and etcdctl have, and etcdscope has not, is refused by a line that names what replaces it.

// noneOf refuses a command of kubectl or etcdctl, nil for what is none.
func noneOf(word string) error {
	do := wording.Instead(word)
	if do == "" {
		return nil
	}
	return usage("run %s: it is no command of etcdscope: %s", clean.Key([]byte(word)), do)
}

// insteadOfFlags are flags of kubectl's and etcdctl's get.
var insteadOfFlags = map[string]string{
	"keys-only":        "it is etcdctl's; etcdscope ls KEY/ lists keys, get TYPE -o name names",
	"count-only":       "it is etcdctl's; etcdscope overview and ls count keys",
	"print-value-only": "it is etcdctl's; etcdscope get KEY -o raw prints the value as it is stored",
	"write-out":        "it is etcdctl's; -o is json, yaml, raw, hex or fields here",
	"from-key":         "it is etcdctl's; etcdscope ls KEY/ lists what is below a key",
	"f":                "objects are named by KEY or TYPE NAME; etcdscope log --follow follows changes, and --from opens a file",
	"filename":         "objects are named by KEY or TYPE NAME; --from opens a snapshot",
	"template":         "it is kubectl's; -o go-template='…' or -o jsonpath='…' takes the template itself",
	"show-kind":        "it is kubectl's; -o name names objects with their types",
	"limit":            "it is etcdctl's; pipe what is printed into head",
	"raw":              "it is kubectl's; -o raw prints a value as it is stored, etcdscope serve answers paths of the API",
	"R":                "objects are named by KEY or TYPE NAME, not by files; --from opens a snapshot",
	"recursive":        "objects are named by KEY or TYPE NAME, not by files; --from opens a snapshot",
	"subresource":      "etcd keeps an object as a whole; -o yaml prints it with its status",
	"as":               "etcd is not asked as a user of Kubernetes; etcdscope log --writer USER shows what a user wrote",
	"l":                "etcdscope get TYPE -l selects by labels; etcdscope log TYPE NAME, and log --filter, choose among changes",
	"selector":         "etcdscope get TYPE -l selects by labels; etcdscope log TYPE NAME, and log --filter, choose among changes",
	"verbs":            "it is kubectl's; what can be done with a type is a matter of the API server: kubectl api-resources --verbs",
	"by":               "etcdscope log --writer NAME, or --filter by:NAME, chooses by who wrote; report lists the writers",
	"w":                "etcdscope log --follow, get TYPE --watch and events --watch show what is written as it comes; -o json prints JSON",
	"watch":            "etcdscope log --follow, get TYPE --watch and events --watch show what is written as it comes",
	"watch-only":       "etcdscope log --follow, and get TYPE --watch-only, show what is written as it comes",
	"export":           "it is kubectl's; --apply prints what kubectl apply takes",
	"k":                "objects are named by KEY or TYPE NAME, not by files; --from opens a snapshot",
	"kustomize":        "objects are named by KEY or TYPE NAME, not by files; --from opens a snapshot",
	"rev":              "etcdscope diff takes revisions as arguments, log has --since and --until; get, ls, describe, grep, blame and rescue take --rev",
	"sort-by":          "etcdscope get TYPE --sort-by sorts objects, get events too",
	"chunk-size":       "it is kubectl's; etcdscope always asks etcd for small pages",
	"tail":             "it is kubectl's; pipe what is printed into tail",
	"since-time":       "it is kubectl's; --since takes a time, a duration or a revision",
	"previous":         noOutput,
	"timestamps":       noOutput,
	"container":        noOutput,
	"order":            "it is etcdctl's; etcdscope get TYPE --sort-by FIELD sorts objects; keys are printed in their order",
	"consistency":      "it is etcdctl's; --serializable reads without a quorum",
	"hex":              "it is etcdctl's; etcdscope get KEY -o hex prints the value so",
	"all":              "-A is for all namespaces; etcdscope get all prints the usual types",
	"force":            neverWrites,
	"dry-run":          neverWrites,
	"cascade":          neverWrites,
	"grace-period":     neverWrites,
	"as-group":         "etcd is not asked as a user of Kubernetes; etcdscope log --writer USER shows what a user wrote",
	"as-uid":           "etcd is not asked as a user of Kubernetes; etcdscope log --writer USER shows what a user wrote",
	"v":                "it is kubectl's; --log-file FILE takes the logs of the etcd client",
	"kubeconfig":       asksEtcd,
	"token":            asksEtcd,
	"server":           asksEtcd,
	"s":                asksEtcd,
	"context":          "etcdscope asks etcd, not the API server; --name opens a cluster of the settings",
	"cluster":          "etcdscope asks etcd, not the API server; --name opens a cluster of the settings",
	"request-timeout":  "it is kubectl's; --command-timeout is for each request to etcd, --dial-timeout for connecting",

	"now":             neverWrites,
	"wait":            neverWrites,
	"server-side":     neverWrites,
	"field-manager":   "etcdscope log --writer NAME, or --filter by:NAME, chooses by who wrote; -o yaml --show-managed-fields prints managers",
	"since":           "etcdscope log --since shows what was written since then; get --rev 1m prints what was there then",
	"tls-server-name": "it is kubectl's; give --endpoints a name or an address that the certificate of etcd has",
	"username":        "it is kubectl's; --user and --password log in to an etcd that asks for it",
	"cache-dir":       "it is kubectl's; etcdscope asks etcd, and keeps nothing of an API server",
	"profile":         "it is kubectl's; --log-file FILE takes the logs of the etcd client",
	"c":               noOutput,
	"all-containers":  noOutput,
	"vmodule":         "it is kubectl's; --log-file FILE takes the logs of the etcd client",
	"debug":           "it is etcdctl's; --log-file FILE takes the logs of the etcd client",

	"log-flush-frequency":       "it is kubectl's; --log-file FILE takes the logs of the etcd client",
	"warnings-as-errors":        "it is kubectl's; warnings are on stderr, and a value that cannot be read is named there",
	"match-server-version":      asksEtcd,
	"disable-compression":       asksEtcd,
	"include-uninitialized":     "it is of an old kubectl; all that is stored is printed",
	"use-openapi-print-columns": "it is of an old kubectl; the columns are those of the API server",
	"min-mod-rev":               byRevision,
	"max-mod-rev":               byRevision,
	"min-create-rev":            byRevision,
	"max-create-rev":            byRevision,
	"keepalive-time":            "it is etcdctl's; a connection on which nothing is heard is tested without a flag",
	"keepalive-timeout":         "it is etcdctl's; a connection on which nothing is heard is tested without a flag",
	"insecure-transport":        "it is etcdctl's; http:// or https:// in --endpoints says which it is",
	"discovery-srv":             "it is etcdctl's; --endpoints names the members",

	"certificate-authority": "it is kubectl's; --cacert names the CA of etcd",
	"client-certificate":    "it is kubectl's; --cert names the client certificate for etcd",
	"client-key":            "it is kubectl's; --key names the key of the client certificate for etcd",
}

const (
	asksEtcd    = "etcdscope asks etcd, not the API server; --endpoints, --cacert, --cert and --key say where, or none on a control-plane node"
	neverWrites = "it is kubectl's; etcdscope never writes to an etcd"
	byRevision  = "it is etcdctl's; get TYPE --sort-by REVISION sorts by it, log --since and --until choose by it"
	noOutput    = "it is of kubectl logs; etcd holds no output of containers"
)

// noFlagOf says what replaces a flag of others, "" for what is none.
func noFlagOf(name string) string {
	if do := insteadOfFlags[strings.TrimLeft(name, "-")]; do != "" {
		return "; " + do
	}
	return ""
}

// notPrefix refuses --prefix where it is meant as etcdctl's, which takes no value.
const notPrefix = "it is the root of the Kubernetes keys here, and not etcdctl's; etcdscope ls KEY/ lists keys, get TYPE -A prints objects, -o json as JSON"

// writeOut are the values of etcdctl's -w.
const writeOut = "json simple fields protobuf table"

// likeEtcdctl refuses a command line that is meant for etcdctl get: there --prefix takes no value, and -w a format.
func (a *app) likeEtcdctl(cmd *cobra.Command, args []string) error {
	p := a.flags.prefix
	st, err := os.Stat(p)
	file := err == nil && st.Mode().IsRegular()
	if strings.HasPrefix(p, "-") || file || cmd.Name() == "get" && p != "" && len(args) == 0 && !placed(cmd) {
		return usage("read --prefix %s: %s", clean.Key([]byte(p)), notPrefix)
	}
	if w := cmd.Flags().ShorthandLookup("w"); len(args) > 1 && w != nil && w.Changed && contains(writeOut, args[len(args)-1]) {
		return usage("read -w %s: -w watches here; give -o json, or yaml, raw, hex, fields", args[len(args)-1])
	}
	return nil
}

// placed reports whether a namespace was given, or all of them.
func placed(cmd *cobra.Command) bool {
	return cmd.Flags().Changed("namespace") || cmd.Flags().Changed("all-namespaces")
}

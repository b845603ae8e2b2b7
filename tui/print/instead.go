package print

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
)

// What kubectl and etcdctl have, and etcdscope has not, is refused by a line that names what replaces it.

// instead are the commands of others, and what to do instead of each.
var instead = map[string]string{
	"explain":      "etcd holds objects, not their documentation; kubectl explain TYPE, or the API reference, has it",
	"logs":         "etcd holds no output of containers; kubectl logs POD, or /var/log/pods on the node, has it; etcdscope log shows what was written to an object",
	"exec":         "etcd reaches no container; kubectl exec POD -- COMMAND does, or crictl exec on the node",
	"attach":       "etcd reaches no container; kubectl attach POD does",
	"cp":           "etcd reaches no container; kubectl cp does",
	"port-forward": "etcd reaches no container; kubectl port-forward does",
	"top":          "etcd holds no metrics; kubectl top has them; etcdscope space says what is large, report who writes most",
	"apply":        writes + "kubectl apply writes what etcdscope rescue prints",
	"create":       writes + "kubectl create does",
	"edit":         writes + "kubectl edit does",
	"patch":        writes + "kubectl patch does",
	"scale":        writes + "kubectl scale does",
	"delete":       writes + "kubectl delete does",
	"rollout":      writes + "etcdscope log deploy/NAME --changes shows how a rollout went; kubectl rollout steers it",
	"label":        writes + "kubectl label does; etcdscope get TYPE --show-labels, and -l, read labels",
	"annotate":     writes + "kubectl annotate does",
	"replace":      writes + "kubectl replace does",
	"expose":       writes + "kubectl expose does",
	"run":          writes + "kubectl run does",
	"set":          writes + "kubectl set does",
	"taint":        writes + "kubectl taint does",
	"cordon":       writes + "kubectl cordon does",
	"uncordon":     writes + "kubectl uncordon does",
	"drain":        writes + "kubectl drain does; etcdscope get pods -A --field-selector spec.nodeName=NODE lists what is on a node",
	"auth":         "etcd is not asked as a user of Kubernetes; kubectl auth can-i does that; etcdscope get clusterroles,rolebindings -A shows the rules",
	"config":       "etcdscope asks etcd, not the API server, and reads no kubeconfig; etcdscope discover says which etcd it finds",
	"cluster-info": "etcdscope overview says which cluster it is, health asks its members",
	"wait":         "etcdscope get TYPE --watch, or log KEY --follow, shows changes as they come",
	"debug":        "etcd reaches no container; kubectl debug does",
	"autoscale":    writes + "kubectl autoscale does; etcdscope get hpa -A shows autoscalers",
	"certificate":  writes + "kubectl certificate approve does; etcdscope get csr shows requests",
	"proxy":        "etcdscope serve serves what is stored as a read-only Kubernetes API; kubectl proxy passes on the real one",
	"kustomize":    "it reads files, not etcd; kubectl kustomize does",
	"api-versions": "etcdscope api-resources lists the types with their versions",
	"options":      "etcdscope help flags lists the flags that all commands share",
	"plugin":       "etcdscope has no plugins; kubectl plugin list lists kubectl's",
	"put":          writes + "etcdctl put does",
	"del":          writes + "etcdctl del does",
	"txn":          writes + "etcdctl txn does",
	"compaction":   writes + "etcdctl compaction does; etcdscope space says what it would give back",
	"compact":      writes + "etcdctl compaction does; etcdscope space says what it would give back",
	"defrag":       writes + "etcdctl defrag does; etcdscope health says when and in which order",
	"watch":        "etcdscope get TYPE --watch, or log KEY --follow, shows changes as they come",
	"move-leader":  writes + "etcdctl move-leader does; etcdscope health says who leads",
	"hashkv":       "etcdscope health --hash compares what the members hold",
	"make-mirror":  "etcdctl make-mirror does; etcdscope snapshot save copies a store into a file, log --follow prints what is written",
	"downgrade":    writes + "etcdctl downgrade does; etcdscope health shows the versions of the members",
	"user":         "etcdscope does not read etcd's own users; etcdctl user list does",
	"role":         "etcdscope does not read etcd's own roles; etcdctl role list does",
	"lock":         writes + "etcdctl lock does",
	"elect":        writes + "etcdctl elect does; etcdscope get leases -A shows who leads in Kubernetes",
	"member":       "etcdscope health shows the members",
	"endpoint":     "etcdscope health asks each member, health --hash compares what they hold",
	"alarm":        "etcdscope health names alarms, and what to do about them",
	"lease":        "etcdscope get KEY -o json has the lease of a key; on the screen g l shows its time left and its keys",
}

const writes = "etcdscope never writes to an etcd; "

// noneOf refuses a command of kubectl or etcdctl, nil for what is none.
func noneOf(word string) error {
	do, ok := instead[word]
	if !ok {
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
	"kubeconfig":       "etcdscope asks etcd, not the API server; --endpoints, --cacert, --cert and --key say where, or none on a control-plane node",
	"context":          "etcdscope asks etcd, not the API server; --name opens a cluster of the settings",
}

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

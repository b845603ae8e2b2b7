package print

import (
	"strings"

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
	"put":          writes + "etcdctl put does",
	"del":          writes + "etcdctl del does",
	"txn":          writes + "etcdctl txn does",
	"compaction":   writes + "etcdctl compaction does; etcdscope space says what it would give back",
	"compact":      writes + "etcdctl compaction does; etcdscope space says what it would give back",
	"defrag":       writes + "etcdctl defrag does; etcdscope health says when and in which order",
	"watch":        "etcdscope get TYPE --watch, or log KEY --follow, shows changes as they come",
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

package words

import "strings"

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

// keys are words of kubectl and k9s that a screen answers with a key or a command of its own.
var keys = map[string]string{
	"ctx":         another,
	"context":     another,
	"contexts":    another,
	"describe":    "enter on a row opens the object with all its fields; 2 has who wrote them, 5 its Events and owners; etcdscope describe prints it",
	"desc":        "enter on a row opens the object with all its fields; 2 has who wrote them, 5 its Events and owners; etcdscope describe prints it",
	"yaml":        "enter on a row shows its YAML, x goes on to JSON, hex and fields",
	"json":        "enter on a row shows the object, x goes from YAML on to JSON, hex and fields",
	"alias":       ": alone lists all commands and types, with their other names",
	"aliases":     ": alone lists all commands and types, with their other names",
	"get":         ":TYPE lists objects, as :pods or :pods -n NAMESPACE",
	"log":         "2 is the timeline of the selected key, 3 the changes of the whole store",
	"sort":        "s sorts the table that has the focus",
	"all":         ":resources lists what the store has; etcdscope get all -n NAMESPACE prints the usual types",
	"popeye":      ":report lists what is not as wanted",
	"helm":        ":secrets lists releases of Helm too, /sh.helm.release chooses them",
	"dir":         ":open FILE opens a snapshot, :snapshots DIR lists those of a folder",
	"screendump":  "y copies what is shown, and the command that prints it",
	"screendumps": "y copies what is shown, and the command that prints it",
	"sd":          "y copies what is shown, and the command that prints it",
	"pulses":      ":overview and :health say what is wrong",
	"xray":        "g o goes to the owner of an object",
	"pf":          instead["port-forward"],
	"shell":       instead["exec"],
}

const another = "etcdscope asks etcd, not the API server; :cluster NAME opens another cluster of the settings, :open FILE a snapshot"

// Instead says what replaces a command of kubectl or etcdctl that etcdscope has not, "" for any other word.
func Instead(word string) string { return instead[word] }

// InsteadOfKey says the same of a word that was typed on the screen, where words of k9s are known too.
func InsteadOfKey(word string) string {
	if do := keys[word]; do != "" {
		return do
	}
	if types := strings.Split(word, ","); len(types) > 1 && types[0] != "" {
		return ":TYPE lists one type; etcdscope get TYPE,TYPE prints several"
	}
	return instead[word]
}

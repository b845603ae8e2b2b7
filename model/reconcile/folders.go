package reconcile

// Folders are where, below the root, the objects live that are looked at where only the present can be read: what
// people wait for, small folders first.
var Folders = []string{"minions/", "namespaces/", "deployments/", "statefulsets/", "daemonsets/", "persistentvolumeclaims/", "jobs/",
	"poddisruptionbudgets/", "horizontalpodautoscalers/", "pods/"}

// Clusterwide tells whether the objects of a folder are in no namespace.
func Clusterwide(folder string) bool { return folder == "minions/" || folder == "namespaces/" }

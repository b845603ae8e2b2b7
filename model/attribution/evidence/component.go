package evidence

import "strings"

// The components of Kubernetes, as they call themselves in managedFields, and etcd itself.
const (
	APIServer         = "kube-apiserver"
	ControllerManager = "kube-controller-manager"
	Scheduler         = "kube-scheduler"
	Kubelet           = "kubelet"
	Etcd              = "etcd"
)

// Components are those of Kubernetes.
var Components = []string{APIServer, ControllerManager, Scheduler, Kubelet}

// aliases are names under which components write, beside their own.
var aliases = map[string]string{
	"controller-manager": ControllerManager, "clusterrole-aggregation-controller": ControllerManager, "resource-claim-controller": ControllerManager,
	"service-cidr-controller": ControllerManager, "service-cidrs-controller": ControllerManager, "validatingadmissionpolicy-status": ControllerManager,
	"storage-version-migrator-controller": ControllerManager, "storageversion-migrator-controller": ControllerManager,
	"apiserver": APIServer, "kubernetes-service-cidr-controller": APIServer,
	"api-priority-and-fairness-config-producer-v1": APIServer, "api-priority-and-fairness-config-consumer-v1": APIServer,
	"default-scheduler": Scheduler,
}

// Component returns the component that a manager belongs to, or the manager itself.
func Component(manager string) string {
	if c := aliases[manager]; c != "" {
		return c
	}
	return manager
}

// SetOf returns the set of the words of a text.
func SetOf(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

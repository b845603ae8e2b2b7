package words

import "github.com/etcdscope/etcdscope/decode/kinds"

// short are names of resources that k9s has beside kubectl's, by what they mean.
var short = map[string]string{
	"dp": "deployments.apps", "sec": "secrets", "jo": "jobs.batch", "np": "networkpolicies.networking.k8s.io",
	"cr": "clusterroles.rbac.authorization.k8s.io", "crb": "clusterrolebindings.rbac.authorization.k8s.io",
	"ro": "roles.rbac.authorization.k8s.io", "rb": "rolebindings.rbac.authorization.k8s.io",
}

// AlsoCalled returns k9s' short name of a resource, none where it has none.
func AlsoCalled(fullName string) (out []string) {
	for name, of := range short {
		if of == fullName {
			out = append(out, name)
		}
	}
	return out
}

// FindResource returns the resource of a name that kubectl or k9s takes, kubectl's first.
func FindResource(t *kinds.Table, name string) (kinds.Resource, bool) {
	if r, ok := t.Find(name); ok {
		return r, true
	}
	return t.Find(short[name])
}

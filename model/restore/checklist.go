package restore

import (
	"fmt"
	"path"
	"strings"
)

// checklist is what is looked at after the restore.
func (m *maker) checklist() {
	first := m.first()
	check := func(title, command, why string) {
		m.add(Step{Node: first, Title: title, Command: command, Why: why, Check: true})
	}
	check("API servers answer", "kubectl get --raw='/readyz?verbose'", "every line ends in ok")
	if m.Distribution != "talos" {
		check("etcd has all its members, at one revision", m.etcdctl("endpoint status --cluster -w table"), "as many as before, one leader, no alarm")
	}
	check("Controllers and kubelets were restarted", m.restartAll(), "what they remember is of the store as it was")
	if gone := m.goneNodes(); len(gone) > 0 {
		var cmds []string
		for _, n := range gone {
			cmds = append(cmds, "kubectl delete node "+sh(n))
		}
		check("Nodes that are gone are deleted", lines(cmds...), "their Pods go with them, and their volumes can be attached elsewhere")
	} else {
		check("Nodes are Ready", "kubectl get nodes -o wide", "delete those whose hosts are gone")
	}
	if m.Distribution == "talos" {
		check("The kubernetes Service leads to API servers that run", "kubectl get endpointslices -n default -l kubernetes.io/service-name=kubernetes -o wide", "only addresses of control-plane nodes that are there")
	} else {
		check("Leases of API servers that are gone are deleted", lines(m.deleteLeases(), "kubectl get endpointslices -n default -l kubernetes.io/service-name=kubernetes -o wide"), "else the kubernetes Service sends requests to hosts that are not there")
	}
	check("Events end by themselves", "kubectl get events -A --sort-by=.lastTimestamp", fmt.Sprintf("the old ones go together, an hour after etcd has started (%d in the snapshot)", m.f.Contents.Leased))
	if over := m.expired(); over != "" {
		check("Certificates in Secrets are renewed", over, "those that have expired")
	}
	check("Nothing is missing", "etcdscope diff --from "+sh(m.File.Path)+" --to live --no-noise --summary", "what changed since the restore, by resource and namespace")
	check("A new backup is taken", "etcdscope snapshot save "+sh(path.Join(m.writable(), "etcd-after-restore-"+m.f.Now.UTC().Format("20060102T150405")+".db")), "the old ones are of another history: their revisions cannot be compared with the new ones")
}

// restartAll restarts what holds objects in memory.
func (m *maker) restartAll() string {
	switch m.Distribution {
	case "k3s":
		return lines("systemctl restart k3s         # on every server", "systemctl restart k3s-agent   # on every agent")
	case "rke2":
		return lines("systemctl restart rke2-server   # on every server", "systemctl restart rke2-agent    # on every agent")
	case "k0s":
		return lines("k0s stop", "k0s start   # on every worker")
	case "talos":
		var cmds []string
		for _, n := range m.f.Contents.Nodes {
			if len(n.Addresses) > 0 {
				cmds = append(cmds, "talosctl -n "+sh(n.Addresses[0])+" service kubelet restart")
			}
		}
		if len(cmds) > 0 {
			return lines(cmds...)
		}
		return "talosctl service kubelet restart"
	}
	return lines("systemctl restart kubelet   # on every node", "kubectl get leases -n kube-system kube-scheduler kube-controller-manager",
		"kubectl rollout restart daemonset,deployment -n kube-system   # what watches the API: CNI, DNS, operators")
}

// expired shows the Secrets with certificates that have expired.
func (m *maker) expired() string {
	var cmds []string
	for _, c := range m.f.Contents.Certificates {
		if c.Expires.After(m.f.Now) || len(cmds) == maxNamed {
			break
		}
		ns, name, _ := strings.Cut(c.Secret, "/")
		cmds = append(cmds, "kubectl get secret "+sh(name)+" -n "+sh(ns)+" -o yaml")
	}
	return lines(cmds...)
}

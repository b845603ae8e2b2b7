package restore

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"strings"
)

// steps makes the steps of the distribution, then the checklist.
func (m *maker) steps() {
	switch m.Distribution {
	case "k3s":
		m.rancher("k3s", "k3s")
	case "rke2":
		m.rancher("rke2", "rke2-server")
	case "k0s":
		m.k0s()
	case "openshift":
		m.openshift()
	case "kops":
		m.kops()
	case "talos":
		m.talos()
	case "kubespray", "systemd":
		m.units()
	default:
		m.staticPods()
	}
	m.checklist()
}

func (m *maker) add(s Step) {
	s.Number = len(m.Steps) + 1
	m.Steps = append(m.Steps, s)
}

// suffix is behind the name of what is put aside.
func (m *maker) suffix() string { return ".before-" + m.f.Now.UTC().Format("20060102T150405") }

// restored is where the new data directory is made, beside the old one.
func (m *maker) restored() string {
	switch d := m.f.Given.DataDir; {
	case d != "" && d != m.DataDir:
		return d
	case m.f.Node.Data.Mounted:
		return m.DataDir + "/restored"
	}
	return m.DataDir + ".restored"
}

// restoredWAL is where the new WAL is made, where that lies elsewhere.
func (m *maker) restoredWAL() string {
	if m.f.Given.WALDir != "" {
		return m.f.Given.WALDir
	}
	if m.f.Node.Data.WALMounted {
		return m.f.Node.Data.WALDir + "/restored"
	}
	return m.f.Node.Data.WALDir + ".restored"
}

// plain is the name of the snapshot that etcdutl takes, and the command that makes it of a packed one, "" for none.
func (m *maker) plain() (file, unpack string) {
	p := m.File.Path
	if m.File.Folder {
		file = m.made(path.Base(strings.TrimSuffix(p, "/")) + ".snapshot.db")
		return file, "etcdscope snapshot save " + sh(file) + " --from " + sh(p)
	}
	for _, x := range []struct{ end, with string }{{".tar.gz", "tar -xzOf %s --wildcards '*.db' > %s"}, {".tgz", "tar -xzOf %s --wildcards '*.db' > %s"}, {".tar", "tar -xOf %s --wildcards '*.db' > %s"},
		{".gz", "gunzip -c %s > %s"}, {".zst", "zstd -dc %s > %s"}, {".zip", "unzip -p %s > %s"}} {
		if base, ok := strings.CutSuffix(p, x.end); ok {
			if !strings.HasSuffix(base, ".db") {
				base += ".db"
			}
			base = m.made(path.Base(base))
			return base, "(umask 077; set -o noclobber; " + fmt.Sprintf(x.with, sh(p), sh(base)) + ")"
		}
	}
	return p, ""
}

// copyFile brings the same file to every member.
func (m *maker) copyFile(nodes []string) {
	file, unpack := m.plain()
	first := m.first()
	if unpack != "" {
		m.add(Step{Node: first, Title: "Make a plain snapshot of it", Command: unpack, Why: "etcdutl takes a plain snapshot only; a file of that name stays as it is", Undo: "rm -f " + sh(file)})
	}
	if len(nodes) == 0 {
		return
	}
	var cmds []string
	for _, n := range nodes {
		cmds = append(cmds, fmt.Sprintf("ssh %s mkdir -p %s", sh(n), sh(filepath.Dir(file))), fmt.Sprintf("scp -p %s %s", sh(file), sh(n+":"+file)))
	}
	cmds = append(cmds, "sha256sum "+sh(file))
	for _, n := range nodes {
		cmds = append(cmds, fmt.Sprintf("ssh %s sha256sum %s", sh(n), sh(file)))
	}
	m.add(Step{Node: first, Title: "Copy this one file to every other member", Command: lines(cmds...), Why: "all members are restored from the same file; the sums must be equal",
		Undo: "nothing was changed", Mistake: "one snapshot of each member, each restored from its own: they differ, and so do the members for ever"})
}

// first is the node where the restore begins: this one, else that of the first member.
func (m *maker) first() string {
	if x := m.This(); x != nil {
		return x.Node
	}
	return m.Members[0].Node
}

// others are the nodes of the other members.
func (m *maker) others() (out []string) {
	first := m.first()
	for _, x := range m.Members {
		if x.Node != first {
			out = append(out, x.Node)
		}
	}
	return out
}

// restore is etcdutl's command for a member.
func (m *maker) restore(x *Member) string {
	file, _ := m.plain()
	words := []string{"etcdutl snapshot restore " + sh(file), "--name " + sh(x.Name), "--initial-cluster " + sh(m.cluster()), "--initial-cluster-token " + sh(m.Token),
		"--initial-advertise-peer-urls " + sh(strings.Join(x.PeerURLs, ",")), "--data-dir " + sh(m.restored())}
	if m.f.Node.Data.WALDir != "" || m.f.Given.WALDir != "" {
		words = append(words, "--wal-dir "+sh(m.restoredWAL()))
	}
	if m.File.NoSum {
		words = append(words, "--skip-hash-check")
	}
	if m.Bump > 0 {
		words = append(words, fmt.Sprintf("--bump-revision %d --mark-compacted", m.Bump))
	}
	return wrapped(words...)
}

// restoreStep restores a member beside its old data directory.
func (m *maker) restoreStep(x *Member) {
	m.add(Step{Node: x.Node, Title: "Restore member " + x.Name + " beside its old data directory", Command: m.restore(x),
		Why:     "the same file, token and members on every node, with the node's own name and peer URL; where there is no etcdutl, etcdscope snapshot restore takes the same flags",
		Undo:    "rm -rf " + sh(m.restored()),
		Mistake: "another file, token or list of members on one node: the members then form no cluster. Leaving out --bump-revision: informers see revisions go back and keep what is gone"})
}

// staticPods is kubeadm's: etcd and the API server are static Pods.
func (m *maker) staticPods() {
	m.newMachine()
	m.copyFile(m.others())
	aside := "/etc/kubernetes/manifests" + m.suffix()
	etcd, api := "/etc/kubernetes/manifests/etcd.yaml", "/etc/kubernetes/manifests/kube-apiserver.yaml"
	for i := range m.Members {
		m.add(Step{Node: m.Members[i].Node, Title: "Take the API server and etcd out, and wait until they are gone",
			Command: lines("mkdir -p "+sh(aside), moveIfThere(api, aside+"/"), moveIfThere(etcd, aside+"/"), waitGone("kube-apiserver", "etcd")),
			Why:     "a member that runs would write into the directory that is renamed; API servers must not see the store change under them",
			Undo:    "mv " + sh(aside+"/etcd.yaml") + " " + sh(aside+"/kube-apiserver.yaml") + " /etc/kubernetes/manifests/",
			Mistake: "stopping one node only: an API server elsewhere goes on writing into the old members"})
	}
	for i := range m.Members {
		m.restoreStep(&m.Members[i])
		m.swapStep(&m.Members[i])
	}
	for i := range m.Members {
		m.add(Step{Node: m.Members[i].Node, Title: "Start etcd", Command: "mv " + sh(aside+"/etcd.yaml") + " " + sh(etcd),
			Why:  "--initial-cluster-state=existing in it does not matter: a WAL is there; its hostPath must still be " + m.DataDir,
			Undo: "mv " + sh(etcd) + " " + sh(aside) + "/"})
	}
	m.add(Step{Node: m.first(), Title: "Wait until etcd answers", Command: m.untilHealthy("endpoint health --cluster"), Why: "more than half of the members must answer before an API server starts" + m.noClient(), Undo: "nothing was changed"})
	for i := range m.Members {
		m.add(Step{Node: m.Members[i].Node, Title: "Start the API server", Command: "mv " + sh(aside+"/kube-apiserver.yaml") + " " + sh(api), Why: "only now: it reads what was restored", Undo: "mv " + sh(api) + " " + sh(aside) + "/"})
	}
	for i := range m.Members {
		m.add(Step{Node: m.Members[i].Node, Title: "Restart the scheduler, the controller manager and the kubelet",
			Command: lines("crictl ps -q --name 'kube-scheduler|kube-controller-manager' | xargs -r crictl stop", "systemctl restart kubelet"),
			Why:     "what they hold in memory is of the store as it was before", Undo: "nothing was changed"})
	}
}

// newMachine makes the files of a kubeadm node again, where its manifests are not there: its disk died, and no snapshot
// contains them.
func (m *maker) newMachine() {
	if m.f.Node.EtcdFile != "" || !m.OnNode && len(m.Members) > 1 {
		return
	}
	config := "/root/kubeadm" + m.suffix() + ".yaml"
	phase := func(what string) string { return "kubeadm init phase " + what + " --config " + config }
	m.add(Step{Node: m.first(), Title: "On a new machine only: make the node's certificates and manifests again",
		Command: lines("etcdscope get cm kubeadm-config -n kube-system -o 'jsonpath={.data.ClusterConfiguration}' --from "+sh(m.File.Path)+" > "+config,
			phase("certs all"), phase("kubeconfig all"), phase("control-plane all"), phase("etcd local")),
		Why:     "the CA and service-account keys must be back in " + "/etc/kubernetes/pki" + " before, from a backup of files or from another control-plane node: the other certificates are made from them",
		Undo:    "rm -f /etc/kubernetes/manifests/etcd.yaml /etc/kubernetes/manifests/kube-apiserver.yaml",
		Mistake: "letting kubeadm make new CA and service-account keys: no node and no token of the restored cluster would be trusted"})
}

// waitGone waits until no container with one of these names runs.
func waitGone(names ...string) string {
	return "while crictl ps -q --name '^(" + strings.Join(names, "|") + ")$' | grep -q .; do sleep 1; done"
}

// units is kubespray's and plain systemd's: etcd is a unit.
func (m *maker) units() {
	m.copyFile(m.others())
	aside := "/etc/kubernetes/manifests" + m.suffix()
	api := "/etc/kubernetes/manifests/kube-apiserver.yaml"
	stop := lines("mkdir -p "+sh(aside), "if [ -e "+sh(api)+" ]; then mv "+sh(api)+" "+sh(aside)+"/; "+waitGone("kube-apiserver")+"; fi", "if systemctl is-active --quiet kube-apiserver; then systemctl stop kube-apiserver; fi", "systemctl stop etcd")
	for i := range m.Members {
		m.add(Step{Node: m.Members[i].Node, Title: "Stop the API server, then etcd", Command: stop, Why: "a member that runs would write into the directory that is renamed; where API servers run on other hosts, stop them there",
			Undo: lines("systemctl start etcd", "if [ -e "+sh(aside+"/kube-apiserver.yaml")+" ]; then mv "+sh(aside+"/kube-apiserver.yaml")+" "+sh(api)+"; fi")})
	}
	for i := range m.Members {
		m.restoreStep(&m.Members[i])
		m.swapStep(&m.Members[i])
	}
	for i := range m.Members {
		m.add(Step{Node: m.Members[i].Node, Title: "Start etcd", Command: "systemctl start --no-block etcd", Why: "all members within a few minutes: one alone has no majority and waits", Undo: "systemctl stop etcd"})
	}
	m.add(Step{Node: m.first(), Title: "Wait until etcd answers", Command: m.untilHealthy("endpoint health --cluster"), Why: "more than half of the members must answer before an API server starts" + m.noClient(), Undo: "nothing was changed"})
	for i := range m.Members {
		m.add(Step{Node: m.Members[i].Node, Title: "Start the API server, and restart what watches it",
			Command: lines("if [ -e "+sh(aside+"/kube-apiserver.yaml")+" ]; then mv "+sh(aside+"/kube-apiserver.yaml")+" "+sh(api)+"; else systemctl start kube-apiserver; fi",
				"crictl ps -q --name 'kube-scheduler|kube-controller-manager' | xargs -r crictl stop", "systemctl restart kubelet"),
			Why: "what they hold in memory is of the store as it was before", Undo: "mv " + sh(api) + " " + sh(aside) + "/"})
	}
}

// noClient says where etcdctl is that no host has.
func (m *maker) noClient() string {
	if m.Distribution != "kubeadm" {
		return ""
	}
	note := "; where the host has no etcdctl, crictl exec \"$(crictl ps -q --name '^etcd$')\" runs it in the etcd container"
	if own := m.f.Node.Member.CertFile; own != "" && own != m.f.Node.Client.Cert {
		note += ", which has --cert " + sh(own) + " --key " + sh(m.f.Node.Member.KeyFile)
	}
	return note
}

// untilHealthy asks until etcd answers.
func (m *maker) untilHealthy(args string) string {
	return "until " + m.etcdctl(args) + "; do sleep 2; done"
}

// etcdctl is a call of etcdctl on this kind of node.
func (m *maker) etcdctl(args string) string {
	c := m.f.Node.Client
	words := []string{"etcdctl", "--endpoints " + sh(cmp.Or(c.Endpoint, "https://127.0.0.1:2379"))}
	for _, p := range []struct{ flag, file string }{{"--cacert", c.CACert}, {"--cert", c.Cert}, {"--key", c.Key}} {
		switch {
		case p.file == "":
		case strings.Contains(p.file, "*"):
			words = append(words, p.flag+" "+glob(p.file))
		default:
			words = append(words, p.flag+" "+sh(p.file))
		}
	}
	return wrapped(append(words, args)...)
}

// glob is the first file that matches a pattern of ours.
func glob(pattern string) string {
	if strings.HasSuffix(pattern, "-*.pem") {
		return `"$(ls ` + pattern + ` | grep -v -e '-key.pem$' | head -n 1)"`
	}
	return `"$(ls ` + pattern + ` | head -n 1)"`
}

// folder is the one that the file lies in.
func (m *maker) folder() string { return path.Clean(filepath.Dir(m.File.Path)) }

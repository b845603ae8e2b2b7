package restore

import (
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// rancher is that of k3s and RKE2: one server is reset from the file, the others join it again.
func (m *maker) rancher(program, unit string) {
	first := m.first()
	stop := "systemctl stop " + unit
	if program == "rke2" {
		stop = lines(stop, "rke2-killall.sh")
	}
	for _, n := range append([]string{first}, m.others()...) {
		m.add(Step{Node: n, Title: "Stop the server", Command: stop, Why: "all servers: one that runs goes on serving the old store", Undo: "systemctl start " + unit})
	}
	m.unmountStep(first, program)
	file := m.File.Path
	if plain, unpack := m.plain(); unpack != "" && !strings.HasSuffix(file, ".zip") {
		m.add(Step{Node: first, Title: "Make a plain snapshot of it", Command: unpack, Why: program + " takes a plain snapshot, or its own .zip; a file of that name stays as it is", Undo: "rm -f " + sh(plain)})
		file = plain
	}
	m.add(Step{Node: first, Title: "Reset this server from the file, on this server only", Command: m.reset(program, file),
		Why:     "the old data goes to " + m.DataDir + "-old-… by itself; " + m.NoBump,
		Undo:    m.resetBack(stop),
		Mistake: "a new host without the old token: the authorities in the snapshot are encrypted with it. With S3 configured, a local path is looked up in S3 unless --etcd-s3=false is given"})
	m.volumeStep(first, stop)
	m.add(Step{Node: first, Title: "Start this server", Command: "systemctl start " + unit, Why: "it is the whole cluster until the others have joined", Undo: "systemctl stop " + unit,
		Mistake: "deleting " + path.Dir(m.DataDir) + " on this server: everything that was restored is in it"})
	m.rancherJoin(first, unit)
}

// reset is the command of k3s and RKE2 that restores.
func (m *maker) reset(program, file string) string {
	words := []string{program + " server", "--cluster-reset", "--cluster-reset-restore-path=" + sh(file)}
	if !m.f.Node.Here {
		words = append(words, `--token="$OLD_TOKEN"`)
	}
	if m.f.Node.S3 {
		words = append(words, "--etcd-s3=false")
	}
	command := wrapped(append(words, m.movedLib()...)...)
	if !m.f.Node.Here {
		command = lines(`OLD_TOKEN="$(cat /root/old-token)"   # the old cluster's server/token`, command)
	}
	return command
}

// resetBack brings back what a reset has put aside.
func (m *maker) resetBack(stop string) string {
	data := sh(m.DataDir)
	undo := []string{stop}
	if m.f.Node.Data.Mounted {
		undo = append(undo, m.off())
	}
	return lines(append(undo, `OLD="$(ls -d `+data+`-old-* | tail -n 1)"   # the newest`, `if [ -n "$OLD" ]; then`,
		indented([]string{"rm -rf --one-file-system " + data, `mv "$OLD" ` + data}), "fi", "rm -f "+sh(path.Dir(m.DataDir)+"/reset-flag"))...)
}

// rancherJoin makes the other servers join the restored one, as new members.
func (m *maker) rancherJoin(first, unit string) {
	db := path.Dir(m.DataDir)
	old, kept := m.aside(db), db+"/snapshots goes with it"
	if m.f.Node.Data.Mounted {
		old, kept = m.aside(m.DataDir), m.DataDir+" is a mount point, which cannot be renamed: what is in it is moved"
	}
	for _, n := range m.others() {
		m.add(Step{Node: n, Title: "Put the old database of this server aside: here, not on " + first,
			Command: lines(`if [ "$(hostname)" = `+sh(first)+" ]; then", "  echo 'not here: this server was restored' >&2", "else", indented(old.do), "fi"),
			Why:     "it is of the cluster as it was, and would not join; " + kept,
			Undo:    lines(append([]string{"systemctl stop " + unit}, old.undo...)...),
			Mistake: "doing this on " + first + ": you just deleted everything you restored"})
		m.add(Step{Node: n, Title: "Start the server again", Command: "systemctl start " + unit, Why: "it joins the restored one as a new member", Undo: "systemctl stop " + unit})
	}
}

// movedLib is the argument of a distribution's own command for the folder that it keeps all in, where that is not the usual one.
func (m *maker) movedLib() []string {
	if lib := m.f.Node.Lib; lib != "" && !strings.HasPrefix(usualDirs[m.Distribution], lib+"/") {
		return []string{"--data-dir " + sh(lib)}
	}
	return nil
}

// unmountStep takes the volume of etcd's directory away before the distribution's own command runs on a node.
func (m *maker) unmountStep(node, program string) {
	if s := m.unmount(); m.f.Node.Data.Mounted {
		m.add(Step{Node: node, Title: "Unmount the volume of etcd's directory", Command: lines(s.do...), Undo: lines(s.undo...),
			Why: program + " wants to make " + m.DataDir + " itself, and a mount point can be neither renamed nor removed; the old data stays on the volume"})
	}
}

// volumeStep moves what was restored onto the volume.
func (m *maker) volumeStep(node, stop string) {
	if s := m.moveToVolume(); m.f.Node.Data.Mounted {
		m.add(Step{Node: node, Title: "Move what was restored onto the volume of etcd's directory", Command: lines(s.do...), Undo: lines(slices.Concat([]string{stop}, s.undo)...),
			Why: "else the next start of the machine mounts the old data over it", Mistake: "leaving this out: the restored cluster is gone at the next boot"})
	}
}

// k0s restores its own archive on a machine without a data directory.
func (m *maker) k0s() {
	first, others := m.first(), m.others()
	data := path.Dir(m.DataDir)
	archive := m.File.Path
	if !isArchive(m.base()) {
		file, unpack := m.plain()
		archive = m.made("k0s_backup_" + strings.TrimSuffix(filepath.Base(file), ".db") + ".tar.gz")
		cmds := []string{"umask 077", "pack=\"$(mktemp -d " + sh(m.writable()+"/k0s-pack-XXXXXX") + ")\""}
		if unpack != "" {
			cmds = append(cmds, unpack)
		}
		cmds = append(cmds, "cp "+sh(file)+" \"$pack/etcd-snapshot.db\"", "cp -a "+sh(data+"/pki")+" \"$pack/pki\"", "cp /etc/k0s/k0s.yaml \"$pack/k0s.yaml\"",
			"tar -C \"$pack\" -czf "+sh(archive)+" .", "rm -rf \"$pack\"")
		m.add(Step{Node: first, Title: "Pack the snapshot with the node's PKI and configuration, as k0s backup does", Command: lines(cmds...),
			Why: "k0s restore takes an archive; better is the one that k0s backup made at the time of the snapshot", Undo: "rm -f " + sh(archive)})
	}
	m.k0sAside(data)
	moved := m.movedLib()
	m.add(Step{Node: first, Title: "Restore on this controller", Command: wrapped(append([]string{"k0s restore " + sh(archive), "--config-out /etc/k0s/k0s.yaml"}, moved...)...), Why: "it makes one member of the file; " + m.NoBump,
		Undo: lines(append([]string{"k0s stop"}, m.clear(data)...)...)})
	m.volumeStep(first, "k0s stop")
	m.add(Step{Node: first, Title: "Start the controller", Command: "k0s start", Why: "where the unit is gone: " + strings.Join(append([]string{"k0s install controller -c /etc/k0s/k0s.yaml"}, moved...), " "), Undo: "k0s stop"})
	for _, n := range others {
		m.add(Step{Node: n, Title: "Join this controller again",
			Command: lines("ssh "+sh(first)+" k0s token create --role=controller > /root/controller-token",
				strings.Join(append([]string{"k0s install controller --force --token-file /root/controller-token -c /etc/k0s/k0s.yaml"}, moved...), " "), "k0s start"),
			Why: "the others are no members of the restored cluster", Undo: "k0s stop"})
	}
}

// k0sAside stops k0s on every controller and puts its data aside. Where etcd's directory is a volume of its own, that is
// unmounted for the restore, and stays aside on the volume on the other controllers.
func (m *maker) k0sAside(data string) {
	for i, n := range append([]string{m.first()}, m.others()...) {
		s, why := m.aside(data), "k0s restore needs a machine without one: it fails where directories overlap"
		if m.f.Node.Data.Mounted {
			s, why = m.unmount().then(s), why+"; "+m.DataDir+" is a mount point: its old data stays on the volume"
			if i > 0 {
				again := swap{do: []string{"mkdir -p -m 0700 " + sh(m.DataDir), m.mount()}, undo: []string{m.off()}}
				s = s.then(again).then(m.aside(m.DataDir))
			}
		}
		m.add(Step{Node: n, Title: "Stop k0s and put its data directory aside", Command: lines(append([]string{"k0s stop"}, s.do...)...), Why: why, Undo: lines(append(s.undo, "k0s start")...)})
	}
}

// openshift runs its own script on one host.
func (m *maker) openshift() {
	first, others := m.first(), m.others()
	dir, aside, old := m.folder(), "/etc/kubernetes/manifests"+m.suffix(), m.aside(m.DataDir)
	for _, n := range others {
		m.add(Step{Node: n, Title: "Stop the static Pods of etcd and the API server on the other hosts",
			Command: lines("mkdir -p "+sh(aside), "mv /etc/kubernetes/manifests/etcd-pod.yaml /etc/kubernetes/manifests/kube-apiserver-pod.yaml "+sh(aside)+"/", waitGone("etcd", "kube-apiserver"), lines(old.do...)),
			Why:     "their members must not meet the restored one; on the recovery host the script does this itself",
			Undo:    lines(lines(old.undo...), "mv "+sh(aside)+"/etcd-pod.yaml "+sh(aside)+"/kube-apiserver-pod.yaml /etc/kubernetes/manifests/")})
	}
	m.add(Step{Node: first, Title: "Restore on this recovery host", Command: "/usr/local/bin/cluster-restore.sh " + sh(dir),
		Why:     "it checks the snapshot, stops etcd, moves the old member to " + m.DataDir + "-backup, and restores with a new token, bumped and marked compacted; " + sh(dir) + " holds snapshot_… and static_kuberesources_… of one backup",
		Undo:    lines("mv /etc/kubernetes/manifests/etcd-pod.yaml /root/", waitGone("etcd"), "rm -rf "+m.DataDir+"/member", "mv "+m.DataDir+"-backup/member "+m.DataDir+"/member", "mv /root/etcd-pod.yaml /etc/kubernetes/manifests/"),
		Mistake: "a second run removes the member that the first has moved away; a backup of another z-stream is not restored"})
	for _, n := range append([]string{first}, others...) {
		m.add(Step{Node: n, Title: "Restart the kubelet", Command: "systemctl restart kubelet.service", Why: "it holds what was before", Undo: "nothing was changed"})
	}
	for _, op := range []string{"etcd", "kubeapiserver", "kubecontrollermanager", "kubescheduler"} {
		m.add(Step{Node: first, Title: "Redeploy " + op + " on all hosts",
			Command: wrapped("oc patch "+op+" cluster", "--type=merge", `-p '{"spec":{"forceRedeploymentReason":"restore-`+m.f.Now.UTC().Format("20060102T150405")+`"}}'`),
			Why:     "a new revision of its static Pods; wait until oc get " + op + " -o yaml says that all nodes are at it", Undo: "nothing was changed"})
	}
}

// deleteLeases deletes the masterleases of hosts that are gone; where none is known to be, it lists them.
func (m *maker) deleteLeases() string {
	dead := m.dead()
	if len(dead) == 0 {
		return m.etcdctl("get --prefix --keys-only " + sh(m.root()+"masterleases/"))
	}
	var out []string
	for _, a := range slices.Sorted(slices.Values(dead)) {
		out = append(out, m.etcdctl("del "+sh(m.root()+"masterleases/"+a)))
	}
	return lines(out...)
}

// talos bootstraps one node from the file, when etcd waits on all of them.
func (m *maker) talos() {
	addr := func(x *Member) string {
		if len(x.PeerURLs) > 0 && hostOf(x.PeerURLs[0]) != "" {
			return hostOf(x.PeerURLs[0])
		}
		return x.Node
	}
	for i := range m.Members {
		a := sh(addr(&m.Members[i]))
		m.add(Step{Node: m.Members[i].Node, Title: "Reset this control-plane node's ephemeral partition, where etcd is not in state Preparing",
			Command: wrapped("talosctl -n "+a+" reset", "--graceful=false", "--reboot", "--system-labels-to-wipe=EPHEMERAL"),
			Why:     "etcd must wait on every control-plane node; the node's configuration and keys stay", Undo: "there is none: its etcd data is on that partition. Save it first: talosctl -n " + a + " cp /var/lib/etcd/member/snap/db .",
			Mistake: "resetting the last node that still has the data, before the file was rehearsed"})
	}
	for i := range m.Members {
		m.add(Step{Node: m.Members[i].Node, Title: "Wait until etcd is in state Preparing", Command: "until talosctl -n " + sh(addr(&m.Members[i])) + " service etcd | grep -q Preparing; do sleep 2; done", Why: "before, the bootstrap is refused", Undo: "nothing was changed"})
	}
	file, unpack := m.plain()
	words := []string{"talosctl -n " + sh(m.talosFirst(addr)) + " bootstrap", "--recover-from=" + sh(file)}
	if m.File.NoSum {
		words = append(words, "--recover-skip-hash-check")
	}
	command := wrapped(words...)
	if unpack != "" {
		command = lines(unpack, command)
	}
	m.add(Step{Node: m.first(), Title: "Bootstrap from the file, on this node only, once", Command: command, Why: "the others join it by themselves; " + m.NoBump, Undo: "reset this node again as above",
		Mistake: "bootstrapping more than one node: each is a cluster of its own then"})
}

func (m *maker) talosFirst(addr func(*Member) string) string {
	if x := m.This(); x != nil {
		return addr(x)
	}
	return addr(&m.Members[0])
}

// root is the root of the Kubernetes keys.
func (m *maker) root() string {
	if m.f.Root == "" {
		return "/registry/"
	}
	return m.f.Root
}

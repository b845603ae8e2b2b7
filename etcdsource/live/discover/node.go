package discover

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/etcdsource/regular"
)

// Distributions are the names of those whose nodes NodeAt knows.
func Distributions() (names []string) {
	for i := range layouts {
		names = append(names, layouts[i].name)
	}
	return names
}

// NodeAt reads what a control-plane node says of its etcd, below root as Find does. distribution says which it is; "" finds
// it out, and where there is no trace of any, Node.Distribution is "".
func NodeAt(ctx context.Context, root, distribution string) etcdsource.Node {
	f := finder{root: "/", now: time.Now(), self: uint32(os.Geteuid()), owner: ownerOf}
	if root != "" {
		if abs, err := filepath.Abs(root); err == nil {
			f.root = abs
		}
	}
	if uid, ok := f.owner(f.root); ok {
		f.tree = uid
	}
	f.relocate(ctx)
	var l *layout
	here := false
	for i := range layouts {
		if distribution != "" && layouts[i].name != distribution {
			continue
		}
		if here = f.isNode(&layouts[i]); here || distribution != "" {
			l = &layouts[i]
			break
		}
	}
	n := etcdsource.Node{Name: f.hostname(root), Data: etcdsource.NodeData{Free: -1}}
	if l == nil || ctx.Err() != nil {
		return n
	}
	n.Distribution, n.Here, n.Lib = l.name, here, f.kept(l.lib)
	var found Candidate
	if here {
		found = f.candidate(ctx, l)
	}
	n.Client = f.client(&found, l)
	f.member(&n, l, &found)
	files := f.apiServer(&n, l)
	n.Encryption = cmp.Or(n.Encryption, found.EncryptionConfig)
	f.runs(&n, l)
	f.keys(&n, l, files)
	f.data(&n, l)
	return n
}

// hostname is that of the node; of a mounted tree what its /etc/hostname says.
func (f *finder) hostname(root string) string {
	if b, err := regular.Read(f.path("/etc/hostname"), 4096); err == nil {
		if name := strings.TrimSpace(string(b)); name != "" {
			return name
		}
	}
	if root != "" {
		return ""
	}
	name, _ := os.Hostname()
	return name
}

// isNode reports whether there is a trace of the distribution.
func (f *finder) isNode(l *layout) bool {
	for i := range distros {
		if distros[i].name == l.name && f.present(&distros[i]) {
			return true
		}
	}
	marks := slices.Concat(l.marks, l.settings, l.env)
	if l.name != "systemd" { // any of them may have such a unit
		marks = slices.DeleteFunc(marks, func(p string) bool { return strings.HasSuffix(p, ".service") })
	}
	return slices.ContainsFunc(marks, f.exists)
}

var (
	image   = regexp.MustCompile(`image:\s*['"]?[^\s'"]*etcd:v?(\d+\.\d+\.\d+)`)
	version = regexp.MustCompile(`--etcd-version=v?(\d+\.\d+\.\d+)|etcd[_-]v?(\d+\.\d+\.\d+)`)
)

// member reads how the node's member is configured.
func (f *finder) member(n *etcdsource.Node, l *layout, found *Candidate) {
	n.Data.Dir = f.kept(l.dataDir)
	if l.lib == "" {
		n.Data.Dir, n.Data.WALDir = cmp.Or(found.DataDir, n.Data.Dir), found.WALDir
	}
	set := flags{}
	for _, name := range l.settings {
		for _, at := range f.glob(name) {
			text, _ := f.settings(at)
			if text == nil {
				continue
			}
			seen := mountsOf(text)
			for k, v := range f.settingsOf(l, at, text) {
				if k == "data-dir" || k == "wal-dir" {
					v = seen.node(v)
				}
				if !strings.Contains(v, "$") { // a variable of the environment, which is read below
					set.set(k, v)
				}
			}
			if m := image.FindSubmatch(text); m != nil && n.EtcdVersion == "" {
				n.EtcdVersion = string(m[1])
			}
			if m := version.FindSubmatch(text); m != nil && n.EtcdVersion == "" {
				n.EtcdVersion = cmp.Or(string(m[1]), string(m[2]))
			}
			if strings.Contains(string(text), "etcd-s3: true") || strings.Contains(string(text), "--etcd-s3") {
				n.S3 = true
			}
		}
	}
	for _, name := range l.env {
		if text, _ := f.settings(name); text != nil {
			lines := strings.Split(strings.ReplaceAll(string(text), "export ", ""), "\n")
			envFlags(lines, set)
			openshift(lines, n)
		}
	}
	f.configure(n, l, set)
}

// settingsOf reads a file of settings by what it is: a unit, a static pod, the configuration of etcd or of a distribution.
func (f *finder) settingsOf(l *layout, path string, text []byte) flags {
	switch {
	case strings.HasSuffix(path, ".service"):
		if out := unitFlags(f, path, text); len(out) > 0 {
			return out
		}
		return flagsOf(text) // of a script or a container
	case strings.Contains(path, "manifests"):
		return f.podSettings(text)
	case l.name == "k0s":
		return k0sFlags(f, path, text)
	case strings.HasPrefix(path, "/etc/rancher/"):
		return rancherFlags(f, path, text)
	}
	return etcdFlags(f, path, text)
}

// podSettings reads the arguments of a static pod. Where they name a configuration of etcd's, that counts alone, as for etcd.
func (f *finder) podSettings(text []byte) flags {
	out := podFlags(text)
	if at := mountsOf(text).node(out["config-file"]); at != "" {
		if more, _ := f.settings(at); more != nil {
			if of := etcdFlags(f, at, more); len(of) > 0 {
				return of
			}
		}
	}
	return out
}

// openshift reads the variables of its etcd: NODE_<name>_ETCD_NAME, NODE_<name>_IP.
func openshift(lines []string, n *etcdsource.Node) {
	var names, members []string
	ip := map[string]string{}
	for _, line := range lines {
		k, v, _ := strings.Cut(strings.TrimSpace(line), "=")
		v = strings.Trim(v, `"'`)
		if node, ok := strings.CutPrefix(k, "NODE_"); ok {
			if x, ok := strings.CutSuffix(node, "_IP"); ok {
				ip[x] = v
			} else if x, ok := strings.CutSuffix(node, "_ETCD_NAME"); ok {
				names = append(names, x+"="+v)
			}
		}
	}
	slices.Sort(names)
	for _, e := range names {
		x, name, _ := strings.Cut(e, "=")
		if ip[x] != "" {
			members = append(members, name+"=https://"+ip[x]+":2380")
		}
	}
	if len(members) > 0 {
		n.Member.InitialCluster = strings.Join(members, ",")
	}
}

// configure fills in what the settings say.
func (f *finder) configure(n *etcdsource.Node, l *layout, set flags) {
	n.Member.Name, n.Member.CertFile, n.Member.KeyFile = set["name"], set["cert-file"], set["key-file"]
	if l.name == "k3s" || l.name == "rke2" {
		n.Member.Name = ""
		if b, err := regular.Read(f.path(n.Data.Dir+"/name"), 4096); err == nil {
			n.Member.Name = strings.TrimSpace(string(b))
		}
	}
	n.Member.InitialCluster = cmp.Or(set["initial-cluster"], n.Member.InitialCluster)
	if u := set["initial-advertise-peer-urls"]; u != "" {
		n.Member.PeerURLs = strings.Split(u, ",")
	}
	n.Data.WALDir = cmp.Or(set["wal-dir"], n.Data.WALDir)
	if l.lib == "" { // others have a data directory of their own, of which etcd's is a part
		n.Data.Dir = cmp.Or(set["data-dir"], n.Data.Dir)
	}
	n.Quota, _ = strconv.ParseInt(set["quota-backend-bytes"], 10, 64)
	n.BackupStore = strings.TrimSuffix(set["backup-store"], "/")
}

// apiServer reads what the API server's manifest or unit says of encryption and other etcds, and returns the files that it names.
func (f *finder) apiServer(n *etcdsource.Node, l *layout) (files []need) {
	for _, name := range l.api {
		for _, at := range f.glob(name) {
			text, _ := f.settings(at)
			fl := flagsOf(text)
			if strings.HasSuffix(at, ".service") {
				fl = unitFlags(f, at, text)
			}
			files = append(files, apiFiles(fl, mountsOf(text))...)
			if p := fl["encryption-provider-config"]; p != "" && n.Encryption == "" {
				n.Encryption = f.kept(mountsOf(text).node(p))
			}
			if text != nil {
				n.APIFile = cmp.Or(n.APIFile, f.kept(at))
			}
			if s := fl["etcd-servers"]; s != "" && n.EtcdServers == nil {
				n.EtcdServers = plainOnly(strings.Split(s, ","))
			}
			n.Overrides = cmp.Or(n.Overrides, fl["etcd-servers-overrides"])
		}
	}
	for i := range distros {
		if n.Encryption != "" || distros[i].name != l.name {
			continue
		}
		for _, pattern := range distros[i].encrypt {
			if found := f.glob(pattern); len(found) > 0 && n.Encryption == "" {
				n.Encryption = f.kept(found[len(found)-1])
			}
		}
	}
	for _, m := range l.manifest {
		if f.exists(m) || !n.Here || l.name == "kubeadm" || l.name == "openshift" {
			n.Manifests = append(n.Manifests, m)
		}
	}
	return files
}

// runs finds the file that shows that the node runs a member: a manifest, a unit or its settings; where etcd is a part of the
// distribution's server, its data directory.
func (f *finder) runs(n *etcdsource.Node, l *layout) {
	if l.lib != "" {
		if f.exists(n.Data.Dir) {
			n.EtcdFile = n.Data.Dir
			n.APIFile = cmp.Or(n.APIFile, n.Data.Dir)
		}
		return
	}
	for _, name := range slices.Concat(l.settings, l.env) {
		for _, at := range f.glob(name) {
			if f.exists(at) {
				n.EtcdFile = cmp.Or(n.EtcdFile, f.kept(at))
			}
		}
	}
}

// data looks at the data directory and its disk.
func (f *finder) data(n *etcdsource.Node, l *layout) {
	n.Data.Owner, n.Data.Mode = l.owner, "0700"
	if n.Data.Dir == "" {
		return
	}
	at := f.path(n.Data.Dir)
	if st, err := os.Stat(at); err == nil {
		n.Data.There = true
		n.Data.Mode = fmt.Sprintf("%04o", st.Mode().Perm())
		if own, ok := st.Sys().(*syscall.Stat_t); ok {
			n.Data.Owner = fmt.Sprintf("%d:%d", own.Uid, own.Gid)
		}
	}
	n.Data.Mounted = mountPoint(at)
	for up := filepath.Dir(n.Data.Dir); n.Lib != "" && (up == n.Lib || strings.HasPrefix(up, n.Lib+"/")); up = filepath.Dir(up) {
		if mountPoint(f.path(up)) {
			n.Data.Mounts = append(n.Data.Mounts, up)
		}
	}
	n.Data.WALMounted = n.Data.WALDir != "" && mountPoint(f.path(n.Data.WALDir))
	_, n.Data.Free = disk.Free(at)
	if db, err := os.OpenFile(filepath.Join(at, "member/snap/db"), os.O_RDONLY|syscall.O_NONBLOCK, 0); err == nil {
		defer db.Close()
		err := syscall.Flock(int(db.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
		n.Data.Running = err == syscall.EWOULDBLOCK
	}
}

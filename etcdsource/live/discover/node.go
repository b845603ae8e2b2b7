package discover

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
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
	n.Distribution, n.Here = l.name, here
	f.member(&n, l)
	f.apiServer(&n, l)
	f.runs(&n, l)
	f.keys(&n, l)
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
	image    = regexp.MustCompile(`image:\s*['"]?[^\s'"]*etcd:v?(\d+\.\d+\.\d+)`)
	yamlLine = regexp.MustCompile(`(?m)^\s*['"]?([a-z][a-z0-9-]*)['"]?:\s*['"]?([^\s'"#]+)`)
	version  = regexp.MustCompile(`--etcd-version=v?(\d+\.\d+\.\d+)|etcd[_-]v?(\d+\.\d+\.\d+)`)
)

// member reads how the node's member is configured.
func (f *finder) member(n *etcdsource.Node, l *layout) {
	n.Data.Dir = l.dataDir
	set := flags{}
	for _, name := range l.settings {
		for _, at := range f.glob(name) {
			text, _ := f.settings(at)
			if text == nil {
				continue
			}
			seen := mountsOf(text)
			for k, v := range f.settingsOf(l, text) {
				if k == "data-dir" || k == "wal-dir" {
					v = seen.node(v)
				}
				if _, ok := set[k]; !ok {
					set[k] = v
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
	for _, name := range append(slices.Clone(l.env), f.environmentFiles(l)...) {
		if text, _ := f.settings(name); text != nil {
			lines := strings.Split(strings.ReplaceAll(string(text), "export ", ""), "\n")
			envFlags(lines, set)
			openshift(lines, n)
		}
	}
	f.configure(n, l, set)
}

// settingsOf reads --name=value, --name value, and name: value where that is how the file is written.
func (f *finder) settingsOf(l *layout, text []byte) flags {
	out := flagsOf(text)
	if l.name == "systemd" || l.name == "k3s" || l.name == "rke2" {
		for k, v := range argFlags(strings.Fields(strings.ReplaceAll(string(text), "\\\n", " "))) {
			if _, ok := out[k]; !ok && v != "" {
				out[k] = v
			}
		}
		for _, m := range yamlLine.FindAllSubmatch(text, -1) {
			if _, ok := out[string(m[1])]; !ok {
				out[string(m[1])] = string(m[2])
			}
		}
	}
	return out
}

// environmentFiles are those that a unit file names.
func (f *finder) environmentFiles(l *layout) (out []string) {
	for _, unit := range l.settings {
		if !strings.HasSuffix(unit, ".service") {
			continue
		}
		text, _ := f.settings(unit)
		for line := range strings.Lines(string(text)) {
			if file, ok := strings.CutPrefix(strings.TrimSpace(line), "EnvironmentFile="); ok {
				out = append(out, strings.TrimPrefix(file, "-"))
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
	plain := func(name string) string {
		if v := set[name]; !strings.Contains(v, "$") {
			return v
		}
		return ""
	}
	n.Member.Name = plain("name")
	if l.name == "k3s" || l.name == "rke2" {
		n.Member.Name = ""
		if b, err := regular.Read(f.path(l.dataDir+"/name"), 4096); err == nil {
			n.Member.Name = strings.TrimSpace(string(b))
		}
	}
	n.Member.InitialCluster = cmp.Or(plain("initial-cluster"), n.Member.InitialCluster)
	if u := plain("initial-advertise-peer-urls"); u != "" {
		n.Member.PeerURLs = strings.Split(u, ",")
	}
	n.Data.Dir, n.Data.WALDir = cmp.Or(plain("data-dir"), n.Data.Dir), plain("wal-dir")
	if l.name == "k3s" || l.name == "rke2" {
		n.Data.Dir = l.dataDir
	}
	n.Quota, _ = strconv.ParseInt(plain("quota-backend-bytes"), 10, 64)
	n.BackupStore = strings.TrimSuffix(plain("backup-store"), "/")
	n.Client = l.client
	if l.name == "systemd" {
		if u := reachable(plain("listen-client-urls"), plain("advertise-client-urls")); len(u) > 0 {
			n.Client.Endpoint = u[0]
		}
		n.Client.CACert, n.Client.Cert, n.Client.Key = plain("trusted-ca-file"), plain("cert-file"), plain("key-file")
	}
	if found := f.glob(n.Client.Cert); strings.Contains(n.Client.Cert, "*") && len(found) > 0 {
		pair := [2]string{n.Client.Cert, n.Client.Key}
		found = slices.DeleteFunc(found, func(p string) bool { return strings.HasSuffix(p, "-key.pem") })
		if len(found) > 0 {
			n.Client.Cert, n.Client.Key = found[0], keyOf(pair, found[0])
		}
	}
}

// apiServer reads what the API server's manifest says of encryption and other etcds.
func (f *finder) apiServer(n *etcdsource.Node, l *layout) {
	for _, name := range l.api {
		for _, at := range f.glob(name) {
			text, _ := f.settings(at)
			fl := flagsOf(text)
			if p := fl["encryption-provider-config"]; p != "" && n.Encryption == "" {
				n.Encryption = mountsOf(text).node(p)
			}
			if text != nil {
				n.APIFile = cmp.Or(n.APIFile, at)
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
				n.Encryption = found[len(found)-1]
			}
		}
	}
	for _, m := range l.manifest {
		if f.exists(m) || !n.Here || l.name == "kubeadm" || l.name == "openshift" {
			n.Manifests = append(n.Manifests, m)
		}
	}
}

// runs finds the file that shows that the node runs a member: a manifest, a unit or its settings; where etcd is a part of the
// distribution's server, its data directory.
func (f *finder) runs(n *etcdsource.Node, l *layout) {
	if l.name == "k3s" || l.name == "rke2" || l.name == "k0s" {
		if f.exists(l.dataDir) {
			n.EtcdFile = l.dataDir
			n.APIFile = cmp.Or(n.APIFile, l.dataDir)
		}
		return
	}
	for _, name := range slices.Concat(l.settings, l.env) {
		for _, at := range f.glob(name) {
			if f.exists(at) {
				n.EtcdFile = cmp.Or(n.EtcdFile, at)
			}
		}
	}
}

// keys looks for what no snapshot contains.
func (f *finder) keys(n *etcdsource.Node, l *layout) {
	needs := slices.Clone(l.needs)
	if l.name == "systemd" && n.Client.CACert != "" {
		needs = append(needs, need{"etcd CA", n.Client.CACert})
	}
	if n.Encryption != "" {
		needs = append(needs, need{"EncryptionConfiguration", n.Encryption})
	}
	for _, e := range needs {
		file := etcdsource.NodeFile{What: e.what, Path: e.path, Present: f.exists(e.path)}
		if strings.HasSuffix(e.path, ".crt") || strings.HasSuffix(e.path, ".pem") && !strings.HasSuffix(e.path, "-key.pem") {
			file.Expires = f.expires(e.path)
		}
		n.Files = append(n.Files, file)
	}
	if l.ca != "" {
		n.ClusterCA, _ = regular.Read(f.path(l.ca), regular.MaxPEM)
	}
	if l.token == "" {
		return
	}
	if p := filepath.Dir(l.dataDir) + "/reset-flag"; f.exists(p) {
		n.ResetFlag = p
	}
	if b, err := regular.Read(f.path(l.token), 1<<16); err == nil {
		n.TokenHashes = tokenHashes(strings.TrimSpace(string(b)))
	}
}

// tokenHashes are the names that bootstrap data can have: of the token as it is, and of the password in it alone.
func tokenHashes(token string) (out []string) {
	for _, t := range []string{token, token[strings.LastIndex(token, ":")+1:]} {
		sum := sha256.Sum256([]byte(t))
		if h := hex.EncodeToString(sum[:])[:12]; !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	return out
}

// expires is the end of a certificate, zero where it cannot be read.
func (f *finder) expires(path string) time.Time {
	b, err := regular.Read(f.path(path), regular.MaxPEM)
	if err != nil {
		return time.Time{}
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return time.Time{}
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return time.Time{}
	}
	return c.NotAfter
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
	n.Data.WALMounted = n.Data.WALDir != "" && mountPoint(f.path(n.Data.WALDir))
	for up := at; up != "" && n.Data.Free < 0; up = filepath.Dir(up) {
		var st syscall.Statfs_t
		if syscall.Statfs(up, &st) == nil {
			n.Data.Free = int64(min(uint64(st.Bavail), 1<<40)) * int64(st.Bsize)
		}
		if up == filepath.Dir(up) {
			break
		}
	}
	if db, err := os.OpenFile(filepath.Join(at, "member/snap/db"), os.O_RDONLY|syscall.O_NONBLOCK, 0); err == nil {
		defer db.Close()
		err := syscall.Flock(int(db.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
		n.Data.Running = err == syscall.EWOULDBLOCK
	}
}

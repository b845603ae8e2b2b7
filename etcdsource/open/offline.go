package open

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/archive"
	"github.com/etcdscope/etcdscope/etcdsource/backup"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/etcdsource/live"
	"github.com/etcdscope/etcdscope/etcdsource/live/discover"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
	"github.com/etcdscope/etcdscope/etcdsource/wal"
)

// lister lists the backups in a folder, the newest first.
type lister func(ctx context.Context, dir string) ([]etcdsource.Backup, error)

const (
	// offlineTime is how long the data directories and backups of this machine are looked at.
	offlineTime = 20 * time.Second
	// maxCopies is how many backups are named.
	maxCopies = 3
)

// Offline says what this machine knows of a cluster whose members do not answer. It knows nothing where the addresses that
// were given are of other machines, and where there is no trace of an etcd.
//
//	discovery ─┬─► data directory: its revision, and the members in it
//	           ├─► manifest, settings: --initial-cluster
//	           └─► the folder of the distribution's backups
func Offline(ctx context.Context, o Options, list lister) etcdsource.Offline {
	if o.Env == nil {
		o.Env = os.Getenv
	}
	return offline(ctx, o, list, discover.Find)
}

func offline(ctx context.Context, o Options, list lister, find finder) etcdsource.Offline {
	ctx, cancel := context.WithTimeout(ctx, offlineTime)
	defer cancel()
	f := &offliner{ctx: ctx, o: o}
	chosen, _ := choose(find(ctx, o.Root), o.Etcd)
	all := slices.Clone(chosen)
	cfg, _ := live.ConfigFromEnv(o.Live, o.Env)
	given := len(cfg.Endpoints) > 0
	if given {
		chosen = slices.DeleteFunc(chosen, func(c discover.Candidate) bool { return !sameHost(cfg.Endpoints, c.Endpoints) })
	}
	if len(all) == 0 && !slices.ContainsFunc(cfg.Endpoints, func(at string) bool { host, _ := hostPort(at); return !local(host) }) {
		f.usual(cfg.Endpoints)
	}
	if len(chosen) == 0 {
		f.out.Attempts = f.attempts(&cfg, all)
		return f.out
	}
	f.out.Distribution, f.out.Endpoints = chosen[0].Distribution, chosen[0].Endpoints
	for _, c := range chosen {
		if f.out.DataDir == "" {
			f.out.DataDir = c.DataDir
		}
		if f.out.Access.Cert == "" {
			f.out.Access = etcdsource.Access{CACert: c.CAFile, Cert: c.CertFile, Key: c.KeyFile}
		}
	}
	if given {
		f.out.Endpoints, f.out.Access = cfg.Endpoints, etcdsource.Access{CACert: cfg.CACert, Cert: cfg.Cert, Key: cfg.Key, User: cfg.User, InsecureSkipVerify: cfg.InsecureSkipVerify}
	}
	f.look(list)
	if given {
		f.prove(cfg.Endpoints, chosen)
	}
	f.out.Attempts = f.attempts(&cfg, all)
	return f.out
}

// usualDir is where etcd's packages, and most distributions, keep its data.
const usualDir = "/var/lib/etcd"

// usual reads a data directory at the usual place of a machine on which nothing else shows an etcd. Of which cluster it is, only its
// members can say.
func (f *offliner) usual(given []string) {
	dir := below(f.o.Root, usualDir)
	if !slices.ContainsFunc([]string{dir, dir + etcdsource.Aside}, func(d string) bool {
		st, err := os.Stat(filepath.Join(d, "member"))
		return err == nil && st.IsDir()
	}) {
		return
	}
	f.out.DataDir = dir
	f.dataDir(dir)
	f.prove(given, nil)
}

// prove finds out whether what was found is of the cluster at the addresses that were given: its members name one of them, or, where
// nothing names members, the etcd of this machine listens at exactly one. Members that do not are another cluster's, as far as is known.
func (f *offliner) prove(given []string, found []discover.Candidate) {
	named, known := false, []string(nil)
	for i := range f.out.Members {
		known = append(known, f.out.Members[i].ClientURLs...)
	}
	if named = len(known) > 0; !named {
		for i := range found {
			known = append(known, found[i].Endpoints...)
		}
	}
	for _, a := range given {
		host, port := hostPort(a)
		if slices.ContainsFunc(known, func(b string) bool {
			h, p := hostPort(b)
			return port == p && (host == h || named && local(host) && local(h))
		}) {
			return
		}
	}
	f.out.Members, f.out.From = nil, ""
	for i := range f.out.Copies {
		f.out.Copies[i].Unproven = true
	}
}

// sameHost reports whether an address that was given is one of those that were found on this machine: the same port, and
// the same host or an address of this machine.
func sameHost(given, found []string) bool {
	for _, a := range given {
		host, port := hostPort(a)
		for _, b := range found {
			if h, p := hostPort(b); port == p && (host == h || local(host) && local(h)) {
				return true
			}
		}
	}
	return false
}

// hostPort cuts an address, with a scheme or without one.
func hostPort(text string) (host, port string) {
	if !strings.Contains(text, "://") {
		text = "any://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return text, ""
	}
	return cmp.Or(u.Hostname(), u.Path), cmp.Or(u.Port(), "2379")
}

// local reports whether a host is this machine.
func local(host string) bool {
	ip := net.ParseIP(host)
	if host == "localhost" || ip != nil && ip.IsLoopback() {
		return true
	}
	return ip != nil && slices.Contains(addresses(), ip.String())
}

// offliner gathers what is known.
type offliner struct {
	ctx context.Context
	o   Options
	out etcdsource.Offline
}

func (f *offliner) look(list lister) {
	node := Node(f.ctx, f.o.Root, layoutOf(f.out.Distribution))
	if f.out.DataDir == "" && node.Data.There && node.Here {
		f.out.DataDir = below(f.o.Root, node.Data.Dir)
	}
	f.out.Member, f.out.Node = node.Member.Name, &node
	if dir := f.out.DataDir; dir != "" {
		f.dataDir(dir)
	}
	if c := node.Member.InitialCluster; len(f.out.Members) == 0 && c != "" {
		f.initialCluster(c, node)
	}
	if dir := backup.FolderOn(f.out.Distribution, f.out.DataDir); dir != "" && list != nil {
		backups, _ := list(f.ctx, dir)
		f.backups(backups)
	}
	slices.SortStableFunc(f.out.Copies, func(a, b etcdsource.Copy) int { return cmp.Compare(b.Revision, a.Revision) })
}

// layoutOf is the distribution as NodeAt knows it.
func layoutOf(distribution string) string {
	if slices.Contains(discover.Distributions(), distribution) {
		return distribution
	}
	return ""
}

// dataDir reads how far a data directory goes, with its log replayed where no etcd runs on it, and who its members were. One that was
// moved aside is read there.
func (f *offliner) dataDir(dir string) {
	st, err := os.Stat(dir)
	if aside, gone := os.Stat(dir + etcdsource.Aside); os.IsNotExist(err) && gone == nil {
		dir, st, err = dir+etcdsource.Aside, aside, nil
	}
	c := etcdsource.Copy{Path: dir, DataDir: true}
	defer func() { f.out.Copies = append(f.out.Copies, c) }()
	if err != nil {
		c.Problem = disk.Why(err)
		return
	}
	c.Time = st.ModTime()
	if st, err := os.Stat(filepath.Join(dir, "member", "snap", "db")); err == nil {
		c.Time = st.ModTime()
	}
	c.Member, c.Cluster, _ = wal.Identity(cmp.Or(walOf(f.ctx, f.at(dir), discover.Find), filepath.Join(dir, "member", "wal")))
	switch _, err := snapfile.Peek(dir); {
	case errors.Is(err, syscall.EWOULDBLOCK):
		c.Running = true // its database would have to be copied
		return
	case err != nil:
		c.Problem = reason(err)
		return
	}
	src, err := archive.Open(f.ctx, dir, snapfile.Options{TempDir: f.o.TempDir, WALDir: walOf(f.ctx, f.at(dir), discover.Find)})
	if err != nil {
		c.Problem = reason(err)
		return
	}
	defer src.Close()
	if info, err := src.Describe(f.ctx); err == nil {
		c.Revision = info.Revision
	}
	if s, err := src.Stored(f.ctx); err == nil && len(s.Members) > 0 {
		f.out.Members, f.out.From = s.Members, dir
	}
}

// at are the options for a data directory.
func (f *offliner) at(dir string) Options {
	o := f.o
	o.Path = dir
	return o
}

// initialCluster takes the members from NAME=URL,…
func (f *offliner) initialCluster(text string, node etcdsource.Node) {
	for part := range strings.SplitSeq(text, ",") {
		name, u, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok || name == "" || strings.Contains(part, "$") {
			continue
		}
		if i := slices.IndexFunc(f.out.Members, func(m etcdsource.StoredMember) bool { return m.Name == name }); i >= 0 {
			f.out.Members[i].PeerURLs = append(f.out.Members[i].PeerURLs, u)
			continue
		}
		f.out.Members = append(f.out.Members, etcdsource.StoredMember{Name: name, PeerURLs: []string{u}})
	}
	f.out.From = "--initial-cluster of " + cmp.Or(node.Distribution, "this node")
	if len(node.Manifests) > 0 {
		f.out.From = "--initial-cluster in " + node.Manifests[0]
	}
}

// backups takes the newest backups that can be read, and the members from one of them where nothing else names any.
func (f *offliner) backups(list []etcdsource.Backup) {
	list = slices.DeleteFunc(slices.Clone(list), func(b etcdsource.Backup) bool {
		return b.Foreign || b.Problem != "" || b.Verdict == etcdsource.BackupDamaged || b.ChangesOnly()
	})
	for _, b := range list[:min(len(list), maxCopies)] {
		f.out.Copies = append(f.out.Copies, etcdsource.Copy{Path: b.Path, Revision: max(b.Revision, 0), Time: b.Time, Verdict: b.Verdict})
	}
	if len(f.out.Members) > 0 || len(list) == 0 || f.ctx.Err() != nil {
		return
	}
	src, err := archive.Open(f.ctx, list[0].Path, snapfile.Options{TempDir: f.o.TempDir})
	if err != nil {
		return
	}
	defer src.Close()
	if s, err := src.Stored(f.ctx); err == nil && len(s.Members) > 0 {
		f.out.Members, f.out.From = s.Members, list[0].Path
	}
}

// Ask asks the members of a cluster that cannot be opened: those at the addresses that were given or found, and those that
// off names. One of which only the peers' address is known is asked at its clients' port.
func Ask(ctx context.Context, o Options, off *etcdsource.Offline) (etcdsource.Probe, error) {
	if o.Env == nil {
		o.Env = os.Getenv
	}
	cfg, err := live.ConfigFromEnv(o.Live, o.Env)
	if err != nil {
		return etcdsource.Probe{}, err
	}
	if len(cfg.Endpoints) == 0 {
		cfg = with(cfg, discover.Candidate{Endpoints: off.Endpoints, CAFile: off.Access.CACert, CertFile: off.Access.Cert, KeyFile: off.Access.Key})
	}
	if err := mayLogIn(cfg, ""); err != nil && len(o.Live.Endpoints) == 0 {
		cfg.User, cfg.Password = "", ""
	}
	known := slices.Clone(off.Members)
	for i := range known {
		if m := &known[i]; len(m.ClientURLs) == 0 && m.Name != "" {
			m.ClientURLs = clientURLs(m.PeerURLs, off.Endpoints)
		}
	}
	if n := off.Node; n != nil && !slices.ContainsFunc(off.Copies, func(c etcdsource.Copy) bool { return c.Unproven }) {
		cfg.Beside = func(context.Context) []string { return beside(n, off.Endpoints) }
	}
	return live.Ask(ctx, cfg, known)
}

// beside are the addresses for clients of the members that a node's settings name, where its own are like those that are known.
func beside(n *etcdsource.Node, known []string) (out []string) {
	for part := range strings.SplitSeq(n.Member.InitialCluster, ",") {
		if _, u, ok := strings.Cut(strings.TrimSpace(part), "="); ok && !strings.Contains(part, "$") {
			out = append(out, clientURLs([]string{u}, known)...)
		}
	}
	return out
}

// clientURLs are the addresses for clients at the hosts of addresses for peers, with scheme and port of those that are known.
func clientURLs(peers, known []string) (out []string) {
	if len(known) == 0 {
		return nil
	}
	_, port := hostPort(known[0])
	scheme, _, ok := strings.Cut(known[0], "://")
	if !ok {
		scheme = "http"
	}
	for _, p := range peers {
		if host, _ := hostPort(p); host != "" && scheme != "unix" {
			out = append(out, scheme+"://"+net.JoinHostPort(host, port))
		}
	}
	return out
}

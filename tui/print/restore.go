package print

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/restore"
	"github.com/etcdscope/etcdscope/model/verify"
)

// restorer plans, rehearses and makes the restore of a snapshot.
type restorer struct {
	*app
	path  string
	given restore.Given
	peers string
	// newer are further stores to hold the file against.
	newer  []string
	accept []string
	wal    string
	mmap   uint64
	skip   bool
	marked bool

	rehearse, noRehearse bool
	members              int
	scratch              string
	bumpSet              bool
	markSet              bool

	s *store
	f restore.Facts
}

const restoreLong = `Plan the restore of a snapshot, prove that it restores, and make the data directory.

Without --data-dir the plan is printed, and nothing is made: the dangers of this very snapshot, those that stop first; what
no snapshot contains and the restore needs, present or missing on this node; the steps for each node of the distribution
in order, each with the way back and the mistake that loses data there; and a checklist for afterwards. Exits with 1 where a
danger stops the restore: the file is damaged, of another cluster, older than a cluster that answers, of a newer etcd than
the one that is to start it, or a key that it needs is missing. --accept KIND goes on in spite of it.

The file is held against what can be read: the cluster that --endpoints names or that runs on this node, else the node's
data directory, a newer snapshot in the same folder, and --newer. From these come what is lost, by namespace, and a bump of
the revisions that is surely large enough. Members come from --initial-cluster, else from the snapshot, else from the node.

--rehearse restores the file with one or three real members in a scratch folder (mode 0700, under TMPDIR or /var/tmp, or
--scratch; never in memory unless that is named), compares every key with the file, and removes it all, also when it is
interrupted. The members listen on unix sockets in that folder only, do not sync the disk, and use half of the cores. It
takes twice the database for each member. What a rehearsal that was killed has left is removed by the next.

--data-dir DIR prints the plan, rehearses unless --no-rehearse, and then makes DIR, where nothing may be. The flags are
those of etcdutl snapshot restore; --bump-revision with --mark-compacted is the default here. No member that runs is touched.`

func (a *app) restoreCmd() *cobra.Command {
	r := &restorer{app: a}
	c := &cobra.Command{
		Use: "restore FILE", Short: "Plan and rehearse a restore, and make the data directory", Long: restoreLong, Args: cobra.ExactArgs(1), Annotations: formats("text json"),
		Example: "  etcdscope snapshot restore /backup/etcd.db\n  etcdscope snapshot restore /backup/etcd.db --rehearse --members 3\n" +
			"  etcdscope snapshot restore /backup/etcd.db --data-dir /var/lib/etcd.restored --name cp1 \\\n    --initial-cluster cp1=https://10.0.0.11:2380 --initial-advertise-peer-urls https://10.0.0.11:2380",
		RunE: func(cmd *cobra.Command, args []string) error {
			r.path = args[0]
			r.bumpSet, r.markSet = cmd.Flags().Changed("bump-revision"), cmd.Flags().Changed("mark-compacted")
			if err := r.check(); err != nil {
				return err
			}
			return r.run(cmd.Context())
		},
	}
	f := c.Flags()
	f.StringVar(&r.given.Distribution, "distribution", "", "kubeadm, k3s, rke2, k0s, openshift, kops, talos, kubespray or systemd; left out, it is found on this node or in the snapshot")
	f.StringVar(&r.given.DataDir, "data-dir", "", "make this data directory, where nothing may be")
	f.StringVar(&r.wal, "wal-dir", "", "put the WAL there; DIR/member/wal by default")
	f.StringVar(&r.given.Member, "name", "", "the member that is restored; this node's by default")
	f.StringVar(&r.given.InitialCluster, "initial-cluster", "", "NAME=URL,… of all members; those of the snapshot by default")
	f.StringVar(&r.given.Token, "initial-cluster-token", "", "one for all members; made of the time by default: give the printed one to the other members")
	f.StringVar(&r.peers, "initial-advertise-peer-urls", "", "peer URLs of the member; those of --initial-cluster by default")
	f.BoolVar(&r.skip, "skip-hash-check", false, "restore a database that was copied and carries no checksum")
	f.Uint64Var(&r.mmap, "initial-memory-map-size", 0, "of the database, in bytes")
	f.Uint64Var(&r.given.Bump, "bump-revision", 0, "raise the revision by so much; left out, by as much as is surely enough")
	f.BoolVar(&r.marked, "mark-compacted", true, "mark all before the bump as compacted, so that every informer lists again")
	f.BoolVar(&r.rehearse, "rehearse", false, "restore in a scratch folder, compare every key, and remove it")
	f.BoolVar(&r.noRehearse, "no-rehearse", false, "with --data-dir: do not rehearse first")
	f.IntVar(&r.members, "members", 1, "of the rehearsal: 1 or 3")
	f.StringVar(&r.scratch, "scratch", "", "the folder for the rehearsal")
	f.StringArrayVar(&r.newer, "newer", nil, "a newer snapshot or data directory to hold the file against; may be repeated")
	f.StringVar(&r.given.EtcdVersion, "etcd-version", "", "the etcd that is to start it; that of this node's manifest by default")
	f.StringSliceVar(&r.accept, "accept", nil, "go on in spite of these: damaged, another-cluster, older-than-live, version, missing-key, wrong-token, no-room")
	return c
}

// acceptable are the dangers that can stop a restore.
var acceptable = []restore.Kind{restore.Damaged, restore.Foreign, restore.Older, restore.TooNew, restore.MissingKey, restore.WrongToken, restore.NoRoom}

// check reads the flags.
func (r *restorer) check() error {
	g := &r.given
	g.Accept = map[restore.Kind]bool{}
	for _, k := range r.accept {
		if !slices.Contains(acceptable, restore.Kind(k)) {
			return usage("read --accept %s: it is no danger that stops a restore; see --help for those", clean.Key([]byte(k)))
		}
		g.Accept[restore.Kind(k)] = true
	}
	g.BumpGiven = r.bumpSet || r.markSet && !r.marked
	g.Rooted = r.flags.root != ""
	if r.peers != "" {
		g.PeerURLs = strings.Split(r.peers, ",")
	}
	switch {
	case r.funcs.Node == nil || r.funcs.Open == nil:
		return usage("plan a restore: this build cannot")
	case g.Distribution != "" && !slices.Contains(r.funcs.Distributions, g.Distribution):
		return usage("read --distribution %s: there are %s; give one of these", clean.Key([]byte(g.Distribution)), strings.Join(r.funcs.Distributions, ", "))
	case g.EtcdVersion != "" && !isVersion(g.EtcdVersion):
		return usage("read --etcd-version %s: it is no version; give one like 3.6", clean.Key([]byte(g.EtcdVersion)))
	}
	return cmp.Or(r.checkRun(), r.checkBump(), checkCluster(g.InitialCluster))
}

// checkRun reads the flags of what is done with the plan.
func (r *restorer) checkRun() error {
	switch {
	case r.members != 1 && r.members != 3:
		return usage("read --members %d: a rehearsal has 1 or 3; give one of these", r.members)
	case r.rehearse && r.noRehearse:
		return usage("read --rehearse and --no-rehearse: they exclude each other; give one of them")
	case r.wal != "" && r.given.DataDir == "":
		return usage("read --wal-dir: it needs --data-dir; give both")
	}
	return nil
}

// checkBump reads the flags of the revisions.
func (r *restorer) checkBump() error {
	switch bump := r.given.Bump; {
	case r.bumpSet && bump > 0 && !r.marked:
		return usage("read --mark-compacted=false: with a bump, what is before must be marked as compacted; leave it out")
	case r.bumpSet && bump > 1<<62:
		return usage("read --bump-revision %d: the revision would overflow; give less", bump)
	}
	return nil
}

func isVersion(v string) bool {
	_, _, ok := verify.Minor(v)
	return ok
}

// checkCluster refuses what is no list of members.
func checkCluster(s string) error {
	if s == "" {
		return nil
	}
	for _, part := range strings.Split(s, ",") {
		if name, u, ok := strings.Cut(part, "="); !ok || name == "" || !strings.Contains(u, "://") {
			return usage("read --initial-cluster: %s is no NAME=URL; give cp1=https://10.0.0.11:2380,…", clean.Key([]byte(part)))
		}
	}
	return nil
}

func (r *restorer) run(ctx context.Context) error {
	if dir := r.given.DataDir; dir != "" {
		if _, err := os.Lstat(dir); err == nil {
			return no("restore into %s: it exists, and nothing is restored over what exists; name a folder that does not exist", clean.Key([]byte(dir)))
		}
	}
	if r.rehearse && r.given.DataDir == "" {
		return r.rehearsal(ctx, r.bump(0))
	}
	p, err := r.plan(ctx)
	if err != nil {
		return err
	}
	defer r.s.close()
	if err := r.print(p); err != nil {
		return err
	}
	if stopped := p.Stopped(); len(stopped) > 0 {
		return differs
	}
	if r.given.DataDir == "" {
		return nil
	}
	return r.make(ctx, p)
}

// bump is what revisions are raised by, given what the plan says.
func (r *restorer) bump(planned uint64) uint64 {
	switch {
	case r.given.BumpGiven:
		return r.given.Bump
	case planned == 0:
		return 1_000_000_000
	}
	return planned
}

// plan reads what the plan is made of, and makes it.
func (r *restorer) plan(ctx context.Context) (*restore.Plan, error) {
	r.f = restore.Facts{Given: r.given, Now: time.Now(), Node: r.funcs.Node(ctx, r.flags.root, r.given.Distribution)}
	if err := r.file(ctx); err != nil {
		return nil, err
	}
	p := &progress{app: r.app, on: isTerminal(r.stderr)}
	contents, err := restore.Read(ctx, r.s.Opened, func(n int64) { p.report("reading", n, -1) })
	p.end()
	if err != nil {
		if ctx.Err() != nil || r.f.File.Damage == "" {
			r.s.close()
			return nil, err
		}
		contents = &restore.Contents{}
	}
	r.f.Contents, r.f.Root = contents, r.s.Root
	if r.f.Node.Distribution == "" && contents.Distribution != "" {
		r.f.Node = r.funcs.Node(ctx, r.flags.root, contents.Distribution)
	}
	r.others(ctx)
	if err := ctx.Err(); err != nil {
		r.s.close()
		return nil, err
	}
	return restore.Make(&r.f), nil
}

// file opens the snapshot and describes it.
func (r *restorer) file(ctx context.Context) (err error) {
	o := r.flags.openOptions()
	o.Path, o.NoVerify = r.path, true
	config := r.f.Node.Encryption
	if o.EncryptionConfig == "" && config != "" {
		if at := r.onNode(config); at != "" {
			o.EncryptionConfig = at
		}
	}
	r.s, err = r.quietly(ctx, o)
	if err != nil && o.EncryptionConfig != r.flags.encryptionConfig && ctx.Err() == nil {
		r.warn("%s; encrypted values stay as they are", clean.Error(err)) // it was found, not given
		o.EncryptionConfig = ""
		r.s, err = r.quietly(ctx, o)
	}
	if err != nil {
		return r.unopened(ctx, err)
	}
	info := &r.s.Info
	f := restore.File{Path: r.path, Revision: info.Revision, Keys: info.Keys, Bytes: info.DBSize, Version: info.Version, Checksum: info.Integrity, Behind: info.Behind.Text}
	if abs, err := filepath.Abs(r.path); err == nil {
		f.Path = abs
	}
	if dir := r.f.Node.Data.Dir; dir != "" && r.flags.root == "" {
		f.InDataDir = strings.HasPrefix(f.Path, dir+"/")
	}
	if st, err := os.Stat(r.path); err == nil {
		f.Modified, f.Folder = st.ModTime(), st.IsDir()
	}
	entries, _ := os.ReadDir(filepath.Dir(f.Path))
	for _, e := range entries {
		f.Beside = append(f.Beside, e.Name())
	}
	if err := r.checks(ctx, &f); err != nil {
		r.s.close()
		return err
	}
	r.f.File = f
	if s, err := etcdsource.As[etcdsource.Storer](r.s.Source); err == nil {
		if r.f.Stored, err = s.Stored(ctx); err != nil && f.Damage == "" {
			r.f.File.Damage = clean.Error(err)
		}
	}
	return ctx.Err()
}

// unopened is the answer where the file cannot be opened: one that is there and is no snapshot is damaged.
func (r *restorer) unopened(ctx context.Context, err error) error {
	f, e := os.Open(r.path)
	if e != nil || ctx.Err() != nil {
		return err
	}
	f.Close()
	var ask *etcdsource.Problem
	if errors.As(err, &ask) && strings.Contains(ask.Do, "--max-unpack") {
		return err
	}
	w := restore.Warning{Kind: restore.Damaged, Stop: true, Text: "the file is damaged, or no snapshot", Detail: clean.Error(err)}
	if err := r.warning(&w); err != nil {
		return err
	}
	return differs
}

// checks says what is wrong with the file itself.
func (r *restorer) checks(ctx context.Context, f *restore.File) error {
	checker, err := etcdsource.As[etcdsource.Checker](r.s.Source)
	if err != nil {
		return nil
	}
	list, err := checker.Checks(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		switch {
		case c.Name == "checksum" && c.State == etcdsource.Unchecked:
			f.NoSum = true
		case c.State == etcdsource.Failed && c.Name != "wal" && f.Damage == "":
			f.Damage = clean.Text(c.Detail)
		}
	}
	if st, err := os.Stat(r.path); err == nil && st.IsDir() {
		f.NoSum = false // a member's data directory is saved as a snapshot
	}
	return nil
}

// onNode is where a path of the node can be opened, "" where it is not there.
func (r *restorer) onNode(path string) string {
	at := filepath.Join("/", r.flags.root, path)
	if r.flags.root != "" && !filepath.IsAbs(r.flags.root) {
		at = filepath.Join(r.flags.root, path)
	}
	if _, err := os.Stat(at); err != nil {
		return ""
	}
	return at
}

package print

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
	"github.com/etcdscope/etcdscope/model/restore"
	"github.com/etcdscope/etcdscope/model/verify"
)

// restorer plans, rehearses and makes the restore of a snapshot.
type restorer struct {
	planner
	peers  string
	accept []string
	mmap   uint64
	skip   bool
	marked bool

	rehearse, noRehearse bool
	members              int
	scratch              string
	bumpSet              bool
	markSet              bool
}

const restoreLong = `Plan the restore of a snapshot, prove that it restores, and make the data directory.

Without --data-dir the plan is printed, and nothing is made: the dangers of this very snapshot, those that stop first; what
no snapshot contains and the restore needs, present or missing on this node; the steps for each node of the distribution
in order, each with the way back and the mistake that loses data there; and a checklist for afterwards. To go back, undo each
step that was carried out, the last one first. Exits with 1 where a danger stops the restore: the file is damaged, of another cluster, older than a cluster that answers, of a newer etcd than
the one that is to start it, or a key that it needs is missing. --accept KIND goes on in spite of it.

The file is held against what can be read: the cluster that --endpoints names or that runs on this node, else the node's
data directory, a newer snapshot in the same folder, and --newer. From these come what is lost, by namespace, and a bump of
the revisions that is surely large enough. Members come from --initial-cluster, else from the snapshot, else from
the node; the node's configuration wins where it and the snapshot have no member in common.

--rehearse restores the file with one or three real members in a scratch folder (mode 0700, under TMPDIR or /var/tmp, or
--scratch; never in memory unless that is named), compares every key with the file, and removes it all, also when it is
interrupted. The members listen on unix sockets in that folder only, do not sync the disk, and use half of the cores. It
takes twice the database for each member. What a rehearsal that was killed has left is removed by the next.

--data-dir DIR prints the plan, rehearses unless --no-rehearse, and then makes DIR, where nothing may be. The flags are
those of etcdutl snapshot restore, as --name cp1 --initial-cluster cp1=https://10.0.0.11:2380 with
--initial-advertise-peer-urls https://10.0.0.11:2380; --bump-revision with --mark-compacted is the default here. No member that runs is touched.`

func (a *app) restoreCmd() *cobra.Command {
	r := &restorer{planner: planner{app: a}}
	r.open = r.quietly
	r.warned = func(err error, then string) { r.warn("%s; %s", clean.Error(err), then) }
	c := &cobra.Command{
		Use: "restore FILE", Short: "Plan and rehearse a restore, and make the data directory", Long: restoreLong, Args: cobra.ExactArgs(1), Annotations: formats("text json"),
		Example: "  etcdscope snapshot restore backup.db\n  etcdscope snapshot restore backup.db --rehearse --members 3\n  etcdscope snapshot restore backup.db --data-dir restored",
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
	f.StringVar(&r.given.WALDir, "wal-dir", "", "put the WAL there; DIR/member/wal by default")
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
	if etcdsource.IsBucket(r.path) {
		return usage("plan the restore of %s: a restore needs the backup as a file on the node; copy it out of the bucket, and give that file", clean.Key([]byte(r.path)))
	}
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
	for _, dir := range []*string{&g.DataDir, &g.WALDir} { // the steps are carried out from any folder
		if abs, err := filepath.Abs(*dir); *dir != "" && err == nil {
			*dir = abs
		}
	}
	_, g.Free = disk.Free(g.DataDir)
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
	case r.given.WALDir != "" && r.given.DataDir == "":
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
	bar := &progress{app: r.app, on: isTerminal(r.stderr)}
	r.report = func(step string) { bar.say(step, "", false) }
	p, err := r.plan(ctx)
	bar.end()
	if err != nil {
		return err
	}
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

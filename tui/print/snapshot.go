package print

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/widget"
)

func (a *app) snapshotCmd() *cobra.Command {
	c := &cobra.Command{
		Use: "snapshot", Short: "Save, examine, verify, list and restore snapshots",
		Example: "  etcdscope snapshot save backup.db --demo\n  etcdscope snapshot verify backup.db\n  etcdscope snapshot restore backup.db --rehearse",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage("run etcdscope snapshot: there is no etcdscope snapshot %s; give save, status, verify, list, history or restore", clean.Key([]byte(args[0])))
			}
			return usage("run etcdscope snapshot: it needs a verb; give save, status, verify, list, history or restore")
		},
	}
	c.AddCommand(a.saveCmd(), a.statusCmd(), a.verifyCmd(), a.listCmd(), a.snapshotHistoryCmd(), a.restoreCmd())
	return c
}

func (a *app) saveCmd() *cobra.Command {
	var force, remove bool
	var again scheduleFlags
	c := &cobra.Command{
		Use: "save FILE", Short: "Stream a snapshot into a file, and verify it; again and again, if wanted", Long: saveLong, Args: cobra.ExactArgs(1), Annotations: formats("text json"),
		Example: "  etcdscope snapshot save backup.db --demo\n  etcdscope snapshot save night.db --force -o json --demo\n  etcdscope snapshot save . --demo\n  etcdscope snapshot save --every 6h --keep 8 --keep-daily 7 --keep-weekly 4 . --demo\n  etcdscope snapshot save --every 1d --delta 5m --keep 7 . --demo",
		RunE: func(cmd *cobra.Command, args []string) error {
			if again.given(cmd) || etcdsource.IsBucket(args[0]) {
				o, err := again.options(cmd)
				if err == nil && (force || remove) {
					err = usage("make backups on a schedule: it replaces no file, and cleans up by itself; leave out --force and --remove-part")
				}
				if err != nil {
					return err
				}
				return a.schedule(cmd.Context(), args[0], o, &again)
			}
			if a.funcs.Save == nil {
				return usage("save a snapshot: this build cannot")
			}
			if _, err := again.store.place(args[0]); err != nil {
				return err
			}
			a.leftovers(args[0], remove)
			return a.save(cmd.Context(), args[0], force)
		},
	}
	again.define(c)
	c.Flags().BoolVar(&force, "force", false, "replace a file that exists")
	c.Flags().BoolVar(&remove, "remove-part", false, "remove the .part files that killed saves have left in the folder of FILE")
	return c
}

const saveLong = `Stream a snapshot into a file, and verify it.

The snapshot is written to FILE.part, and gets its name only after it was verified and is on the disk: FILE is complete
or not there. A save that fails or is interrupted leaves nothing behind. One that is killed (SIGKILL, a power cut) leaves
its FILE.part: the next save into that folder names it on stderr, leaves it alone (it writes to FILE.2.part), and removes
it when --remove-part is given. What another save still writes to is never named or removed.

With --from DATA-DIR the snapshot is made of a stopped member's data directory, with its WAL replayed: after a lost quorum
that is the newest backup there is. The directory is not changed; etcdutl snapshot restore takes the result. Of a folder of
Gardener's, --from DIR saves the newest full snapshot with the delta snapshots that follow it, as one snapshot.

A FILE that exists is not replaced without --force. FILE may be a folder: the snapshot is then named after the time.

With --every a backup of a running cluster is made again and again in a folder, which must be there, until a signal ends that. A
lock makes sure that no second process makes backups of the same cluster there. After the start the first one is made as soon as
the last is older than --every. --keep, --keep-daily and --keep-weekly, also without --every, say which stay: what .etcdscope/ID.json
in that folder does not list as made here of this cluster (ID), or what has another size or other last bytes since, is never removed, nothing is
removed before the new one is verified, and the newest verified one stays. Three failures in a row end it with exit code 1; after
the first it tries again in a minute, after the second in five, or after --every where that is shorter. With --once it makes one backup; --once --every 6h is for what starts it every 6 hours, as a
timer or a CronJob: so snapshot list knows when the next one is expected. What cannot get better ends it at once: with exit code 3 a folder that is not there or cannot be
written to when it starts, a store that does not answer or is not trusted then, a lock that was removed meanwhile; with 1 a lock that
another process holds. A stream is given up when it takes longer than 5 minutes, or the database grows by 10 %
(at least 32 MiB) meanwhile. snapshot list shows the last run and the next one.

--delta 5m adds what was written in between, in the format and layout of Gardener's etcd-backup-restore, below v2: that
restores it, and so does snapshot restore after snapshot save FILE --from FOLDER. The watch begins before each full snapshot;
after a start, or when changes were missed, a full one is made first.

FILE may be s3://BUCKET/PREFIX: then the backup is made and verified in TMPDIR, uploaded in parts that are tried again, and compared
with what the store says it has, before it counts. --s3-endpoint, --sse, --object-lock and --max-rate say how. Credentials are those of
AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or MINIO_…), of ~/.aws/credentials, or of the machine (IMDSv2); AWS_REGION and AWS_CA_BUNDLE
are understood. No redirect is followed, and http only with --insecure-http. What is unwise about the bucket is said on stderr first: that
it has no encryption, that its policy lets anybody read, or that a list of it, or the lock that was just written there, can be read
without credentials. Access control lists of single objects, and policies with conditions, are not looked at.

--print-unit and --print-manifest print what runs this elsewhere: a hardened systemd service with its timer, or a CronJob (with
--delta a service, or a Deployment, that stays). No password and no key of a store is in them: they name an EnvironmentFile, or Secrets.`

// leftovers names what killed saves have left where a snapshot is to be saved, or removes it.
func (a *app) leftovers(path string, remove bool) {
	if a.funcs.Parts == nil {
		return
	}
	for _, p := range a.funcs.Parts(path) {
		name := clean.Key([]byte(p.Path))
		left := fmt.Sprintf("left by a save that was killed (%s, %s)", size(p.Size), p.Modified.Local().Format(time.DateTime))
		if !remove {
			a.warn("%s was %s; remove it with rm or --remove-part", name, left)
			continue
		}
		if err := a.funcs.RemovePart(p.Path); err != nil {
			a.warn("%s", clean.Error(err))
			continue
		}
		a.warn("removed %s, %s", name, left)
	}
}

func (a *app) save(ctx context.Context, path string, force bool) error {
	if a.funcs.Open == nil {
		return usage("open the source: this build opens nothing")
	}
	o, err := a.named(a.flags.openOptions())
	if err != nil {
		return err
	}
	a.hint()
	opened, err := unpacking(ctx, a, o, a.funcs.Open)
	if err != nil {
		return err
	}
	defer opened.Source.Close()
	if info, err := opened.Source.Describe(ctx); err == nil && info.Behind.Text != "" {
		a.warn("%s: %s", clean.Key([]byte(info.Target)), clean.Text(info.Behind.Text))
	}
	p := &progress{app: a, on: isTerminal(a.stderr)}
	saved, err := a.funcs.Save(ctx, opened.Source, path, force, p.report)
	p.end()
	if err != nil {
		return err
	}
	if a.flags.format == "json" {
		return a.out.json(saved)
	}
	verified := "not verified"
	if saved.Verified {
		verified = "verified"
	}
	return a.out.line(fmt.Sprintf("saved %s: %s at revision %d, %s, in %.1f s; sha256 %s%s",
		clean.Key([]byte(saved.Path)), size(saved.Bytes), saved.Revision, verified, saved.Seconds, clean.Key([]byte(saved.SHA256)), ofDatabase))
}

// ofDatabase says of the checksum of a snapshot that it is not that of the file.
const ofDatabase = " (of the database: the last 32 bytes of the file are this sum)"

// progress is one line on stderr that is written over.
type progress struct {
	*app
	on   bool
	last time.Time
	any  bool
}

// report says how many bytes of how many are done.
func (p *progress) report(step string, done, total int64) {
	of := ""
	if total > 0 {
		of = fmt.Sprintf(" of %s", size(total))
	}
	p.say(step, size(done)+of, done == total)
}

// percent says how much of it is done.
func (p *progress) percent(step string, done, total int64) {
	p.say(step, fmt.Sprintf("%d %%", done*100/max(total, 1)), done == total)
}

func (p *progress) say(step, how string, last bool) {
	if now := time.Now(); !p.on || now.Sub(p.last) < 100*time.Millisecond && !last {
		return
	} else {
		p.last, p.any = now, true
	}
	if how != "" {
		step += ": " + how
	}
	fmt.Fprintf(p.stderr, "\r\x1b[K%s", safe(step))
}

func (p *progress) end() {
	if p.any {
		fmt.Fprint(p.stderr, "\r\x1b[K")
	}
}

// size writes bytes for people, "?" where they are not known.
func size(n int64) string {
	if n < 0 {
		return "?"
	}
	return widget.Bytes(n)
}

func (a *app) statusCmd() *cobra.Command {
	return &cobra.Command{
		Use: "status FILE", Short: "Print a snapshot's figures",
		Long:    "Print a snapshot's figures, those of etcdutl snapshot status. Of a data dir they are those of the database in it: stderr\nsays how many WAL entries are not in that. Other commands, and the screen, replay them.",
		Example: "  etcdscope snapshot status backup.db\n  etcdscope snapshot status backup.db -o json\n  etcdscope snapshot status restored",
		Args:    cobra.ExactArgs(1), Annotations: formats("text json"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.funcs.Status == nil {
				return usage("examine a snapshot: this build cannot")
			}
			o := OpenOptions{Path: args[0], MaxUnpack: a.flags.maxUnpack, WALDir: a.flags.walDir}
			st, err := unpacking(cmd.Context(), a, o, a.funcs.Status)
			if err != nil {
				return err
			}
			if st.Behind != "" {
				a.warn("%s: %s", clean.Key([]byte(args[0])), clean.Text(st.Behind))
			}
			if a.flags.format == "json" {
				return a.out.json(st)
			}
			return a.out.columns([][]string{
				{"HASH", "REVISION", "KEYS", "SIZE", "VERSION"},
				{fmt.Sprintf("%x", st.Hash), fmt.Sprint(st.Revision), fmt.Sprint(st.TotalKey), size(st.TotalSize), clean.Key([]byte(st.Version))},
			})
		},
	}
}

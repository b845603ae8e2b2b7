package print

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/columns"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	wording "github.com/etcdscope/etcdscope/tui/words"
)

const listLong = `List the backups in a folder, and the folders below it, the newest first: what wrote each, of which cluster it
is, and whether it is known to be good.

All formats are listed that etcdscope opens. Of each a few pages are read at most: REVISION and KEYS are left out
where that does not say them. VERDICT is that of the last snapshot verify, or of the snapshot save that wrote the file, as
long as the file was not changed since; it is kept in etcdscope/verdicts in XDG_STATE_HOME, or in ~/.local/state. AGE
counts from when the backup was made, as its name, what is noted beside it (by a schedule too) or the newest lease in it says. A date
in any name (etcd-2026-11-05.db) says that the file's time is right, where it was changed last on that day, and a time behind it when a copy was made. Where
no component has renewed a lease it counts from the newest time in an object ("timeFrom":"written", ≤8d: it may be younger), else, and where
the file is packed, from the last change of the file ("timeFrom":"modified", 8d (file)).

Of a bucket names are read, and what schedules note in it; no backup is.

Behind them comes a line for each schedule (snapshot save --every) that keeps backups in the folder: the last run, its result
(interrupted where its process was stopped or killed), and when the next one is due; of a timer or a CronJob, which start single runs, that is
expected where they give --once --every 6h, as those that are printed do, or where the last ones were regular. A schedule that does not reach its cluster has a line of its own. In JSON it is {"schedule":{…}}.

Of a place with backups of several clusters --cluster lists those of one.

What is no backup, or a folder that cannot be read, is named on stderr with the reason. With --max-age the exit code is 1 where no verified
backup is younger than that; a delta snapshot of Gardener's does not count, for alone it restores nothing.`

// backupLister lists backups.
type backupLister struct {
	*app
	dir    string
	place  etcdsource.Place // the same, with how it is reached
	store  storeFlags
	within string        // as given
	maxAge time.Duration // 0: not asked for
	// cluster chooses one of several, as Backup.Of does; "" for all.
	cluster string
}

func (a *app) listCmd() *cobra.Command {
	l := &backupLister{app: a}
	c := &cobra.Command{
		Use: "list DIR|s3://BUCKET/PREFIX", Short: "List the backups in a folder or a bucket: format, cluster, age, verdict", Long: listLong, Args: cobra.ExactArgs(1), Annotations: formats("text json"),
		Example: "  etcdscope snapshot list .\n  etcdscope snapshot list . -o json\n  etcdscope snapshot list . --max-age 26h || echo 'no good backup of last night'",
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.funcs.List == nil {
				return usage("list backups: this build cannot")
			}
			l.dir = args[0]
			var err error
			if l.place, err = l.store.place(l.dir); err != nil {
				return err
			}
			if m, ok := attribution.ReadMoment(l.within); l.within != "" && (!ok || m.Ago <= 0) {
				return usage("read --max-age %s: it is no duration; give one like 26h or 2d", clean.Key([]byte(l.within)))
			} else {
				l.maxAge = m.Ago
			}
			return l.run(cmd.Context())
		},
	}
	l.store.connect(c)
	clusterFlag(c, &l.cluster)
	c.Flags().StringVar(&l.within, "max-age", "", "exit with 1 where no verified backup is younger, as 26h or 2d")
	return c
}

// backupLine is a backup in JSON. What is not known is left out.
type backupLine struct {
	Path     string `json:"path"`
	Format   string `json:"format,omitempty"`
	Cluster  string `json:"cluster,omitempty"`
	UID      string `json:"clusterUID,omitempty"` // of the namespace kube-system
	Revision int64  `json:"revision,omitempty"`
	Time     string `json:"time,omitempty"`
	TimeFrom string `json:"timeFrom,omitempty"`
	Bytes    int64  `json:"bytes"`
	Keys     *int64 `json:"keys,omitempty"`
	Verdict  string `json:"verdict"`
	Checked  string `json:"checked,omitempty"`
	SHA256   string `json:"sha256,omitempty"`
	Problem  string `json:"problem,omitempty"`
}

func (l *backupLister) run(ctx context.Context) error {
	list, err := l.list(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	var backups, others []etcdsource.Backup
	unknown := 0
	for _, b := range list {
		switch {
		case b.Foreign:
			others = append(others, b)
		case l.cluster == "" || b.Of(l.cluster):
			backups = append(backups, b)
		case b.Cluster == "" && b.Store == "" && b.Name == "":
			unknown++
		}
	}
	if unknown > 0 {
		l.warn("%s not listed: of which cluster is not known", many(int64(unknown), "backup"))
	}
	if l.flags.format == "json" {
		err = l.json(backups)
	} else if len(backups) > 0 {
		err = l.table(backups, now)
	}
	if err != nil {
		return err
	}
	if err := l.schedules(ctx, now); err != nil {
		return err
	}
	l.others(others)
	if len(backups) == 0 {
		of := ""
		if l.cluster != "" {
			of = " of cluster " + clean.Key([]byte(l.cluster))
		}
		l.warn("there are no backups%s in %s%s", of, clean.Key([]byte(l.dir)), clustersIn(list, l.cluster))
	}
	return l.judge(backups, now)
}

// mostClusters is how many clusters an error names.
const mostClusters = 10

// clustersIn names the clusters whose backups a place has, where one was chosen that is not among them; "" for none.
func clustersIn(list []etcdsource.Backup, chosen string) string {
	var names []string
	for i := range list {
		b := &list[i]
		name := clean.Key([]byte(cmp.Or(b.Name, b.Cluster, b.Store)))
		if name != "" && !b.Foreign && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	switch n := len(names); {
	case chosen == "" || n == 0:
		return ""
	case n > mostClusters:
		return fmt.Sprintf("; it has backups of %s and %d more clusters", strings.Join(names[:mostClusters], ", "), n-mostClusters)
	}
	return "; it has backups of " + strings.Join(names, ", ")
}

func (l *backupLister) list(ctx context.Context) ([]etcdsource.Backup, error) {
	if !etcdsource.IsBucket(l.dir) {
		return l.funcs.List(ctx, l.dir)
	}
	if l.funcs.Bucket == nil {
		return nil, usage("list a bucket: this build cannot")
	}
	return l.funcs.Bucket(ctx, l.place)
}

func (l *backupLister) json(list []etcdsource.Backup) error {
	for i := range list {
		b := &list[i]
		line := backupLine{Path: clean.Key([]byte(b.Path)), Format: b.Format, Cluster: clean.Key([]byte(cmp.Or(b.Name, b.Cluster))), UID: clean.Key([]byte(b.Cluster)), Revision: b.Revision, Bytes: b.Bytes,
			Time: utc(b.Time), TimeFrom: b.TimeFrom, Verdict: b.Verdict.String(), Checked: utc(b.Checked), SHA256: b.SHA256, Problem: clean.Text(b.Problem)}
		if b.Keys >= 0 {
			line.Keys = &b.Keys
		}
		if err := l.out.json(line); err != nil {
			return err
		}
	}
	return nil
}

func utc(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func (l *backupLister) table(list []etcdsource.Backup, now time.Time) error {
	lines := [][]string{{"NAME", "FORMAT", "CLUSTER", "REVISION", "KEYS", "SIZE", "AGE", "VERDICT"}}
	for i := range list {
		b := &list[i]
		verdict := b.Verdict.String()
		if b.Problem != "" {
			verdict += ": " + clean.Text(b.Problem)
		}
		lines = append(lines, []string{clean.Key([]byte(wording.Below(l.dir, b.Path))), cmp.Or(b.Format, "-"), cmp.Or(clean.Key([]byte(cmp.Or(b.Name, short(b.Cluster), short(b.Store)))), "-"),
			known(b.Revision, 1), known(b.Keys, 0), size(b.Bytes), l.age(b, now), verdict})
	}
	return l.out.columns(lines)
}

// age is that of a backup, with a sign where it may be younger, and a word where the file alone says it.
func (l *backupLister) age(b *etcdsource.Backup, now time.Time) string {
	age := columns.Age(b.Time, now)
	switch b.TimeFrom {
	case etcdsource.BackupWritten:
		return l.glyphs().NotAfter + age
	case etcdsource.BackupModified:
		return age + " (file)"
	}
	return age
}

// short is enough of a uid to tell clusters apart.
func short(uid string) string { return uid[:min(len(uid), 8)] }

// known writes a number that is at least that where it is known.
func known(n, least int64) string {
	if n < least {
		return "-"
	}
	return fmt.Sprint(n)
}

// maxForeign is how many files that are no backups are named.
const maxForeign = 20

func (l *backupLister) others(list []etcdsource.Backup) {
	for i, b := range list {
		if i == maxForeign {
			l.warn("%d more are not listed", len(list)-i)
			return
		}
		l.warn("%s: not listed: %s", clean.Key([]byte(wording.Below(l.dir, b.Path))), clean.Text(b.Problem))
	}
}

// ahead is how far a backup's time may lie in the future, because clocks differ.
const ahead = 10 * time.Minute

// judge says whether there is a verified backup that is young enough.
func (l *backupLister) judge(list []etcdsource.Backup, now time.Time) error {
	if l.maxAge == 0 {
		return nil
	}
	say := fmt.Sprintf("no verified backup in %s is younger than %s", clean.Key([]byte(l.dir)), l.within)
	unchecked := ""
	for i := range list {
		b := &list[i]
		age := now.Sub(b.Time)
		switch {
		case b.ChangesOnly():
		case b.Verdict == etcdsource.BackupVerified && age >= -ahead:
			if age < l.maxAge {
				return nil
			}
			l.warn("%s: the newest, %s, is %s old%s", say, clean.Key([]byte(b.Path)), columns.Age(b.Time, now), unchecked)
			return differs
		case b.Verdict == etcdsource.BackupUnchecked && b.Problem == "" && unchecked == "" && age < l.maxAge:
			unchecked = "; check a newer one: etcdscope snapshot verify " + clean.Key([]byte(b.Path))
		}
	}
	l.warn("%s: none is verified%s", say, unchecked)
	return differs
}

package print

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/change"
	wording "github.com/etcdscope/etcdscope/tui/words"
)

const snapshotHistoryLong = `Print when an object has changed, as the backups in a folder or a bucket know it, the oldest change first.

The backups of one cluster in a place are one timeline, whatever tool wrote them. A change that a delta snapshot of etcdscope holds has
its exact time, or two times where it may have been received late: one at which it was not made yet, and that of the receipt. Of the deltas of
other tools only the latter is known: by then it was made. Any other change lies between two backups: the newest that was made
before it, and the oldest that was made after it. Writes that
no backup holds, because they were compacted before the next one was made, are counted in UNSEEN. BACKUP holds what was written:
etcdscope get KEY --rev REVISION --from BACKUP prints it. Backups of other clusters, and what cannot be read, are named on stderr.
Of what indexes (.etcdscope/ID.json) list, one cluster is one etcd. Backups that hold different versions at one revision, and
take turns in time, are of two clusters; where they do not take turns, stderr names the first revision that differs.
Where a place has several clusters, that of the newest backup is asked, and stderr names the others; --cluster chooses one.
Where nothing has changed in the time of --since, the last change before it is printed, and stderr says so.

Of a snapshot of more than 8 MiB in a folder, or 2 MiB packed, only what shows the changes of the object is read, without its checksum;
how many of these were never verified is said on stderr. A packed one is unpacked into TMPDIR, a few at a time, and nothing is left
there; --max-unpack says how much each may take.

Of a bucket each backup of that time is copied into TMPDIR, read and removed, a few at a time; how much that is is said first.`

// clusterFlag chooses one of several clusters of a place.
func clusterFlag(c *cobra.Command, value *string) {
	c.Flags().StringVar(value, "cluster", "", "of one cluster: the uid of its namespace kube-system, the ID of its etcd cluster, the first 4 characters of one or more, or its name")
}

// unpackSilently is how much of packed backups is unpacked without saying so, in bytes as they are packed.
const unpackSilently = 64 << 20

// backupHistory prints when an object has changed.
type backupHistory struct {
	*app
	dir   string
	place etcdsource.Place // the same, with how it is reached
	store storeFlags
	where place
	since string // as given
	// cluster chooses one of several, as Backup.Of does.
	cluster string
	ago     time.Duration
	// changes asks for the fields that each change changed.
	changes bool
	// named says that the object was named by its kind, and not by its key.
	named bool
	s     *store // the newest backup, where it was opened; nil else
}

func (a *app) snapshotHistoryCmd() *cobra.Command {
	h := &backupHistory{app: a}
	c := &cobra.Command{
		Use: "history DIR|s3://BUCKET/PREFIX KEY", Short: "Print when an object has changed, in a folder or bucket of backups", Long: snapshotHistoryLong, Args: cobra.MinimumNArgs(2), Annotations: formats("text json"),
		Example: "  etcdscope snapshot history . pods/picky -n team-a\n  etcdscope snapshot history . pods/picky -n team-a --since 7d -o json\n  etcdscope snapshot history . pods/picky -n team-a --changes\n  etcdscope snapshot history . /registry/pods/team-a/picky",
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.funcs.History == nil {
				return usage("print the history in backups: this build cannot")
			}
			if m, ok := attribution.ReadMoment(h.since); !ok || m.Ago <= 0 {
				return usage("read --since %s: it is no duration; give one like 7d or 30d", clean.Key([]byte(h.since)))
			} else {
				h.ago = m.Ago
			}
			h.dir = args[0]
			var err error
			if h.place, err = h.store.place(h.dir); err != nil {
				return err
			}
			return h.run(cmd.Context(), args[1:])
		},
	}
	h.store.connect(c)
	c.Flags().StringVarP(&h.where.ns, "namespace", "n", "", "namespace")
	clusterFlag(c, &h.cluster)
	c.Flags().BoolVar(&h.changes, "changes", false, "with the fields that each changed, against the version before it that a backup holds")
	c.Flags().StringVar(&h.since, "since", "30d", "how far back from the newest backup")
	return c
}

func (h *backupHistory) run(ctx context.Context, args []string) error {
	defer func() {
		if h.s != nil {
			h.s.close()
		}
	}()
	key, err := h.key(ctx, args)
	if err != nil {
		return err
	}
	p := &progress{app: h.app, on: isTerminal(h.stderr)}
	list, err := h.funcs.History(ctx, h.place, key, etcdsource.HistoryOptions{
		Back: h.ago, Cluster: h.cluster, Progress: p.report, MaxUnpack: h.flags.maxUnpack,
		Skipped:       func(path, why string) { h.warn("%s: left out: %s", clean.Key([]byte(path)), clean.Text(why)) },
		Contradiction: func(older, newer string, revision int64) { h.warn("%s", wording.Contradiction(older, newer, revision)) },
		Several: func(asked string, others []string) {
			h.warn("the backups are of %s: this is the history of %s; --cluster chooses %s", many(int64(len(others)+1), "cluster"), clean.Key([]byte(asked)), choices(others))
		},
		Unverified: func(n int) {
			h.warn("%s not verified: of large files only what is new in each was read; etcdscope snapshot verify checks them", many(int64(n), "backup"))
		},
		Unpacking: func(n int, bytes int64) {
			if bytes > unpackSilently {
				h.warn("%s are packed, %s in all: each is unpacked, read and removed again, a few at a time", many(int64(n), "backup"), size(bytes))
			}
		},
		Copying: func(n int, bytes int64) {
			h.warn("%s of the bucket, %s in all, are copied, a few at a time, read and removed", many(int64(n), "backup"), size(bytes))
		},
	})
	p.end()
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return no("print the history of %s in %s: no backup of the %s up to the newest one holds it%s", clean.Key(key), clean.Key([]byte(h.dir)), h.since, h.assumed(key))
	}
	switch {
	case list[0].Earlier:
		h.warn("it has not changed in the %s up to the newest backup: this is its last change", h.since)
	case list[0].Before != nil:
		h.warn("the list begins %s before the newest backup, and older ones hold the object too: --since reaches further back", h.since)
	}
	if h.flags.format == "json" {
		return h.json(list)
	}
	return h.text(list)
}

// choices names clusters that may be chosen instead.
func choices(names []string) string {
	list := make([]string, 0, mostClusters)
	for _, n := range names[:min(len(names), mostClusters)] {
		list = append(list, clean.Key([]byte(n)))
	}
	if n := len(names) - mostClusters; n > 0 {
		return strings.Join(list, ", ") + fmt.Sprintf(" or one of %d more", n)
	}
	if last := len(list) - 1; last > 0 {
		return strings.Join(list[:last], ", ") + " or " + list[last]
	}
	return strings.Join(list, "")
}

// assumed says which namespace was looked in, where none was given, and that what names no type was taken for a key.
func (h *backupHistory) assumed(key []byte) string {
	if first, _, _ := strings.Cut(string(key), "/"); h.named && first != "" {
		return "; " + clean.Key([]byte(first)) + " is no type that the newest backup has, so this was taken for a key"
	}
	if h.named && h.where.ns == "" && strings.Contains(string(key), "/default/") {
		return "; without -n it is looked for in namespace default: give -n NAMESPACE for another one"
	}
	return ""
}

// key is the key that arguments name. Kinds are those of the newest backup that can be opened.
func (h *backupHistory) key(ctx context.Context, args []string) ([]byte, error) {
	exact := len(args) == 1 && strings.HasPrefix(args[0], "/")
	h.named = !exact
	if exact && !h.changes {
		return []byte(args[0]), nil
	}
	l := &backupLister{app: h.app, dir: h.dir, place: h.place}
	list, err := l.list(ctx)
	if err != nil {
		return nil, err
	}
	of := ""
	if h.cluster != "" {
		of = " of cluster " + clean.Key([]byte(h.cluster))
	}
	err = no("print the history of %s: there are no backups%s in %s%s", clean.Key([]byte(strings.Join(args, " "))), of, clean.Key([]byte(h.dir)), clustersIn(list, h.cluster))
	for i := range list {
		b := &list[i]
		if h.cluster != "" && !b.Of(h.cluster) || b.Foreign || b.ChangesOnly() || b.Problem != "" {
			continue
		}
		o := h.flags.openOptions()
		o.Path = b.Path
		if h.s, err = h.quietly(ctx, o); err != nil {
			h.s = nil
			continue
		}
		if exact {
			return []byte(args[0]), nil
		}
		return h.s.one(ctx, "snapshot history", args, h.where)
	}
	return nil, err
}

// historyPoint and historyLine are a change in JSON. What is not known is left out.
type historyPoint struct {
	Path     string `json:"path"`
	Time     string `json:"time"`
	Revision int64  `json:"revision"`
}

type historyLine struct {
	key
	Type     string        `json:"type"`
	Revision int64         `json:"revision,omitempty"`
	Version  int64         `json:"version,omitempty"`
	Bytes    int           `json:"bytes"`
	Time     string        `json:"time,omitempty"`     // exact
	Earliest string        `json:"earliest,omitempty"` // of a change in a delta snapshot that may have been received late
	Latest   string        `json:"latest,omitempty"`
	After    *historyPoint `json:"after,omitempty"`
	Before   *historyPoint `json:"before"`
	Unseen   int64         `json:"unseen"`
	Backup   string        `json:"backup"`            // that holds it
	Earlier  bool          `json:"earlier,omitempty"` // it lies before --since, and nothing has changed since
	Summary  string        `json:"summary,omitempty"`
	// Changes are the fields that differ from the version before that a backup holds; with --changes only.
	Changes *[]diff.Change `json:"changes,omitempty"`
}

func pointOf(p etcdsource.BackupPoint) *historyPoint {
	if p.Time.IsZero() {
		return nil
	}
	return &historyPoint{clean.Key([]byte(p.Path)), nano(p.Time), p.Revision}
}

func (h *backupHistory) json(list []etcdsource.BackupChange) error {
	for i := range list {
		c := &list[i]
		line := historyLine{key: keyOf(c.Key), Type: c.Type.String(), Revision: c.Mod, Version: c.Version, Bytes: len(c.Value), After: pointOf(c.After), Before: pointOf(c.Upto),
			Unseen: c.Unseen, Backup: clean.Key([]byte(c.Held)), Earlier: c.Earlier}
		if c.Exact {
			line.Time = c.Time.UTC().Format(time.RFC3339Nano)
		} else {
			line.Earliest, line.Latest = nano(c.NotBefore), nano(c.Time)
		}
		if h.changes {
			d := h.describe(c)
			changes := d.Changes
			if changes == nil {
				changes = []diff.Change{}
			}
			line.Summary, line.Changes = d.Summary, &changes
		}
		if err := h.out.json(line); err != nil {
			return err
		}
	}
	return nil
}

// nano writes a time with its fractions, "" for none.
func nano(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// describe says what a change did to the version before it that a backup holds.
func (h *backupHistory) describe(c *etcdsource.BackupChange) change.Change {
	return change.Describe(h.s.Decoder, h.s.Kinds, h.s.Root, c.Before, &c.Event, h.s.view)
}

func (h *backupHistory) text(list []etcdsource.BackupChange) error {
	lines := [][]string{{"MADE", "TYPE", "REVISION", "VERSION", "UNSEEN", "SIZE", "BACKUP"}}
	for i := range list {
		c := &list[i]
		lines = append(lines, []string{wording.Bracket(c), c.Type.String(), known(c.Mod, 1), known(c.Version, 1), fmt.Sprint(c.Unseen), size(int64(len(c.Value))), clean.Key([]byte(wording.Below(h.dir, c.Held)))})
	}
	if !h.changes {
		return h.out.columns(lines)
	}
	for i := range list {
		c := &list[i]
		d := h.describe(c)
		head := wording.Bracket(c) + "  " + c.Type.String()
		if c.Mod > 0 {
			head += fmt.Sprintf("  revision %d, version %d", c.Mod, c.Version)
		}
		if c.Unseen > 0 {
			head += fmt.Sprintf("  (%s before it in no backup)", many(c.Unseen, "write"))
		}
		if err := h.out.line(head + "  " + clean.Key([]byte(wording.Below(h.dir, c.Held))) + "  " + d.Summary); err != nil {
			return err
		}
		if err := h.out.changes("    ", d.Changes); err != nil {
			return err
		}
	}
	return nil
}

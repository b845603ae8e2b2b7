package print

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/model/verify"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// verifier checks a snapshot.
type verifier struct {
	*app
	path, previous, version string
	found                   string // the verdict, once there is one
	brief                   bool   // of the checks only those are printed that are not ok, behind the verdict
	wrong                   []string
}

const verifyLong = `Check a snapshot, or a member's data directory, and print a line a check: what it proves, and what was found.

  checksum   the sha256 at the end of the file
  pages      every page of the database; the free list
  revisions  every revision that is held, and their order
  meta       what etcd reads before it serves: members, leases, alarms, users, what was compacted
  wal        of a data directory: the WAL can be read to its end
  deltas     of a folder of Gardener's: the hash of each delta snapshot, and that each continues the one before it
  values     every version that is held decodes, or is encrypted; with --encryption-config, decrypts
  counts     objects of each type, against --previous, or the snapshot before it in the same folder
  version    the version that etcd wrote it for, against --etcd-version

The verdict is about the file: verified, where the checksum matches and nothing is damaged; readable, not verifiable,
where it carries no checksum; or damaged, with exit code 1. A value that cannot be read, or fewer objects than before, is
no damage of the file: these checks are then not ok, and say which. Keys of other programs are no fault.

Of a folder of several backups each is verified in turn, the newest first: a line for each, and its checks that are not ok. It goes on behind
one that is damaged, and ends with exit code 1 then.`

func (a *app) verifyCmd() *cobra.Command {
	v := &verifier{app: a}
	c := &cobra.Command{
		Use: "verify FILE|DIR", Short: "Check a snapshot: checksum, pages, revisions, values, counts", Long: verifyLong, Args: cobra.ExactArgs(1), Annotations: formats("text json"),
		Example: "  etcdscope snapshot verify backup.db\n  etcdscope snapshot verify backup.db --etcd-version 3.6 -o json\n  etcdscope snapshot verify backup.db --previous night.db",
		RunE: func(cmd *cobra.Command, args []string) error {
			v.path = args[0]
			if _, _, ok := verify.Minor(v.version); v.version != "" && !ok {
				return usage("read --etcd-version %s: it is no version; give one like 3.6", clean.Key([]byte(v.version)))
			}
			return v.any(cmd.Context())
		},
	}
	c.Flags().StringVar(&v.previous, "previous", "", "an earlier snapshot, to compare the numbers of objects with")
	c.Flags().StringVar(&v.version, "etcd-version", "", "the etcd that is to start with it")
	return c
}

// verdictLine is the last line.
type verdictLine struct {
	Path     string  `json:"path"`
	Verdict  string  `json:"verdict"`
	Revision int64   `json:"revision"`
	Keys     int64   `json:"keys"`
	Seconds  float64 `json:"seconds"`
}

// checkLine is a check.
type checkLine struct {
	Check  string   `json:"check"`
	OK     *bool    `json:"ok,omitempty"`
	Proves string   `json:"proves"`
	Detail string   `json:"detail"`
	Keys   []string `json:"keys,omitempty"` // that cannot be read
}

// any verifies a file, or each backup of a folder that is none itself.
func (v *verifier) any(ctx context.Context) error {
	err := v.run(ctx)
	if st, serr := os.Stat(v.path); err == nil || errors.Is(err, differs) || ctx.Err() != nil || serr != nil || !st.IsDir() || v.funcs.List == nil {
		return err
	}
	list, lerr := v.funcs.List(ctx, v.path)
	list = slices.DeleteFunc(list, func(b etcdsource.Backup) bool { return b.Foreign || b.ChangesOnly() })
	if lerr != nil || len(list) == 0 {
		return err
	}
	return v.each(ctx, list)
}

// each verifies backups in turn.
func (v *verifier) each(ctx context.Context, list []etcdsource.Backup) (worst error) {
	count := map[string]int{}
	for i := range list {
		one := &verifier{app: v.app, path: list[i].Path, version: v.version, previous: v.previous, brief: true}
		err := one.run(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
		case errors.Is(err, differs):
			worst = err
		default:
			v.warn("%s", clean.Error(err))
			count["not verified"]++
			worst = cmp.Or(worst, error(differs))
		}
		if one.found != "" {
			count[one.found]++
		}
	}
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(count)) {
		parts = append(parts, fmt.Sprintf("%d %s", count[what], what))
	}
	if v.flags.format == "json" {
		return worst
	}
	return cmp.Or(v.out.line(widget.Plural(int64(len(list)), "backup")+": "+strings.Join(parts, ", ")), worst)
}

func (v *verifier) run(ctx context.Context) (err error) {
	start := time.Now()
	p := &progress{app: v.app, on: isTerminal(v.stderr)}
	open := func(ctx context.Context, o OpenOptions) (*store, error) {
		s, err := v.quietly(ctx, o)
		if err == nil {
			v.foundKeys(s.Opened)
		}
		return s, err
	}
	r, kept, err := v.examine(ctx, open, verify.Options{
		Version: v.version, Previous: v.earlier, Progress: p.percent,
		Each: func(c verify.Check) error { p.end(); return v.line(c) },
	})
	p.end()
	if err != nil {
		return err
	}
	if kept != nil {
		v.warn("%s", clean.Error(kept))
	}
	return v.verdict(r, time.Since(start))
}

// earlier are the snapshots to compare the numbers of objects with.
func (v *verifier) earlier(ctx context.Context, revision int64) (list []verify.Earlier) {
	var paths []string
	switch {
	case v.previous != "":
		paths = []string{v.previous}
	case v.funcs.Previous != nil:
		paths = v.funcs.Previous(ctx, v.path, revision)
	}
	for _, path := range paths {
		list = append(list, verify.Earlier{Path: path, Named: v.previous != "", Open: func(ctx context.Context) (*learn.Opened, error) {
			return v.openEarlier(ctx, path)
		}})
	}
	return list
}

// openEarlier opens a snapshot to compare with. About one that was found nothing is asked, and it is not used where it is
// damaged.
func (v *verifier) openEarlier(ctx context.Context, path string) (*learn.Opened, error) {
	o := v.flags.openOptions()
	o.Path = path
	if v.previous == "" {
		return v.learn(ctx, o, false)
	}
	o.NoVerify = true
	s, err := v.quietly(ctx, o)
	if err != nil {
		return nil, err
	}
	return s.Opened, nil
}

func (v *verifier) line(c verify.Check) error {
	if v.brief {
		if c.State == etcdsource.Failed {
			v.wrong = append(v.wrong, "  "+c.Name+": "+c.Detail)
		}
		return nil
	}
	if v.flags.format == "json" {
		l := checkLine{Check: c.Name, Proves: c.Proves, Detail: c.Detail, Keys: c.Keys}
		if ok := c.State == etcdsource.Passed; ok || c.State == etcdsource.Failed {
			l.OK = &ok
		}
		return v.out.json(l)
	}
	state := map[etcdsource.VerdictState]string{etcdsource.Passed: "ok", etcdsource.Failed: "NOT OK"}[c.State]
	if state == "" {
		state = "unknown"
	}
	if err := v.out.line(fmt.Sprintf("%-9s  %-7s  %s", c.Name, state, c.Detail)); err != nil {
		return err
	}
	for _, k := range c.Keys {
		if err := v.out.line("                    " + k); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) verdict(r *verify.Report, took time.Duration) error {
	l := verdictLine{Path: clean.Key([]byte(v.path)), Verdict: r.Verdict.String(), Revision: r.Revision, Keys: r.Keys, Seconds: took.Seconds()}
	var err error
	v.found = l.Verdict
	if v.flags.format == "json" {
		err = v.out.json(l)
	} else {
		err = v.out.line(fmt.Sprintf("%s: %s, %s at revision %d, in %.1f s", l.Path, l.Verdict, widget.Plural(l.Keys, "key"), l.Revision, l.Seconds))
	}
	for _, w := range v.wrong {
		if err == nil && v.flags.format != "json" {
			err = v.out.line(w)
		}
	}
	if err == nil && r.Verdict == etcdsource.BackupDamaged {
		err = differs
	}
	return err
}

package print

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/verify"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// verifier checks a snapshot.
type verifier struct {
	*app
	path, previous, version string
	s                       *store
	damaged, proven         bool // a check of the file has failed; its checksum matches
}

const verifyLong = `Check a snapshot, or a member's data directory, and print a line a check: what it proves, and what was found.

  checksum   the sha256 at the end of the file
  pages      every page of the database; the free list
  revisions  every revision that is held, and their order
  meta       where the database was compacted, and how far the log was applied
  wal        of a data directory: the WAL can be read to its end
  values     every version that is held decodes, or is encrypted; with --encryption-config, decrypts
  counts     objects of each type, against --previous, or the snapshot before it in the same folder
  version    the version that etcd wrote it for, against --etcd-version

The verdict is about the file: verified, where the checksum matches and nothing is damaged; readable, not verifiable,
where it carries no checksum; or damaged, with exit code 1. A value that cannot be read, or fewer objects than before, is
no damage of the file: these checks are then not ok, and say which. Keys of other programs are no fault.`

func (a *app) verifyCmd() *cobra.Command {
	v := &verifier{app: a}
	c := &cobra.Command{
		Use: "verify FILE", Short: "Check a snapshot: checksum, pages, revisions, values, counts", Long: verifyLong, Args: cobra.ExactArgs(1), Annotations: formats("text json"),
		Example: "  etcdscope snapshot verify /backup/etcd.db\n  etcdscope snapshot verify /backup/etcd.db --etcd-version 3.6 -o json",
		RunE: func(cmd *cobra.Command, args []string) error {
			v.path = args[0]
			if _, _, ok := minor(v.version); v.version != "" && !ok {
				return usage("read --etcd-version %s: it is no version; give one like 3.6", clean.Key([]byte(v.version)))
			}
			return v.run(cmd.Context())
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

func (v *verifier) run(ctx context.Context) (err error) {
	start := time.Now()
	o := v.flags.openOptions()
	o.Path, o.NoVerify = v.path, true
	if v.s, err = v.quietly(ctx, o); err != nil {
		return err
	}
	defer v.s.close()
	checker, err := etcdsource.As[etcdsource.Checker](v.s.Source)
	if err != nil {
		return err
	}
	list, err := checker.Checks(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		v.damaged = v.damaged || c.State == etcdsource.Failed && c.Name != "wal"
		v.proven = v.proven || c.State == etcdsource.Passed && c.Name == "checksum"
		if err := v.line(c, nil); err != nil {
			return err
		}
	}
	if err := v.content(ctx); err != nil {
		return err
	}
	return v.verdict(time.Since(start))
}

// content checks what the file holds.
func (v *verifier) content(ctx context.Context) error {
	p := &progress{app: v.app, on: isTerminal(v.stderr)}
	now, err := verify.Read(ctx, v.s.Opened, func(n int64) { p.report("decoding", n, -1) })
	p.end()
	if err != nil {
		return err
	}
	c, keys := values(now)
	if err := v.line(c, keys); err != nil {
		return err
	}
	if c, err = v.counts(ctx, now); err != nil {
		return err
	}
	if err := v.line(c, nil); err != nil {
		return err
	}
	return v.line(v.versions(), nil)
}

// values sums up what the values are.
func values(v *verify.Values) (c etcdsource.Check, keys []string) {
	c = etcdsource.Check{Name: "values", State: etcdsource.Passed, Proves: "every version that is held decodes, or is encrypted"}
	say := []string{widget.Plural(int(v.Versions), "version")}
	if v.Bad > 0 {
		c.State = etcdsource.Failed
		for _, u := range v.Unreadable {
			keys = append(keys, clean.Key(u.Key))
		}
		first := v.Unreadable[0]
		say = append(say, fmt.Sprintf("%s cannot be read, the first %s at revision %d: %s", widget.Plural(int(v.Bad), "key"), clean.Key(first.Key), first.Revision, first.Why))
	}
	if v.Encrypted > 0 {
		say = append(say, fmt.Sprintf("%d encrypted (%s), not decrypted", v.Encrypted, strings.Join(v.Providers, ", ")))
	}
	if v.Unknown > 0 {
		say = append(say, fmt.Sprintf("%d of a kind, or with fields, that this build does not know", v.Unknown))
	}
	c.Detail = strings.Join(say, "; ")
	return c, keys
}

// counts compares the numbers of objects with those of an earlier snapshot.
func (v *verifier) counts(ctx context.Context, now *verify.Values) (etcdsource.Check, error) {
	c := etcdsource.Check{Name: "counts", Proves: "no type has lost more than half of its objects since the snapshot before"}
	path := v.previous
	if path == "" && v.funcs.Previous != nil {
		path = v.funcs.Previous(ctx, v.path, v.s.Info.Revision)
	}
	total := int64(0)
	for _, n := range now.Objects {
		total += n
	}
	if path == "" {
		c.Detail = fmt.Sprintf("%s of %s; there is no earlier snapshot to compare with", widget.Plural(int(total), "object"), widget.Plural(len(now.Objects), "type"))
		return c, nil
	}
	o := v.flags.openOptions()
	o.Path, o.NoVerify = path, true
	s, err := v.quietly(ctx, o)
	if err != nil {
		if v.previous != "" || ctx.Err() != nil {
			return c, err
		}
		c.Detail = "the snapshot before cannot be read: " + clean.Error(err)
		return c, nil
	}
	defer s.close()
	before, err := verify.Read(ctx, s.Opened, func(int64) {})
	if err != nil {
		return c, err
	}
	if v.previous == "" && before.Cluster != now.Cluster {
		c.Detail = fmt.Sprintf("%s; the snapshot before, %s, is of another cluster", widget.Plural(int(total), "object"), clean.Key([]byte(path)))
		return c, nil
	}
	say := []string{fmt.Sprintf("%s, against %s at revision %d", widget.Plural(int(total), "object"), clean.Key([]byte(path)), s.Info.Revision)}
	c.State = etcdsource.Passed
	for _, d := range now.Drops(before) {
		c.State = etcdsource.Failed
		say = append(say, fmt.Sprintf("%s %d, were %d", d.Type, d.Now, d.Before))
	}
	c.Detail = strings.Join(say, "; ")
	return c, nil
}

// versions compares the version of the database with that of the etcd that is to start with it.
func (v *verifier) versions() etcdsource.Check {
	c := etcdsource.Check{Name: "version", Proves: "that etcd can start with it"}
	stored := v.s.Info.Version
	major, min, ok := minor(stored)
	wantMajor, wantMin, asked := minor(v.version)
	switch {
	case !ok:
		c.Detail = "the file does not say which etcd wrote it, as before 3.6"
	case !asked:
		c.Detail = "written for etcd " + clean.Key([]byte(stored)) + "; give --etcd-version to compare"
	case major > wantMajor || major == wantMajor && min > wantMin:
		c.State, c.Detail = etcdsource.Failed, fmt.Sprintf("written for etcd %s, which %s cannot start with", clean.Key([]byte(stored)), clean.Key([]byte(v.version)))
	default:
		c.State, c.Detail = etcdsource.Passed, "written for etcd "+clean.Key([]byte(stored))
	}
	return c
}

// minor reads the first two numbers of a version.
func minor(version string) (major, min int, ok bool) {
	n, _ := fmt.Sscanf(strings.TrimPrefix(version, "v"), "%d.%d", &major, &min)
	return major, min, n == 2
}

func (v *verifier) line(c etcdsource.Check, keys []string) error {
	if v.flags.format == "json" {
		l := checkLine{Check: c.Name, Proves: c.Proves, Detail: clean.Text(c.Detail), Keys: keys}
		if ok := c.State == etcdsource.Passed; ok || c.State == etcdsource.Failed {
			l.OK = &ok
		}
		return v.out.json(l)
	}
	state := map[etcdsource.VerdictState]string{etcdsource.Passed: "ok", etcdsource.Failed: "NOT OK"}[c.State]
	if state == "" {
		state = "unknown"
	}
	if err := v.out.line(fmt.Sprintf("%-9s  %-7s  %s", c.Name, state, clean.Text(c.Detail))); err != nil {
		return err
	}
	for _, k := range keys {
		if err := v.out.line("                    " + k); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) verdict(took time.Duration) error {
	l := verdictLine{Path: v.path, Revision: v.s.Info.Revision, Keys: v.s.Info.Keys, Seconds: took.Seconds()}
	switch {
	case v.damaged:
		l.Verdict = "damaged"
	case v.proven:
		l.Verdict = "verified"
	default:
		l.Verdict = "readable, not verifiable"
	}
	var err error
	if v.flags.format == "json" {
		l.Path = clean.Key([]byte(l.Path))
		err = v.out.json(l)
	} else {
		err = v.out.line(fmt.Sprintf("%s: %s, %s at revision %d, in %.1f s", clean.Key([]byte(l.Path)), l.Verdict, widget.Plural(int(l.Keys), "key"), l.Revision, l.Seconds))
	}
	if err == nil && v.damaged {
		err = differs
	}
	return err
}

package verify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
)

// Options say what a backup is held against.
type Options struct {
	// Version is the etcd that is to start with it, "" for none.
	Version string
	// Previous returns the snapshots that may have been made before a revision, the newest first; the counts are compared
	// with the first that was, and is of the same cluster. It may be nil.
	Previous func(ctx context.Context, revision int64) []Earlier
	// Each receives every check as soon as it is done; it may be nil.
	Each func(Check) error
	// Progress receives now and then what is done, and how much of how much, -1 where that is not known: "reading values", by
	// their revisions. The calls come one after the other, from any goroutine. It may be nil.
	Progress func(step string, done, total int64)
}

// Earlier is a snapshot that may have been made before the one that is checked.
type Earlier struct {
	Path  string // untrusted text
	Named bool   // the user has chosen it: it may be of another cluster, and later, and must be readable
	Open  func(context.Context) (*learn.Opened, error)
}

// Check is a check, and the keys that it is about.
type Check struct {
	etcdsource.Check
	Keys []string // safe text; those that cannot be read, at most maxNamed
}

// Report is what was found of a backup.
type Report struct {
	Verdict  etcdsource.BackupVerdict
	Checks   []Check
	Cluster  string // the uid of the namespace kube-system, "" where not known
	Revision int64
	Keys     int64 // live ones
	Took     time.Duration
}

// Run checks a backup that was opened with NoVerify and Wait: the file first, then what it holds. Errors are of what could
// not be checked; what is found to be wrong is none. Run ends soon after its context, with its error.
func Run(ctx context.Context, o *learn.Opened, opt Options) (*Report, error) {
	start := time.Now()
	if opt.Progress == nil {
		opt.Progress = func(string, int64, int64) {}
	}
	checker, err := etcdsource.As[etcdsource.Checker](o.Source)
	if err != nil {
		return nil, err
	}
	list, err := checker.Checks(ctx)
	if err != nil {
		return nil, err
	}
	r := &runner{Report: Report{Revision: o.Info.Revision, Keys: o.Info.Keys, Verdict: Verdict(list)}, o: o, opt: opt}
	for _, c := range list {
		if err := r.add(Check{Check: c}); err != nil {
			return nil, err
		}
	}
	if err := r.content(ctx); err != nil {
		return nil, err
	}
	r.Took = time.Since(start)
	return &r.Report, nil
}

// Verdict sums up the checks of a file. A WAL that cannot be replayed is no damage of the database.
func Verdict(list []etcdsource.Check) etcdsource.BackupVerdict {
	v := etcdsource.BackupReadable
	for _, c := range list {
		switch {
		case c.State == etcdsource.Failed && c.Name != "wal":
			return etcdsource.BackupDamaged
		case c.State == etcdsource.Passed && c.Name == "checksum":
			v = etcdsource.BackupVerified
		}
	}
	return v
}

// runner carries a verification out.
type runner struct {
	Report
	o   *learn.Opened
	opt Options
}

func (r *runner) add(c Check) error {
	c.Detail, c.Proves = clean.Text(c.Detail), clean.Text(c.Proves)
	r.Checks = append(r.Checks, c)
	if r.opt.Each == nil {
		return nil
	}
	return r.opt.Each(c)
}

// content checks what the file holds.
func (r *runner) content(ctx context.Context) (err error) {
	head := r.o.Info.Revision
	v, err := Read(ctx, r.o, func(revision int64) { r.opt.Progress("reading values", min(revision, head), head) })
	if err != nil {
		return err
	}
	if err := r.add(v.check()); err != nil {
		return err
	}
	if r.Cluster, err = Cluster(ctx, r.o); err != nil {
		return err
	}
	c, err := r.counts(ctx)
	if err != nil {
		return err
	}
	if err := r.add(Check{Check: c}); err != nil {
		return err
	}
	return r.add(Check{Check: r.version()})
}

// has reports whether a check was made, and has failed where that is asked for.
func (r *runner) has(name string, failed bool) bool {
	return slices.ContainsFunc(r.Checks, func(c Check) bool { return c.Name == name && (!failed || c.State == etcdsource.Failed) })
}

// changesOnly reports whether it is a delta snapshot: it has a checksum, and no pages.
func (r *runner) changesOnly() bool { return r.has("checksum", false) && !r.has("pages", false) }

// version compares the version of the database, and says why none is known.
func (r *runner) version() etcdsource.Check {
	c := versions(r.o.Info.Version, r.opt.Version)
	_, _, known := Minor(r.o.Info.Version)
	switch {
	case known:
	case r.changesOnly():
		c.Detail = "a delta snapshot does not say it; the full one before it may"
	case r.has("pages", true):
		c.Detail = "what can be read of the file does not say it"
	}
	return c
}

// check sums up what the values are.
func (v *Values) check() Check {
	c := Check{Check: etcdsource.Check{Name: "values", State: etcdsource.Passed, Proves: "every version that is held decodes, or is encrypted"}}
	say := []string{text.Plural(v.Versions, "version")}
	if v.Bad > 0 {
		c.State = etcdsource.Failed
		for _, u := range v.Unreadable {
			c.Keys = append(c.Keys, clean.Key(u.Key))
		}
		first := v.Unreadable[0]
		say = append(say, fmt.Sprintf("%s cannot be read, the first %s at revision %d: %s", text.Plural(v.Bad, "key"), clean.Key(first.Key), first.Revision, first.Why))
	}
	if v.Encrypted > 0 {
		say = append(say, fmt.Sprintf("%d encrypted (%s), not decrypted", v.Encrypted, strings.Join(v.Providers, ", ")))
	}
	if v.Unknown > 0 {
		say = append(say, fmt.Sprintf("%d of a kind, or with fields, that this build does not know", v.Unknown))
	}
	c.Detail = strings.Join(say, "; ")
	return c
}

// counts compares the numbers of objects with those of the snapshot before.
func (r *runner) counts(ctx context.Context) (etcdsource.Check, error) {
	c := etcdsource.Check{Name: "counts", Proves: "no type has lost more than half of its objects since the snapshot before"}
	now, err := Count(ctx, r.o)
	if err != nil {
		return c, err
	}
	total := text.Plural(now.total(), "object")
	c.Detail = fmt.Sprintf("%s of %s; there is no earlier snapshot to compare with", total, text.Plural(len(now), "type"))
	switch {
	case r.changesOnly():
		c.Detail = total + "; it holds changes only, so that there is nothing to compare"
		return c, nil
	case r.opt.Previous == nil:
		return c, nil
	}
	for i, e := range r.opt.Previous(ctx, r.Revision) {
		before, revision, why, err := r.earlier(ctx, e)
		switch {
		case err != nil:
			return c, err
		case before == nil && i == 0: // the newest is the one that is missed
			c.Detail = total + "; " + why
			continue
		case before == nil:
			continue
		}
		c.State, c.Detail = compared(now, before), fmt.Sprintf("%s, against %s at revision %d", total, clean.Key([]byte(e.Path)), revision)
		for _, d := range now.Drops(before) {
			c.Detail += fmt.Sprintf("; %s %d, were %d", d.Type, d.Now, d.Before)
		}
		break
	}
	return c, nil
}

func compared(now, before Counts) etcdsource.VerdictState {
	if len(now.Drops(before)) > 0 {
		return etcdsource.Failed
	}
	return etcdsource.Passed
}

// earlier counts the objects of an earlier snapshot; it returns nil and why where that is not one to compare with.
func (r *runner) earlier(ctx context.Context, e Earlier) (c Counts, revision int64, why string, err error) {
	o, err := e.Open(ctx)
	if err != nil {
		if e.Named || ctx.Err() != nil {
			return nil, 0, "", err
		}
		return nil, 0, "the snapshot before cannot be read: " + clean.Error(err), nil
	}
	defer o.Source.Close()
	cluster, err := Cluster(ctx, o)
	switch {
	case err != nil:
		return nil, 0, "", err
	case e.Named:
	case cluster != r.Cluster && (cluster == "" || r.Cluster == ""):
		which := "the snapshot before, " + clean.Key([]byte(e.Path)) + ","
		if r.Cluster == "" {
			which = "this one"
		}
		return nil, 0, "which cluster " + which + " is of cannot be read, so the snapshot before is not compared", nil
	case cluster != r.Cluster:
		return nil, 0, "the snapshot before, " + clean.Key([]byte(e.Path)) + ", is of another cluster", nil
	case o.Info.Revision > r.Revision: // it was packed, so nobody knew
		return nil, 0, "there is no earlier snapshot to compare with", nil
	}
	c, err = Count(ctx, o)
	return c, o.Info.Revision, "", err
}

// versions compares the version of the database with that of the etcd that is to start with it.
func versions(stored, want string) etcdsource.Check {
	c := etcdsource.Check{Name: "version", Proves: "that etcd can start with it"}
	major, minor, ok := Minor(stored)
	wantMajor, wantMinor, asked := Minor(want)
	switch {
	case !ok:
		c.Detail = "the file does not say which etcd wrote it, as before 3.6"
	case !asked:
		c.Detail = "written for etcd " + clean.Key([]byte(stored)) + "; give --etcd-version to compare"
	case major > wantMajor || major == wantMajor && minor > wantMinor:
		c.State, c.Detail = etcdsource.Failed, fmt.Sprintf("written for etcd %s, which %s cannot start with", clean.Key([]byte(stored)), clean.Key([]byte(want)))
	default:
		c.State, c.Detail = etcdsource.Passed, "written for etcd "+clean.Key([]byte(stored))
	}
	return c
}

// Minor reads the first two numbers of a version.
func Minor(version string) (major, minor int, ok bool) {
	n, _ := fmt.Sscanf(strings.TrimPrefix(version, "v"), "%d.%d", &major, &minor)
	return major, minor, n == 2
}

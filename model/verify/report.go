package verify

import (
	"context"
	"fmt"
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
	// Previous opens the snapshot that the counts are compared with; it returns nil where there is none, and is nil where
	// none is wanted. named says that the user has chosen it: then it may be of another cluster, and must be readable.
	Previous func(ctx context.Context) (o *learn.Opened, path string, err error)
	Named    bool
	// Each receives every check as soon as it is done; it may be nil.
	Each func(Check) error
	// Progress receives now and then how many versions were decoded; it may be nil.
	Progress func(versions int64)
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
// not be checked; what is found to be wrong is none.
func Run(ctx context.Context, o *learn.Opened, opt Options) (*Report, error) {
	start := time.Now()
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
func (r *runner) content(ctx context.Context) error {
	progress := r.opt.Progress
	if progress == nil {
		progress = func(int64) {}
	}
	now, err := Read(ctx, r.o, progress)
	if err != nil {
		return err
	}
	r.Cluster = now.Cluster
	if err := r.add(now.check()); err != nil {
		return err
	}
	c, err := r.counts(ctx, now)
	if err != nil {
		return err
	}
	if err := r.add(Check{Check: c}); err != nil {
		return err
	}
	return r.add(Check{Check: versions(r.o.Info.Version, r.opt.Version)})
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

// counts compares the numbers of objects with those of an earlier snapshot.
func (r *runner) counts(ctx context.Context, now *Values) (etcdsource.Check, error) {
	c := etcdsource.Check{Name: "counts", Proves: "no type has lost more than half of its objects since the snapshot before"}
	total := int64(0)
	for _, n := range now.Objects {
		total += n
	}
	var before *Values
	o, path, err := r.previous(ctx)
	revision := int64(0)
	if err == nil && o != nil {
		defer o.Source.Close()
		revision = o.Info.Revision
		before, err = Read(ctx, o, func(int64) {})
	}
	switch {
	case err != nil && (r.opt.Named || ctx.Err() != nil):
		return c, err
	case err != nil:
		c.Detail = "the snapshot before cannot be read: " + clean.Error(err)
		return c, nil
	case before == nil:
		c.Detail = fmt.Sprintf("%s of %s; there is no earlier snapshot to compare with", text.Plural(total, "object"), text.Plural(int64(len(now.Objects)), "type"))
		return c, nil
	case !r.opt.Named && before.Cluster != now.Cluster:
		c.Detail = fmt.Sprintf("%s; the snapshot before, %s, is of another cluster", text.Plural(total, "object"), clean.Key([]byte(path)))
		return c, nil
	}
	say := []string{fmt.Sprintf("%s, against %s at revision %d", text.Plural(total, "object"), clean.Key([]byte(path)), revision)}
	c.State = etcdsource.Passed
	for _, d := range now.Drops(before) {
		c.State = etcdsource.Failed
		say = append(say, fmt.Sprintf("%s %d, were %d", d.Type, d.Now, d.Before))
	}
	c.Detail = strings.Join(say, "; ")
	return c, nil
}

func (r *runner) previous(ctx context.Context) (*learn.Opened, string, error) {
	if r.opt.Previous == nil {
		return nil, "", nil
	}
	return r.opt.Previous(ctx)
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

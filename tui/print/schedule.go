package print

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
)

// scheduleFlags are those of snapshot save that make backups again and again, or keep them by a rule.
type scheduleFlags struct {
	every, delta   string // as given
	keep           etcdsource.KeepRule
	once           bool
	unit, manifest bool
	store          storeFlags
}

// storeFlags say how a bucket is reached, and what is asked of it.
type storeFlags struct {
	endpoint     string
	insecureHTTP bool
	sse, lock    string
	rate         string // as given
}

// connect are the flags that any command on a bucket takes.
func (f *storeFlags) connect(c *cobra.Command) {
	c.Flags().StringVar(&f.endpoint, "s3-endpoint", "", "address of the store, https://HOST[:PORT] (AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL); left out: Amazon's")
	c.Flags().BoolVar(&f.insecureHTTP, "insecure-http", false, "talk to a store by http: anybody on the way can read the backups")
}

func (f *storeFlags) define(c *cobra.Command) {
	f.connect(c)
	c.Flags().StringVar(&f.sse, "sse", "", "server-side encryption to ask the store for: AES256, aws:kms or aws:kms:KEY")
	c.Flags().StringVar(&f.lock, "object-lock", "", "how long the store is to refuse to delete or change a backup: governance:DAYS or compliance:DAYS")
	c.Flags().StringVar(&f.rate, "max-rate", "", "bytes a second of the upload (20M); the stream from etcd is never slowed down")
}

// place is what the flags say of a place.
func (f *storeFlags) place(path string) (p etcdsource.Place, err error) {
	p = etcdsource.Place{Path: path, Endpoint: f.endpoint, InsecureHTTP: f.insecureHTTP, SSE: f.sse, ObjectLock: f.lock}
	bucket := etcdsource.IsBucket(path)
	for _, s := range []struct{ flag, value string }{{"s3-endpoint", f.endpoint}, {"sse", f.sse}, {"object-lock", f.lock}, {"max-rate", f.rate}} {
		if s.value != "" && !bucket {
			return p, usage("use --%s: %s is no bucket; give s3://BUCKET/PREFIX", s.flag, clean.Key([]byte(path)))
		}
	}
	if f.rate != "" {
		if p.MaxRate, err = parseBytes(f.rate); err != nil {
			return p, usage("read --max-rate %s: it is no number of bytes; give one such as 20M", clean.Key([]byte(f.rate)))
		}
	}
	return p, nil
}

// given are the flags as a command line gives them.
func (f *storeFlags) given() (list []string) {
	for _, s := range []struct{ flag, value string }{{"s3-endpoint", f.endpoint}, {"sse", f.sse}, {"object-lock", f.lock}, {"max-rate", f.rate}} {
		if s.value != "" {
			list = append(list, "--"+s.flag+"="+s.value)
		}
	}
	if f.insecureHTTP {
		list = append(list, "--insecure-http")
	}
	return list
}

func (f *scheduleFlags) define(c *cobra.Command) {
	p := c.Flags()
	f.store.define(c)
	p.StringVar(&f.every, "every", "", "make a backup again and again, so often (6h, 1d), until stopped; FILE is a folder")
	p.StringVar(&f.delta, "delta", "", "between them delta snapshots in Gardener's format, so often (5m)")
	p.IntVar(&f.keep.Last, "keep", 0, "keep the newest so many backups, and remove older ones that were made here of this cluster")
	p.IntVar(&f.keep.Daily, "keep-daily", 0, "keep the newest of each day too, of so many days")
	p.IntVar(&f.keep.Weekly, "keep-weekly", 0, "keep the newest of each week too, of so many weeks")
	p.BoolVar(&f.once, "once", false, "one backup now, listed and named as those of --every are; with --every: what starts it does so that often")
	p.BoolVar(&f.unit, "print-unit", false, "print a systemd service and timer that do this, and do nothing; needs --every")
	p.BoolVar(&f.manifest, "print-manifest", false, "print a Kubernetes CronJob that does this, and do nothing; needs --every")
}

// given reports whether a command line asks for a schedule, or for a rule of keeping.
func (f *scheduleFlags) given(c *cobra.Command) bool {
	for _, name := range []string{"every", "delta", "keep", "keep-daily", "keep-weekly", "once", "print-unit", "print-manifest"} {
		if c.Flags().Changed(name) {
			return true
		}
	}
	return false
}

// The least times between two backups.
const (
	leastEvery = time.Second
	leastDelta = 100 * time.Millisecond
)

// options reads the flags.
func (f *scheduleFlags) options(c *cobra.Command) (o etcdsource.ScheduleOptions, err error) {
	for _, n := range []struct {
		flag string
		n    int
	}{{"keep", f.keep.Last}, {"keep-daily", f.keep.Daily}, {"keep-weekly", f.keep.Weekly}} {
		if c.Flags().Changed(n.flag) && n.n < 1 {
			return o, usage("keep %d backups: --%s must be at least 1; leave it out to keep all", n.n, n.flag)
		}
	}
	o.Keep = f.keep
	if o.Every, err = period("every", f.every, leastEvery); err != nil {
		return o, err
	}
	if o.Delta, err = period("delta", f.delta, leastDelta); err != nil {
		return o, err
	}
	switch {
	case f.unit && f.manifest:
		return o, usage("print how to run it on a schedule: --print-unit and --print-manifest exclude each other; give one of them")
	case f.once && o.Delta > 0:
		return o, usage("make a backup: --once and --delta exclude each other; give one of them")
	case o.Delta > 0 && o.Every == 0:
		return o, usage("make delta snapshots: they follow on full ones; give --every 6h too")
	case o.Delta > 0 && o.Delta >= o.Every:
		return o, usage("make delta snapshots: --delta %s is not shorter than --every %s", f.delta, f.every)
	case f.once && !f.unit && !f.manifest:
		o.Every, o.Started = 0, o.Every
	}
	return o, nil
}

func period(flag, text string, least time.Duration) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	m, ok := attribution.ReadMoment(text)
	if !ok || m.Ago < least {
		return 0, usage("read --%s %s: it is no duration of at least %s; give one like 5m, 6h or 1d", flag, clean.Key([]byte(text)), least)
	}
	return m.Ago, nil
}

// schedule makes backups on a schedule, or one and keeps the others by a rule.
func (a *app) schedule(ctx context.Context, target string, o etcdsource.ScheduleOptions, f *scheduleFlags) error {
	if f.unit || f.manifest {
		return a.printDeployment(target, o, f)
	}
	place, err := f.store.place(target)
	if err != nil {
		return err
	}
	if a.funcs.Schedule == nil {
		return usage("make backups on a schedule: this build cannot")
	}
	if a.flags.from != "" {
		return usage("make backups on a schedule: --from names a file, and only a running cluster has backups to come; leave it out")
	}
	open, err := a.named(a.flags.openOptions())
	if err != nil {
		return err
	}
	a.hint()
	p := &progress{app: a, on: isTerminal(a.stderr)}
	r := &scheduleReport{app: a, progress: p, every: o.Every > 0}
	o.Report = r.report
	err = a.funcs.Schedule(ctx, open, place, o, p.report)
	p.end()
	switch {
	case err == nil:
		err = r.failed
	case errors.Is(err, etcdsource.ErrFailures):
		return no("%s", clean.Error(err))
	}
	if err == nil && interrupted(ctx) {
		return ctx.Err()
	}
	return err
}

// printDeployment prints what starts a schedule elsewhere.
func (a *app) printDeployment(target string, o etcdsource.ScheduleOptions, f *scheduleFlags) error {
	d, err := a.deployment(target, o, f)
	if err != nil {
		return err
	}
	for _, w := range d.warnings(f.unit) {
		a.warn("%s", w)
	}
	text := ""
	if f.unit {
		text = d.unit()
	} else if text, err = d.manifest(); err != nil {
		return err
	}
	for line := range strings.Lines(text) {
		if err := a.out.line(clean.Text(strings.TrimSuffix(line, "\n"))); err != nil {
			return err
		}
	}
	return nil
}

// interrupted reports whether a terminal has ended the program: a manager of services that does is answered with 0.
func interrupted(ctx context.Context) bool {
	cause := context.Cause(ctx)
	return cause != nil && strings.Contains(cause.Error(), "interrupt")
}

// scheduleReport prints what a schedule does.
type scheduleReport struct {
	*app
	progress *progress
	every    bool
	failed   error // of the output
}

// backupMade is a backup in JSON.
type backupMade struct {
	Kind     string   `json:"kind"` // full, delta
	Path     string   `json:"path"`
	From     int64    `json:"from,omitempty"` // of a delta: the oldest revision
	Revision int64    `json:"revision"`
	Bytes    int64    `json:"bytes"`
	SHA256   string   `json:"sha256"`
	Seconds  float64  `json:"seconds"`
	Verified bool     `json:"verified"`
	Removed  []string `json:"removed,omitempty"`
	Next     string   `json:"next,omitempty"`
}

func (r *scheduleReport) report(e etcdsource.ScheduleEvent) {
	r.progress.end()
	next := ""
	if !e.Next.IsZero() {
		next = e.Next.UTC().Format(time.RFC3339)
	}
	if e.Warning != "" {
		r.warn("%s", clean.Text(e.Warning))
	}
	switch {
	case e.Err != nil && r.every:
		again := ""
		if next != "" {
			again = ", again at " + next
		}
		r.warn("%s (failure %d in a row%s)", clean.Error(e.Err), e.Failures, again)
	case e.Err != nil || e.Path == "":
	case r.flags.format == "json":
		r.printed(r.out.json(backupMade{Kind: e.Kind, Path: clean.Key([]byte(e.Path)), From: e.From, Revision: e.Revision, Bytes: e.Bytes, SHA256: e.SHA256,
			Seconds: e.Took.Seconds(), Verified: true, Removed: e.Removed, Next: next}))
	default:
		r.text(&e, next)
	}
}

func (r *scheduleReport) text(e *etcdsource.ScheduleEvent, next string) {
	at, of := fmt.Sprintf("at revision %d", e.Revision), ofDatabase
	if e.From > 0 {
		of = "" // a delta is packed
		at = fmt.Sprintf("revisions %d to %d", e.From, e.Revision)
	}
	line := fmt.Sprintf("saved %s: %s, %s, verified, in %.1f s; sha256 %s%s", clean.Key([]byte(e.Path)), size(e.Bytes), at, e.Took.Seconds(), clean.Key([]byte(e.SHA256)), of)
	if next != "" && e.From == 0 {
		line += "; next at " + next
	}
	r.printed(r.out.line(line))
	for _, name := range e.Removed {
		r.printed(r.out.line("removed " + clean.Key([]byte(name))))
	}
}

func (r *scheduleReport) printed(err error) {
	if err = errors.Join(err, r.out.flush()); err != nil && r.failed == nil && !errors.Is(err, io.EOF) {
		r.failed = err
	}
}

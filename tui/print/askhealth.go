package print

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/hashcheck"
	"github.com/etcdscope/etcdscope/model/health"
	"github.com/etcdscope/etcdscope/model/learn"
	"github.com/etcdscope/etcdscope/model/overview"
)

// askHealth asks the members of the cluster, also of one without a quorum, and of one of which no member answers: then it
// returns also what this machine knows of it. With --hash then is called with the cluster, where a member answers.
func (a *app) askHealth(ctx context.Context, f *hashFlags, then func(*Opened) (*hashcheck.Result, error)) (*health.Report, *etcdsource.Offline, error) {
	if a.flags.from != "" && !f.on {
		return nil, nil, usage("ask the members of %s: it is a file, and health is asked of an etcd that runs; see snapshot verify", clean.Key([]byte(a.flags.from)))
	}
	if a.funcs.Open == nil {
		return nil, nil, usage("open the source: this build opens nothing")
	}
	o, err := a.named(a.flags.openOptions())
	if err != nil {
		return nil, nil, err
	}
	a.hint()
	o.Outage, o.Learner, o.Path = true, true, ""
	in := health.Input{}
	opened, err := a.funcs.Open(ctx, o)
	if err != nil {
		in.Probe, in.Offline, err = a.askSilent(ctx, o, err)
		if err != nil {
			return nil, nil, err
		}
		in.Site = health.Site{Distribution: in.Offline.Distribution, DataDir: in.Offline.DataDir, Node: in.Offline.Node}
		return health.Judge(in), in.Offline, nil
	}
	defer opened.Source.Close()
	in.Site, in.Local = health.Site{Distribution: opened.Distribution, DataDir: opened.DataDir, Node: a.nodeOf(ctx, &opened)}, a.local(ctx, opened.Distribution)
	prober, err := etcdsource.As[etcdsource.Prober](opened.Source)
	if err != nil {
		return nil, nil, err
	}
	if in.Probe, err = prober.Probe(ctx); err != nil {
		return nil, nil, err
	}
	in.Probe = a.behindLearner(ctx, o, &in)
	in.Place = a.place(ctx, &opened, &in.Probe, in.Site.Node)
	in.Sizes = a.sizes(ctx, opened.Backups, "")
	r := health.Judge(in)
	if (r.Verdict == health.NoQuorum || in.Site.Node == nil && r.Lacks()) && a.funcs.Offline != nil && !o.Demo {
		off := a.funcs.Offline(ctx, o)
		in.Offline = &off
		if n := off.Node; n != nil && len(n.Before) > 0 && r.Verdict != health.NoQuorum { // are the nodes of former members still there?
			in.Place = a.place(ctx, &opened, &in.Probe, n)
		}
		r = health.Judge(in)
	}
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	if f.on && r.Answers > 0 {
		in.Hash, err = then(&opened)
		r = health.Judge(in)
	}
	return r, in.Offline, err
}

// behindLearner asks the members that this node's files name, where only a learner answers at the addresses that are known.
func (a *app) behindLearner(ctx context.Context, o OpenOptions, in *health.Input) etcdsource.Probe {
	if a.funcs.Offline == nil || a.funcs.Ask == nil || !health.Judge(*in).LearnerOnly() {
		return in.Probe
	}
	off := a.funcs.Offline(ctx, o)
	if p, err := a.funcs.Ask(ctx, o, &off); err == nil && !p.Guessed {
		return p
	}
	return in.Probe
}

// placeTime is how long the store may take to say where members run, where it answers no read.
const placeTime = time.Second

// place reads where the members run; nil where the store cannot be read: then only the topology is not known.
func (a *app) place(ctx context.Context, opened *Opened, p *etcdsource.Probe, site *etcdsource.Node) *health.Place {
	if !slices.ContainsFunc(p.Members, func(m etcdsource.Member) bool { return m.Read.Took > 0 && m.Read.Fault == "" }) {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, placeTime)
		defer cancel()
	}
	known, err := learn.From(ctx, opened.Source, learn.Options{Prefix: a.prefixOf(opened), Likely: a.flags.prefix == "", Lenient: true})
	if err != nil || known.Unread != nil {
		return nil
	}
	place, _ := health.ReadPlace(ctx, opened.Source, known.Decoder, known.Root, p.Members, site)
	return place
}

// nodeOf is what this node's files say of the etcd that was found on it; nil for one that was not.
func (a *app) nodeOf(ctx context.Context, opened *Opened) *etcdsource.Node {
	if opened.Distribution == "" || a.funcs.Node == nil {
		return nil
	}
	n := a.funcs.Node(ctx, a.flags.root, "")
	return &n
}

// local is what this node's files say where the etcd that is open was not found by them; nil where it was.
func (a *app) local(ctx context.Context, distribution string) *etcdsource.Node {
	if distribution != "" || a.funcs.Node == nil || a.flags.demo {
		return nil
	}
	if n := a.funcs.Node(ctx, a.flags.root, ""); n.Here {
		return &n
	}
	return nil
}

// members is overview.Members, with what this node's files say.
func (a *app) members(ctx context.Context, o *learn.Opened) *health.Report {
	if o.Local == nil {
		o.Local = a.local(ctx, o.Distribution)
	}
	return overview.Members(ctx, o)
}

// listTime is how long the list of backups is waited for that says how a database grew.
const listTime = 10 * time.Second

// sizes are how large the database was, as the backups in the folder of the settings, or of the distribution, show it.
func (a *app) sizes(ctx context.Context, folder, cluster string) []health.Size {
	if c, err := a.config(); err == nil && c.Snapshots != "" {
		folder = c.Snapshots
	}
	if folder = cmp.Or(a.flags.screen.snapshots, folder); folder == "" || a.funcs.List == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, listTime)
	defer cancel()
	list, _ := a.funcs.List(ctx, folder)
	return health.SizesOf(list, cluster)
}

func (a *app) prefixOf(opened *Opened) string {
	if a.flags.prefix != "" {
		return a.flags.prefix
	}
	return opened.Prefix
}

// connection are the options with those of the cluster that --name names.
func (a *app) connection(o OpenOptions) OpenOptions {
	if named, err := a.named(o); err == nil {
		return named
	}
	return o
}

// askSilent asks members that could not be opened, those too of which only this machine's files know. It returns why they
// could not be opened where nothing is known of them.
func (a *app) askSilent(ctx context.Context, o OpenOptions, why error) (p etcdsource.Probe, off *etcdsource.Offline, err error) {
	var problem *etcdsource.Problem
	if a.funcs.Offline == nil || a.funcs.Ask == nil || o.Demo || ctx.Err() != nil || !errors.As(why, &problem) {
		return p, nil, why
	}
	known := a.funcs.Offline(ctx, o)
	if len(o.Live.Endpoints) == 0 && len(known.Endpoints) == 0 { // nothing was given, and nothing found
		return p, nil, a.offered(ctx, o, why)
	}
	if p, err = a.funcs.Ask(ctx, o, &known); err != nil {
		return p, nil, why
	}
	if ctx.Err() != nil {
		return p, nil, ctx.Err()
	}
	return p, &known, nil
}

// noAnswer is the error where no member answers.
func (a *app) noAnswer(r *health.Report, off *etcdsource.Offline) string {
	for i := range r.Rows {
		if m := &r.Rows[i]; m.Role == health.Refused {
			return "ask the members: TLS fails: " + clean.Text(m.Fault) + "; " + clean.Text(m.Refusal)
		}
	}
	s := "ask the members: none answers; start one, or name other addresses with --endpoints"
	if r.Verdict == health.Unknowable { // the others may serve
		s = "ask the members: the one address that is known does not answer; name another member's, or those of all, with --endpoints"
	}
	if off != nil {
		s += inPlace(off)
	}
	return s
}

// inPlace says what can be read in the place of a server that does not answer, "" for nothing.
func inPlace(off *etcdsource.Offline) string {
	c := off.Best()
	if c == nil {
		return ""
	}
	what := "the newest backup that is known, not the server"
	if c.DataDir {
		what = "the data directory of this node's member: the file, not the server"
	}
	if c.Unproven {
		what += "; whether it is of the cluster that was asked for is not known"
	}
	return "; or read " + clean.Key([]byte(c.Path)) + " with --from (" + what + ")"
}

// offered adds to an error of opening the cluster what can be read in its place.
func (a *app) offered(ctx context.Context, o OpenOptions, err error) error {
	var p *etcdsource.Problem
	if o.Path != "" || o.Demo || a.funcs.Offline == nil || ctx.Err() != nil || !errors.As(err, &p) {
		return err
	}
	off := a.funcs.Offline(ctx, a.connection(o))
	say := inPlace(&off)
	if say == "" || off.Best().Running {
		return err
	}
	if m := a.nonMember(ctx, o, &off); m != nil && off.Best().Path == m.Dir {
		say = "; the members answer elsewhere: see etcdscope health; " + clean.Key([]byte(m.Dir)) + " is this node's and holds " + m.Holds()
	}
	more := *p
	more.Do += say
	if p.Do == "" {
		more.Do = say[len("; "):]
	}
	more.Err = err
	return &more
}

// nonMember asks the members of a cluster that cannot be opened whether this node's etcd is one of them; nil where it is, and where none answers.
func (a *app) nonMember(ctx context.Context, o OpenOptions, off *etcdsource.Offline) *health.NonMember {
	if a.funcs.Ask == nil || !slices.ContainsFunc(off.Copies, func(c etcdsource.Copy) bool { return c.DataDir && c.Cluster != 0 }) {
		return nil
	}
	p, err := a.funcs.Ask(ctx, a.connection(o), off)
	if err != nil {
		return nil
	}
	return health.Judge(health.Input{Probe: p, Offline: off, Site: health.Site{Distribution: off.Distribution, DataDir: off.DataDir, Node: off.Node}}).NonMember
}

package print

import (
	"context"
	"errors"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/hashcheck"
	"github.com/etcdscope/etcdscope/model/learn"
	wording "github.com/etcdscope/etcdscope/tui/words"
)

// hashFlags are those of health --hash.
type hashFlags struct {
	on, yes bool
	files   []string // data directories and snapshots to be compared
	live    bool     // the members of the cluster are compared too
}

// liveWord names the running cluster among files, as in diff --to live.
const liveWord = "live"

// read reads the arguments: files, and live. A single file is compared with the cluster.
func (h *hashFlags) read(args []string, from string) error {
	if from != "" && h.on {
		args = append([]string{from}, args...)
	}
	if !h.on {
		switch {
		case len(args) > 0:
			return usage("read %s: files are compared with --hash; add it", clean.Key([]byte(args[0])))
		case h.yes:
			return usage("read --yes: it belongs to --hash; add it")
		}
		return nil
	}
	for _, a := range args {
		if a == liveWord {
			h.live = true
			continue
		}
		h.files = append(h.files, a)
	}
	h.live = h.live || len(h.files) < 2
	return nil
}

// hashing is one comparison: what is compared, and what must be closed after it.
type hashing struct {
	*app
	flags   *hashFlags
	copies  []etcdsource.Replica
	sources []etcdsource.Source
	logs    []etcdsource.LogReader
	dataDir string  // of this node's member, "" where none was found
	first   *holder // of the first source
}

// holder is whose data a source holds.
type holder struct {
	name    string
	cluster string // the UID of kube-system, "" where there is none
}

// same refuses a source that is of another cluster than those before it: hashes of unrelated stores say nothing. One that does not
// answer is left to the comparison.
func (h *hashing) same(ctx context.Context, src etcdsource.Source, name string) error {
	k, err := learn.From(ctx, src, learn.Options{Prefix: h.app.flags.prefix, Lenient: true})
	if err != nil || k.Unread != nil {
		return ctx.Err()
	}
	e, ok, err := etcdsource.Get(ctx, src, []byte(k.Root+"namespaces/kube-system"), 0)
	if err != nil {
		return ctx.Err()
	}
	o := holder{name: name}
	if ok {
		o.cluster = k.Decoder.Object(e.Key, e.Value, e.Mod).UID
	}
	switch {
	case h.first == nil:
		h.first = &o
	case h.first.cluster == "" && o.cluster != "", o.cluster == "" && h.first.cluster != "":
		one, other := h.first, &o
		if one.cluster == "" {
			one, other = other, one
		}
		return usage("compare %s with %s: %s is of a Kubernetes cluster, and %s has no namespace kube-system; name copies of one cluster, with --endpoints for its members", h.first.name, o.name, one.name, other.name)
	case h.first.cluster != o.cluster:
		return usage("compare %s with %s: they are of different clusters, with the UIDs %s and %s of the namespace kube-system; name copies of one cluster, with --endpoints for its members", h.first.name, o.name, clean.Key([]byte(h.first.cluster)), clean.Key([]byte(o.cluster)))
	}
	return nil
}

func (h *hashing) close() {
	for _, c := range h.copies {
		_ = c.Close()
	}
	for _, s := range h.sources {
		_ = s.Close()
	}
}

// add adds the copies of a source.
func (h *hashing) add(ctx context.Context, src etcdsource.Source) error {
	r, err := etcdsource.As[etcdsource.Replicated](src)
	if err != nil {
		return err
	}
	list, err := r.Replicas(ctx)
	h.copies = append(h.copies, list...)
	return err
}

// open opens the files.
func (h *hashing) open(ctx context.Context) error {
	for _, path := range h.flags.files {
		src, err := h.file(ctx, path)
		if err == nil {
			err = h.same(ctx, src, clean.Key([]byte(path)))
		}
		if err == nil {
			err = h.add(ctx, src)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// file opens a file. One of a member can be asked what its log says.
func (h *hashing) file(ctx context.Context, path string) (etcdsource.Source, error) {
	o := h.app.flags.openOptions()
	o.Path, o.Wait = path, true
	opened, err := unpacking(ctx, h.app, o, h.funcs.Open)
	if err != nil {
		return nil, err
	}
	h.sources = append(h.sources, opened.Source)
	if l, err := etcdsource.As[etcdsource.LogReader](opened.Source); err == nil {
		h.logs = append(h.logs, l)
	}
	return opened.Source, nil
}

// run compares, after it has said what that costs and asked.
func (h *hashing) run(ctx context.Context) (*hashcheck.Result, error) {
	check := hashcheck.New(ctx, h.copies)
	switch cost := check.Expect(); {
	case cost.Once.Copies < 2:
	case cost.Once.Members == 0: // no server reads anything
		h.warn("compare hashes: %s", wording.HashCost(cost))
	default:
		if err := h.agree(ctx, wording.HashCost(cost)); err != nil {
			return nil, err
		}
	}
	p := &progress{app: h.app, on: isTerminal(h.stderr)}
	defer p.end()
	return check.Run(ctx, hashcheck.Options{Logs: h.arbiters, Progress: func(step string) { p.say("hash", clean.Text(step), true) },
		Agree: func(ctx context.Context, more hashcheck.Cost) (bool, error) {
			if h.flags.yes {
				return true, nil
			}
			p.end()
			h.warn("%s", wording.HashMore(more))
			return h.askGoOn(ctx)
		}})
}

// agree says what it costs, and asks, unless --yes was given.
func (h *hashing) agree(ctx context.Context, cost string) error {
	if !h.flags.yes && (!isTerminal(h.stdin) || !isTerminal(h.stderr)) {
		return usage("compare the hashes of the members: %s; there is no terminal to ask on; add --yes to go on", cost)
	}
	h.warn("compare hashes: %s", cost)
	if h.flags.yes {
		return nil
	}
	yes, err := h.askGoOn(ctx)
	if err == nil && !yes {
		err = usage("compare the hashes of the members: the answer was no; nothing was read")
	}
	return err
}

// arbiters are the logs that can say which copy is right: those of the directories that were named, else that of this node's
// own member, where it can be read.
func (h *hashing) arbiters(ctx context.Context) []etcdsource.LogReader {
	if h.dataDir != "" {
		dir := h.dataDir
		h.dataDir = ""
		if _, err := h.file(ctx, dir); err != nil {
			var p *etcdsource.Problem
			if errors.As(err, &p) {
				h.warn("the member's own log is not asked which copy is right: %s", clean.Text(p.Why))
			}
		}
	}
	return h.logs
}

// hashMembers compares the members of an opened cluster, and the files that are named.
func (a *app) hashMembers(ctx context.Context, f *hashFlags, opened *Opened) (*hashcheck.Result, error) {
	h := &hashing{app: a, flags: f, dataDir: opened.DataDir}
	defer h.close()
	if err := h.add(ctx, opened.Source); err != nil {
		return nil, err
	}
	if len(f.files) > 0 {
		if err := h.same(ctx, opened.Source, "the cluster that answers"); err != nil {
			return nil, err
		}
	}
	if err := h.open(ctx); err != nil {
		return nil, err
	}
	return h.run(ctx)
}

// hashFiles compares files, without a cluster.
func (a *app) hashFiles(ctx context.Context, f *hashFlags) error {
	if a.funcs.Open == nil {
		return usage("open the source: this build opens nothing")
	}
	h := &hashing{app: a, flags: f}
	defer h.close()
	if err := h.open(ctx); err != nil {
		return err
	}
	r, err := h.run(ctx)
	if err != nil {
		return err
	}
	if a.flags.format == "json" {
		err = a.out.json(struct {
			Cluster hashState `json:"cluster"`
		}{hashState{r.Verdict, hashOf(r)}})
	} else {
		err = a.hashText(r)
	}
	if err == nil {
		err = notEqual(r)
	}
	return err
}

// notEqual is the error of a comparison: a silent no where copies differ, and why where they could not be compared. Keys that were all
// compared, and are equal, are none.
func notEqual(r *hashcheck.Result) error {
	switch {
	case r.Verdict == hashcheck.Differs:
		return differs
	case r.Verdict == hashcheck.Equal, r.Compared:
		return nil
	}
	return &codeError{exitSource, "compare the copies: they could not be compared: " + clean.Text(r.Why)}
}

// hashText prints what a comparison found.
func (a *app) hashText(r *hashcheck.Result) error {
	if err := a.out.line("Hash: " + a.out.paint(wording.HashRole(r.Verdict), wording.HashSentence(r))); err != nil {
		return err
	}
	table := [][]string{wording.HashHeads}
	for _, s := range r.Sides {
		table = append(table, wording.HashCells(r, s))
	}
	if err := a.out.columns(table); err != nil {
		return err
	}
	for i := range r.Earlier {
		for _, l := range append([]string{""}, wording.HashEarlier(&r.Earlier[i])...) {
			if err := a.out.line(l); err != nil {
				return err
			}
		}
	}
	for i := range r.Keys {
		d := &r.Keys[i]
		lines := []string{"", wording.HashKey(d)}
		for _, s := range wording.HashVersions(r, d) {
			lines = append(lines, "  "+s)
		}
		for _, l := range lines {
			if err := a.out.line(l); err != nil {
				return err
			}
		}
	}
	if r.More > 0 {
		return a.out.line(wording.HashRest(r))
	}
	return nil
}

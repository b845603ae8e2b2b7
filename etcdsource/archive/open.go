package archive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// Open opens a backup of any format: what snapfile.Open opens, and Gardener's snapshots. Of a folder of these the newest
// full one is opened with the delta snapshots that follow it, as one store in which each change that a delta holds has the
// time at which it was made; where there is no full one, the changes alone. A full snapshot that is named itself is opened
// alone, a delta snapshot shows its changes and nothing else.
//
// A delta snapshot that is missing, damaged, or of another cluster ends what is shown: Info.Behind says so. Errors are those
// of snapfile.Open.
func Open(ctx context.Context, path string, o snapfile.Options) (*snapfile.Source, error) {
	st, err := os.Stat(path)
	switch {
	case err != nil || !st.IsDir() && !st.Mode().IsRegular():
		return snapfile.Open(ctx, path, o)
	case st.IsDir():
		if full, deltas, ok := chain(path); ok {
			return openChain(ctx, path, full, deltas, o)
		}
		return snapfile.Open(ctx, path, o)
	}
	n, named := parseGardener(filepath.Base(path))
	if isDelta(path, named && n.Delta) {
		return openChain(ctx, path, "", []gardenerFile{{n, path}}, o)
	}
	if named {
		o.Follows = follows(path, n)
	}
	return snapfile.Open(ctx, path, o)
}

// Snapshot returns the file that holds all keys that Open reads from path: for a folder of Gardener, its newest full snapshot.
func Snapshot(path string) string {
	if full, _, ok := chain(path); ok && full != "" {
		return full
	}
	return path
}

// isDelta reports whether a file is a delta snapshot: by its content, or by its name where that is no database.
func isDelta(path string, named bool) bool {
	b, err := snapfile.Head(path)
	if err != nil {
		return named
	}
	return snapfile.IsDelta(b.Bytes) || named && !b.Bolt && !b.Tar
}

// follows says which snapshots beside a full one follow it, "" for none.
func follows(path string, n gardenerName) string {
	dir := filepath.Dir(absolute(path))
	list := gardenerFiles(dir, 0)
	newer := ""
	for _, f := range list {
		if !f.Delta && f.Last > n.Last {
			newer = filepath.Base(f.Path)
		}
	}
	deltas := following(list, gardenerFile{gardenerName: n})
	switch {
	case newer != "":
		return fmt.Sprintf("a newer full snapshot is beside it, %s; open the folder %s to see the newest with the delta snapshots that follow it", newer, dir)
	case len(deltas) == 1:
		return fmt.Sprintf("a delta snapshot follows it, up to revision %d, and is not shown; open the folder %s to see both", deltas[0].Last, dir)
	case len(deltas) > 1:
		return fmt.Sprintf("%d delta snapshots follow it, up to revision %d, and are not shown; open the folder %s to see all", len(deltas), deltas[len(deltas)-1].Last, dir)
	}
	return ""
}

// openChain opens a full snapshot, "" for none, with delta snapshots.
func openChain(ctx context.Context, path, full string, deltas []gardenerFile, o snapfile.Options) (*snapfile.Source, error) {
	c := &deltaChain{deltas: deltas, o: o, alone: full == ""}
	o.As = path
	if len(deltas) > 0 {
		o.Changes = &snapfile.Changes{TimeFrom: TimeFrom, Read: c.read}
	}
	if full != "" {
		return snapfile.Open(ctx, full, o)
	}
	return snapfile.OpenChanges(ctx, path, filepath.Base(filepath.Clean(path)), o)
}

// deltaChain are delta snapshots that follow each other.
type deltaChain struct {
	deltas []gardenerFile
	alone  bool // there is no full snapshot
	o      snapfile.Options
	count  int // of those that were added
}

// read adds the delta snapshots in turn, up to the first that cannot be.
func (c *deltaChain) read(ctx context.Context, to *snapfile.Adder) (snapfile.Added, error) {
	why := ""
	for i, d := range c.deltas {
		head := to.Head()
		if d.Last > 0 && d.Last <= head {
			continue // what it holds is held
		}
		if d.Start > head+1 && head > 0 {
			why = fmt.Sprintf("revisions %d to %d are in no delta snapshot: %s begins behind them; they are not shown, nor is what follows, up to revision %d", head+1, d.Start-1, filepath.Base(d.Path), c.last())
			break
		}
		bad, err := c.add(ctx, d, to)
		if err != nil {
			return snapfile.Added{}, err
		}
		if bad != nil {
			if len(c.deltas) == 1 && c.alone && !c.o.NoVerify {
				return snapfile.Added{}, deltaProblem(d.Path, bad)
			}
			why = c.notShown(i, d, bad, to.Head())
			break
		}
		c.count++
	}
	if err := to.Flush(); err != nil {
		return snapfile.Added{}, err
	}
	return c.report(to, why), nil
}

// last is the newest revision that the names of the delta snapshots say.
func (c *deltaChain) last() (rev int64) {
	for _, d := range c.deltas {
		rev = max(rev, d.Last)
	}
	return rev
}

// notShown says of a delta snapshot why it and those behind it are not shown.
func (c *deltaChain) notShown(i int, d gardenerFile, bad error, head int64) string {
	say := fmt.Sprintf("%s: %s", filepath.Base(d.Path), whyOf(bad))
	if c.alone && len(c.deltas) == 1 {
		return say
	}
	if n := len(c.deltas) - i - 1; n > 0 {
		return fmt.Sprintf("%s; it and what follows it, revisions %d to %d, are not shown", say, head+1, c.last())
	}
	return fmt.Sprintf("%s; it is not shown, revisions %d to %d", say, head+1, max(d.Last, head+1))
}

// add adds one delta snapshot, all of it or nothing; bad is why it was not. With NoVerify, of one that is opened alone what
// can be read is added.
func (c *deltaChain) add(ctx context.Context, d gardenerFile, to *snapfile.Adder) (bad, err error) {
	begin, err := to.Begin()
	if err != nil {
		return nil, err
	}
	broken := hashed(ctx, d.Path, c.o)
	if broken == nil || c.o.NoVerify && c.alone && len(c.deltas) == 1 {
		bad, err = sorted(events(ctx, d.Path, c.o, to.Add))
	}
	if broken != nil && bad == nil {
		bad = broken
	}
	if err == nil && bad == nil && d.Last > 0 && to.Head() != d.Last {
		bad = &eventError{fmt.Sprintf("its name says that it ends at revision %d, but it ends at %d", d.Last, to.Head())}
	}
	switch {
	case err != nil:
	case fatal(ctx, bad):
		bad, err = nil, bad
	case bad != nil && c.o.NoVerify && c.alone && len(c.deltas) == 1:
		to.Drop()
	case bad != nil:
		to.Undo(begin)
	}
	return bad, err
}

// sorted distinguishes a fault of a delta snapshot from an error that ends the opening.
func sorted(err error) (bad, fatal error) {
	var order *snapfile.OrderError
	var event *eventError
	var file *etcdsource.Problem
	if err == nil || errors.As(err, &order) || errors.As(err, &event) || errors.As(err, &file) {
		return err, nil
	}
	return nil, err
}

// fatal reports whether an error is no fault of the file: it needs more space than was allowed, or was interrupted.
func fatal(ctx context.Context, err error) bool {
	var big *etcdsource.UnpackError
	return err != nil && (ctx.Err() != nil || errors.As(err, &big))
}

// report sums up what was added.
func (c *deltaChain) report(to *snapfile.Adder, why string) snapfile.Added {
	a := snapfile.Added{Missing: why, Check: etcdsource.Check{Name: "deltas", State: etcdsource.Passed,
		Proves: "each delta snapshot has the hash of its content, and continues the one before it"}}
	many := "s"
	if c.count == 1 {
		many = ""
	}
	a.Check.Detail = fmt.Sprintf("%d delta snapshot%s, up to revision %d", c.count, many, to.Head())
	a.Note = "with " + a.Check.Detail
	if n := to.Missing(); n > 0 && why == "" {
		a.Missing = fmt.Sprintf("%d revisions are in none of the delta snapshots, although later ones are", n)
	}
	if a.Missing != "" {
		a.Behind, a.Check.State, a.Check.Detail = "delta snapshots missing", etcdsource.Failed, a.Missing
	}
	if c.alone {
		only := fmt.Sprintf("these are the changes of revisions %d to %d only: keys that they do not change are not shown", to.First(), to.Head())
		if a.Missing != "" {
			only = a.Missing + "; " + only
		}
		a.Note, a.Missing, a.Behind = "", only, "changes only"
	}
	return a
}

func deltaProblem(path string, bad error) error {
	var p *etcdsource.Problem
	if errors.As(bad, &p) {
		return bad
	}
	do := "copy it again from where it was saved"
	if errors.Is(bad, errHash) {
		do = "try --no-verify to read what is there"
	}
	return &etcdsource.Problem{Tried: "open delta snapshot " + path, Why: bad.Error(), Do: do, Err: bad, Partly: errors.Is(bad, errHash)}
}

func whyOf(err error) string {
	var p *etcdsource.Problem
	if errors.As(err, &p) {
		return p.Why
	}
	return err.Error()
}

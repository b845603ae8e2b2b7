package print

import (
	"context"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
)

// The story of one object needs little of a file: comparing the checksum of a large one would take most of the time. So it is left
// out, and stderr says so, unless the file was found to be damaged, or good, when it was verified last.

// littleHelp ends the help of commands that read little of a file.
const littleHelp = "Of one object in a file of more than 256 MiB, all pages are verified, but the checksum is not compared; stderr says so, unless\n" +
	"snapshot verify has found the file to be good, as it is now."

// openLittle is openFor for a command that may read little of a file.
func (a *app) openLittle(ctx context.Context, args []string, where place) (*store, error) {
	a.little = a.flags.from != "" && !a.flags.noVerify && a.verdict() != etcdsource.BackupDamaged
	defer func() { a.little = false }()
	return a.openFor(ctx, args, where)
}

// verdict is what the last verification of the file has found, as long as that is as it was then.
func (a *app) verdict() etcdsource.BackupVerdict {
	if a.funcs.Kept == nil {
		return etcdsource.BackupUnchecked
	}
	kept, _ := a.funcs.Kept(a.flags.from)
	return kept.Verdict
}

// warnNotCompared says that the checksum of a file was not compared, where it was not verified before.
func (a *app) warnNotCompared(o *learn.Opened) {
	if a.notCompared(o) && a.verdict() != etcdsource.BackupVerified {
		name := clean.Key([]byte(o.Info.Target))
		a.warn("%s: %s, since little of it is read; etcdscope snapshot verify %s does that", name, o.Info.Integrity.Text, name)
	}
}

// notCompared reports whether the checksum of a file was left out.
func (*app) notCompared(o *learn.Opened) bool { return o.Info.Integrity == etcdsource.NotCompared }

// compare opens a file again, with its checksum, where it was opened without.
func (a *app) compare(ctx context.Context, s *store) error {
	if !a.notCompared(s.Opened) {
		return nil
	}
	s.Source.Close()
	opened, err := a.open(ctx)
	if err == nil {
		*s = *opened
	}
	return err
}

// sum compares the checksum that was left out, unless one object is printed.
func (l *logger) sum(ctx context.Context) error {
	if len(l.targets) == 1 && l.few() != nil {
		l.warnNotCompared(l.s.Opened)
		return nil
	}
	return l.compare(ctx, l.s)
}

package print

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/crypt"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/audit"
	"github.com/etcdscope/etcdscope/model/attribution/clock"
	"github.com/etcdscope/etcdscope/model/learn"
)

// store is an opened source and how it is shown.
type store struct {
	*learn.Opened
	view  decode.View
	clock *clock.Clock        // dates revisions; nil until it is needed
	below []etcdsource.Source // that Source is on, and that are closed after it
	done  func()              // says what was asked of others; nil for nothing
	tail  *audit.Tail         // gathers what is appended to the audit log; nil where none is followed
}

// open opens what the flags name.
func (a *app) open(ctx context.Context) (*store, error) {
	return a.openWith(ctx, a.flags.openOptions())
}

// quietly opens a source without its warnings.
func (a *app) quietly(ctx context.Context, o OpenOptions) (*store, error) {
	o.Wait, o.NoSum = !a.little, a.little // nothing is printed of a file that may be damaged without saying so
	opened, err := unpacking(ctx, a, o, func(ctx context.Context, o OpenOptions) (*learn.Opened, error) { return a.learn(ctx, o, false) })
	if err != nil {
		return nil, a.offered(ctx, o, err)
	}
	return &store{Opened: opened, view: decode.View{Reveal: a.flags.reveal}}, nil
}

func (a *app) openWith(ctx context.Context, o OpenOptions) (*store, error) {
	opened, err := a.quietly(ctx, o)
	if err != nil {
		return nil, err
	}
	opened.done = func() {
		if opened.Asked != nil {
			if say := opened.Asked(); say != "" {
				a.warn("%s", clean.Text(say))
			}
		}
	}
	if opened.NoKeys != nil {
		a.warn("%s; encrypted values stay as they are", clean.Error(opened.NoKeys))
	}
	a.foundKeys(opened.Opened)
	if c := etcdsource.Clusters(opened.Source); c != "" {
		a.warn("%s; etcdscope health says more", clean.Text(c))
	}
	if l := etcdsource.Limits(opened.Source); l != "" {
		a.warn("%s", clean.Text(l))
	}
	if v := opened.Info.Integrity; v.State == etcdsource.Failed {
		a.warn("%s: %s", clean.Key([]byte(opened.Info.Target)), clean.Text(v.Text))
	}
	if say := opened.Info.Behind.Text; say != "" {
		a.warn("%s: %s", clean.Key([]byte(opened.Info.Target)), clean.Text(say))
	}
	return opened, nil
}

// foundKeys names a configuration with which values are decrypted although none was given.
func (a *app) foundKeys(o *learn.Opened) {
	if o.KeysFound != "" {
		a.warn("encrypted values are decrypted with the configuration that lies with the backup: %s", clean.Key([]byte(o.KeysFound)))
	}
}

// learn opens a source and reads what is needed to understand it; custom asks for the
// custom resources of a live one, as far as they can be read.
func (a *app) learn(ctx context.Context, o OpenOptions, custom bool) (*learn.Opened, error) {
	if a.funcs.Open == nil {
		return nil, usage("open the source: this build opens nothing")
	}
	if o.KMS && a.funcs.KMS == nil {
		return nil, usage("ask the KMS plugin: this build cannot")
	}
	o, err := a.named(o)
	if err != nil {
		return nil, err
	}
	a.hint()
	opened, err := a.funcs.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	l := learn.Options{Prefix: cmp.Or(o.Prefix, a.flags.prefix), EncryptionConfig: o.EncryptionConfig, Custom: custom, Lenient: custom}
	if l.Prefix == "" {
		l.Prefix, l.Likely = opened.Prefix, true
	}
	if l.EncryptionConfig == "" {
		l.EncryptionConfig, l.Found = opened.EncryptionConfig, true
		l.EncryptionText, l.NoKeys = opened.EncryptionText, opened.NoKeys
	}
	if o.KMS {
		l.KMS = func(plugins []crypt.Plugin, found bool) (crypt.Unwrap, func() string) {
			root := ""
			if found {
				root = o.Root
			}
			return a.funcs.KMS(ctx, plugins, root)
		}
	}
	known, err := learn.From(ctx, opened.Source, l)
	if err != nil {
		_ = opened.Source.Close()
		return nil, err
	}
	found := &learn.Opened{Known: known, Source: opened.Source, From: opened.From, Etcds: opened.Others, Distribution: opened.Distribution, DataDir: opened.DataDir, Node: a.nodeOf(ctx, &opened), Backups: opened.Backups}
	if custom && o.Path == "" && !o.Demo {
		found.Local = a.local(ctx, opened.Distribution)
	}
	if err := a.openAudit(ctx, found, o.AuditLogs, opened.AuditLog); err != nil {
		_ = opened.Source.Close()
		return nil, err
	}
	return found, nil
}

func (s *store) close() {
	if s.done != nil {
		s.done()
	}
	s.Source.Close()
	for _, b := range s.below {
		b.Close()
	}
}

// live reports whether the source is a running cluster that must be spared.
func (s *store) live() bool { return s.Info.Spare }

// targets reads the arguments that name objects.
func (s *store) targets(ctx context.Context, args []string, where place) ([]kinds.Target, error) {
	if len(args) > 0 {
		if err := s.Need(ctx, s.Source, args[0]); err != nil {
			return nil, err
		}
	} else if where.ns != "" && !s.Whole {
		if err := s.Custom(ctx, s.Source, 0); err != nil {
			return nil, err
		}
	}
	targets, err := s.Kinds.Parse(args, where.ns, where.all, s.Root)
	if err != nil {
		return nil, usage("%s", err)
	}
	if len(targets) > 0 && targets[0].Typed {
		if err := s.rooted(ctx, named(args, where)); err != nil {
			return nil, err
		}
	}
	return targets, nil
}

// place is where objects are looked for.
type place struct {
	ns  string
	all bool
}

func (p place) check() error {
	if p.ns != "" && p.all {
		return usage("read -n and -A: they exclude each other; give one of them")
	}
	return nil
}

// elsewhere says where to look for an object that is not there; namespaced says that a type was named that lives in namespaces.
func (p place) elsewhere(namespaced bool) string {
	if p == (place{}) && namespaced {
		return "it was looked for in namespace default: add -n NAMESPACE; get TYPE -A shows all"
	}
	return "etcdscope ls and get TYPE -A show what there is"
}

// within says in which namespace alone objects of a type were looked for, and how to look in others; "" for what is in none, and for
// all that is in a namespace.
func (p place) within(args []string, namespaced bool) string {
	switch {
	case p.all || !namespaced || len(args) == 0:
		return ""
	case p.ns == "":
		return " in namespace default; add -n NAMESPACE or -A"
	}
	return " in namespace " + clean.Key([]byte(p.ns)) + "; -A instead of -n shows all"
}

// elsewhere says where to look for the object of a key that is not there, and that arguments named.
func (s *store) elsewhere(k []byte, args []string, where place) string {
	ref, ok := s.Kinds.Locate(s.Root, k)
	return where.elsewhere(ok && ref.Namespaced && !slices.Contains(args, string(k)))
}

// warnTrouble says on stderr what keeps the store from taking writes, or soon will.
func (a *app) warnTrouble(s *store) {
	if say := s.Beside(); say != "" {
		a.warn("%s", clean.Text(say))
	}
	if _, why, _ := s.Info.Trouble(); why != "" {
		a.warn("%s: %s", clean.Key([]byte(s.Info.Target)), clean.Text(why))
	}
}

// warn writes a line to stderr.
func (a *app) warn(format string, args ...any) {
	fmt.Fprintln(a.stderr, a.out.hush("etcdscope: "+fmt.Sprintf(format, args...)))
}

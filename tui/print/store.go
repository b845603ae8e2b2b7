package print

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// store is an opened source with what is known of it.
type store struct {
	*Known
	src  etcdsource.Source
	from string
	view decode.View
}

// open opens what the flags name.
func (a *app) open(ctx context.Context) (*store, error) {
	o := a.flags.openOptions()
	return a.openWith(ctx, o)
}

func (a *app) openWith(ctx context.Context, o OpenOptions) (*store, error) {
	if a.funcs.Open == nil {
		return nil, usage("open the source: this build opens nothing")
	}
	opened, err := a.funcs.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	l := LearnOptions{Prefix: a.flags.prefix, EncryptionConfig: a.flags.encryptionConfig}
	if l.Prefix == "" {
		l.Prefix = opened.Prefix
	}
	if l.EncryptionConfig == "" {
		l.EncryptionConfig, l.Found = opened.EncryptionConfig, true
	}
	known, err := Learn(ctx, opened.Source, l)
	if err != nil {
		opened.Source.Close()
		return nil, err
	}
	s := &store{Known: known, src: opened.Source, from: opened.From, view: decode.View{Reveal: a.flags.reveal}}
	if known.NoKeys != nil {
		a.warn("%s; encrypted values stay as they are", clean.Error(known.NoKeys))
	}
	if v := known.Info.Integrity; v.State == etcdsource.Failed {
		a.warn("%s: %s", clean.Key([]byte(known.Info.Target)), clean.Text(v.Text))
	}
	return s, nil
}

func (s *store) close() { s.src.Close() }

// live tells whether the source is a running cluster that must be spared.
func (s *store) live() bool { return s.Info.Kind == etcdsource.KindLive }

// targets reads the arguments that name objects.
func (s *store) targets(ctx context.Context, args []string, where place) ([]kinds.Target, error) {
	if len(args) > 0 {
		if err := s.need(ctx, s.src, args[0]); err != nil {
			return nil, err
		}
	} else if where.ns != "" && !s.Whole {
		if err := s.custom(ctx, s.src, 0); err != nil {
			return nil, err
		}
	}
	targets, err := s.Kinds.Parse(args, where.ns, where.all, s.Root)
	if err != nil {
		return nil, usage("%s", err)
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

// warn writes a line to stderr.
func (a *app) warn(format string, args ...any) {
	fmt.Fprintln(a.stderr, "etcdscope: "+fmt.Sprintf(format, args...))
}

func sorted(list []kinds.Resource) []kinds.Resource {
	slices.SortFunc(list, func(x, y kinds.Resource) int { return cmp.Compare(x.Prefix, y.Prefix) })
	return list
}

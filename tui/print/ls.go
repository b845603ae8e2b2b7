package print

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// lister prints children.
type lister struct {
	*app
	s     *store
	rev   int64
	when  moment // the same, as it was given
	bytes bool
	found bool
}

// maxCounts is how many folders of a live store are counted; the others stay without a number.
const maxCounts = 200

func (a *app) lsCmd() *cobra.Command {
	var rev, ns string
	l := &lister{app: a}
	c := &cobra.Command{
		Use: "ls [PREFIX]", Short: "List what is below a prefix", Args: cobra.MaximumNArgs(1), Annotations: formats("text wide name json"),
		Example: "  etcdscope ls --demo\n  etcdscope ls /registry/pods/demo/ --bytes --demo\n  etcdscope ls -n demo --rev 700 --from backup.db",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			ctx := cmd.Context()
			if l.when, err = readMoment("--rev", rev); err != nil {
				return err
			}
			if l.s, err = a.openFor(ctx, args, place{}); err != nil {
				return err
			}
			defer l.s.close()
			a.warnTrouble(l.s)
			if l.rev, err = l.s.at(ctx, "--rev", l.when); err != nil {
				return err
			}
			switch {
			case len(args) == 0 && ns != "":
				err = l.namespace(ctx, ns)
			case len(args) == 0:
				err = l.top(ctx)
			default:
				err = l.prefix(ctx, args[0])
			}
			if err == nil && l.found && len(args) == 0 {
				err = l.warnRoots(ctx)
			}
			if err == nil && !l.found {
				if len(args) == 0 && ns == "" {
					return no("list the store: it is empty%s", at(l.rev))
				}
				return no("list %s: nothing is there%s; etcdscope ls shows what there is", what(args, ns), at(l.rev))
			}
			return err
		},
	}
	c.Flags().StringVar(&rev, "rev", "", "list at this revision")
	c.Flags().StringVarP(&ns, "namespace", "n", "", "list all objects of a namespace")
	c.Flags().BoolVar(&l.bytes, "bytes", false, "read the values too, and print their sizes")
	return c
}

func what(args []string, ns string) string {
	if len(args) > 0 {
		return clean.Key([]byte(args[0]))
	}
	if ns != "" {
		return "namespace " + clean.Key([]byte(ns))
	}
	return "the store"
}

func at(rev int64) string {
	if rev == 0 {
		return ""
	}
	return fmt.Sprintf(" at revision %d", rev)
}

// top lists the beginnings of all keys; what is below a leading slash is shown at once.
func (l *lister) top(ctx context.Context) error {
	return l.children(ctx, "", func(c etcdsource.Child) error {
		if c.Dir && string(c.Path) == "/" {
			return l.children(ctx, "/", l.own)
		}
		return l.own(c)
	})
}

// prefix lists a folder, or the key that is meant, or both.
func (l *lister) prefix(ctx context.Context, p string) error {
	if p == "" {
		return l.top(ctx)
	}
	if !strings.HasSuffix(p, "/") {
		e, ok, err := l.entry(ctx, []byte(p))
		if err != nil {
			return err
		}
		if ok {
			if err := l.own(etcdsource.Child{Path: e.Key, Name: p[strings.LastIndexByte(p, '/')+1:], Entry: e}); err != nil {
				return err
			}
		}
		p += "/"
	}
	if err := l.children(ctx, p, l.own); err != nil {
		return err
	}
	return l.apart(ctx, p, l.when)
}

func (l *lister) entry(ctx context.Context, k []byte) (e etcdsource.Entry, ok bool, err error) {
	span := etcdsource.Key(k)
	span.Values = l.bytes
	p, err := l.s.Source.Range(ctx, span, etcdsource.At{Revision: l.rev})
	if err != nil || len(p.Entries) == 0 {
		return e, false, err
	}
	return p.Entries[0], true, nil
}

// namespace lists all objects of a namespace.
func (l *lister) namespace(ctx context.Context, ns string) error {
	targets, err := l.s.targets(ctx, nil, place{ns: ns})
	if err != nil {
		return err
	}
	for _, t := range targets {
		span := etcdsource.Prefix(t.Prefix)
		span.Values = l.bytes
		err := etcdsource.Each(ctx, l.s.Source, span, l.rev, func(e etcdsource.Entry) error {
			return l.own(etcdsource.Child{Path: e.Key, Name: string(e.Key[len(t.Prefix):]), Entry: e})
		})
		if etcdsource.Seen(err) != nil {
			return err
		}
	}
	return nil
}

func (l *lister) children(ctx context.Context, prefix string, f func(etcdsource.Child) error) error {
	seq, err := l.s.Source.Children(ctx, etcdsource.Prefix(prefix), etcdsource.At{Revision: l.rev})
	if err != nil {
		return err
	}
	counted := 0
	for c, err := range seq {
		if err != nil {
			return err
		}
		switch {
		case c.Dir && c.Keys < 0 && counted < maxCounts:
			counted++
			if n, err := l.s.Source.Count(ctx, etcdsource.Prefix(string(c.Path)), etcdsource.At{Revision: l.rev}); err == nil {
				c.Keys = n
			}
		case !c.Dir && l.bytes:
			if e, ok, err := l.entry(ctx, c.Path); err != nil {
				return err
			} else if ok {
				c.Entry = e
			}
		}
		if err := f(c); err != nil {
			return err
		}
	}
	return nil
}

// childLine is a child as JSON.
type childLine struct {
	Name       string `json:"name"`
	Path       string `json:"path"`
	PathBase64 []byte `json:"pathBase64,omitempty"`
	Dir        bool   `json:"dir"`
	Keys       *int64 `json:"keys,omitempty"`
	Create     *int64 `json:"createRevision,omitempty"`
	Mod        *int64 `json:"modRevision,omitempty"`
	Version    *int64 `json:"version,omitempty"`
	Lease      *int64 `json:"lease,omitempty"`
	Bytes      *int64 `json:"bytes,omitempty"`
	Etcd       string `json:"etcd,omitempty"` // another etcd of the node, that keeps it
}

// own prints a child of the etcd that is open.
func (l *lister) own(c etcdsource.Child) error { return l.print(c, "") }

// print prints a child; etcd names the one that keeps it, "" for the one that is open.
func (l *lister) print(c etcdsource.Child, etcd string) error {
	l.found = true
	switch l.flags.format {
	case "json":
		return l.printJSON(c, etcd)
	case "name":
		return l.out.line(clean.Key(c.Path))
	}
	name := clean.Key(c.Path)
	if c.Dir {
		keys := ""
		if c.Keys >= 0 {
			keys = fmt.Sprint(c.Keys)
		}
		if etcd != "" {
			etcd = l.out.paint(text.Muted, "  in etcd "+clean.Key([]byte(etcd)))
		}
		return l.out.line(fmt.Sprintf("%8s  %s%s", keys, l.out.paint(text.Key, name), etcd))
	}
	size := ""
	if l.bytes {
		size = fmt.Sprintf("  %d bytes", c.Entry.Bytes)
	}
	wide := ""
	if l.flags.format == "wide" {
		wide = fmt.Sprintf("  created %d  version %d", c.Entry.Create, c.Entry.Version)
		if c.Entry.Lease > 0 {
			wide += fmt.Sprintf("  lease %x", c.Entry.Lease)
		}
	}
	return l.out.line(fmt.Sprintf("%8s  %s%s", "", name, l.out.paint(text.Muted, fmt.Sprintf("  rev %d%s%s", c.Entry.Mod, size, wide))))
}

func (l *lister) printJSON(c etcdsource.Child, etcd string) error {
	name, _ := clean.Escape([]byte(c.Name))
	path := keyOf(c.Path)
	line := childLine{Name: name, Path: path.Key, PathBase64: path.Base64, Dir: c.Dir, Etcd: etcd}
	if c.Dir {
		if c.Keys >= 0 {
			line.Keys = &c.Keys
		}
		return l.out.json(line)
	}
	e := &c.Entry
	line.Create, line.Mod, line.Version = &e.Create, &e.Mod, &e.Version
	if e.Lease != etcdsource.LeaseUnknown {
		line.Lease = &e.Lease
	}
	if l.bytes && e.Bytes >= 0 {
		line.Bytes = &e.Bytes
	}
	return l.out.json(line)
}

package print

import (
	"context"
	"fmt"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
)

// A node can keep Events in an etcd of their own. A command whose arguments name what is kept there reads that etcd, as if
// --etcd named it; one whose arguments name both is refused, for the revisions of two etcds have nothing in common.
//
//	etcdscope get events -A ─► main: where are they? ─► events, and nothing else is read of main

// openFor opens the etcd that keeps what the arguments name: the one that the flags name, or another one of its node.
func (a *app) openFor(ctx context.Context, args []string, where place) (*store, error) {
	s, err := a.open(ctx)
	if err != nil || len(s.Etcds) == 0 || a.flags.etcd != "" || len(args) == 0 {
		return s, err
	}
	e, err := s.keeper(args, where)
	if err != nil || e == nil {
		if err != nil {
			s.close()
			return nil, err
		}
		return s, nil
	}
	of, err := a.beside(ctx, s, e)
	s.close()
	if err != nil {
		return nil, err
	}
	a.warn("%s are in an etcd of their own, %s, at %s: its revisions are its own", strings.Join(e.Resources, ", "), clean.Key([]byte(e.Name)), clean.Key([]byte(of.Info.Target)))
	return of, nil
}

// beside opens another etcd of the node.
func (a *app) beside(ctx context.Context, s *store, e *learn.Etcd) (*store, error) {
	o := a.flags.openOptions()
	o.Etcd = e.Name
	if o.Prefix == "" && !s.Rootless() {
		o.Prefix = strings.TrimSuffix(s.Root, "/")
	}
	return a.quietly(ctx, o)
}

// keeper returns the other etcd that keeps all that the arguments name, nil for the one that is open.
func (s *store) keeper(args []string, where place) (*learn.Etcd, error) {
	targets, err := s.Kinds.Parse(args, where.ns, where.all, s.Root)
	if err != nil {
		return nil, nil // the command says what is wrong
	}
	var found *learn.Etcd
	for i, t := range targets {
		e := s.EtcdOf(t.Prefix)
		if t.Key != nil {
			e = s.EtcdOf(string(t.Key))
		}
		if i > 0 && e != found {
			other := e
			if other == nil {
				other = found
			}
			return nil, usage("read %s: %s are in an etcd of their own, %s, whose revisions are its own; name them in a command of their own",
				clean.Text(strings.Join(args, " ")), strings.Join(other.Resources, ", "), clean.Key([]byte(other.Name)))
		}
		found = e
	}
	return found, nil
}

// besideLine is another etcd of the node as JSON.
type besideLine struct {
	Name      string   `json:"etcd"`
	Resources []string `json:"resources,omitempty"`
	Source    string   `json:"source,omitempty"`
	Revision  *int64   `json:"revision,omitempty"` // its own: it says nothing of the main one's
	Keys      *int64   `json:"keys,omitempty"`
	DBSize    *int64   `json:"dbSize,omitempty"`
	Error     string   `json:"error,omitempty"`
}

// asides asks the other etcds of the node how much they hold.
func (a *app) asides(ctx context.Context, s *store) (out []besideLine) {
	for i := range s.Etcds {
		e := &s.Etcds[i]
		line := besideLine{Name: e.Name, Resources: e.Resources}
		of, err := a.beside(ctx, s, e)
		if err != nil {
			line.Error = clean.Error(err)
			out = append(out, line)
			continue
		}
		line.Source, line.Revision = clean.Key([]byte(of.Info.Target)), &of.Info.Revision
		if n, err := of.Source.Count(ctx, etcdsource.Prefix(""), etcdsource.At{}); err == nil {
			line.Keys = &n
		}
		if of.Info.DBSize >= 0 {
			line.DBSize = &of.Info.DBSize
		}
		of.Source.Close()
		out = append(out, line)
	}
	return out
}

// String is the line as text.
func (l besideLine) String() string {
	if l.Error != "" {
		return "etcd " + clean.Key([]byte(l.Name)) + " cannot be opened: " + l.Error
	}
	s := fmt.Sprintf("%s, revision %d of its own", l.Source, *l.Revision)
	if l.Keys != nil {
		s += fmt.Sprintf(", %d keys", *l.Keys)
	}
	if l.DBSize != nil {
		s += ", database " + size(*l.DBSize)
	}
	return s
}

// apart lists the folders below prefix that another etcd of the node keeps: as they are now, or at a time.
func (l *lister) apart(ctx context.Context, prefix string, when moment) error {
	for i := range l.s.Etcds {
		e := &l.s.Etcds[i]
		for _, folder := range e.Folders(l.s.Root, l.s.Kinds) {
			if parent := folder[:strings.LastIndexByte(strings.TrimSuffix(folder, "/"), '/')+1]; parent != prefix {
				continue
			}
			if l.rev != 0 && !when.timed() {
				l.warn("%s is in etcd %s, whose revisions are its own: --rev with a time (10m, 15:04) shows it too", clean.Key([]byte(folder)), clean.Key([]byte(e.Name)))
				continue
			}
			if err := l.folder(ctx, e, folder, when); err != nil {
				return err
			}
		}
	}
	return nil
}

// folder prints a folder of another etcd.
func (l *lister) folder(ctx context.Context, e *learn.Etcd, folder string, when moment) error {
	of, err := l.beside(ctx, l.s, e)
	if err != nil {
		l.warn("%s is in etcd %s, which cannot be opened: %s", clean.Key([]byte(folder)), clean.Key([]byte(e.Name)), clean.Error(err))
		return nil
	}
	defer of.Source.Close()
	rev, err := of.at(ctx, "--rev", when)
	if err != nil {
		return err
	}
	n, err := of.Source.Count(ctx, etcdsource.Prefix(folder), etcdsource.At{Revision: rev})
	if err != nil || n == 0 {
		return err
	}
	name := strings.TrimSuffix(folder, "/")
	return l.print(etcdsource.Child{Path: []byte(folder), Name: name[strings.LastIndexByte(name, '/')+1:], Dir: true, Keys: n}, e.Name)
}

package print

import (
	"context"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
)

// rooted refuses to look for objects in a store that holds none of Kubernetes: what is not found there says nothing.
func (s *store) rooted(ctx context.Context, what string) error {
	if !s.Rootless() {
		return nil
	}
	if s.empty(ctx) {
		return no("find %s: the store is empty", what)
	}
	return no("find %s: no Kubernetes root found, for no key holds an object of Kubernetes; etcdscope ls shows the keys, --prefix names a root", what)
}

// empty reports whether no key is there now; there may have been some.
func (s *store) empty(ctx context.Context) bool {
	everything := etcdsource.Prefix("")
	everything.Limit = 1
	p, err := s.Source.Range(ctx, everything, etcdsource.At{})
	return err == nil && len(p.Entries) == 0
}

// warnRoots says which of several roots is worked on.
func (l *lister) warnRoots(ctx context.Context) error {
	others, err := l.s.Others(ctx, l.s.Source)
	if err != nil || len(others) == 0 || l.flags.prefix != "" {
		return err
	}
	var names []string
	for _, r := range others {
		names = append(names, clean.Key([]byte(r)))
	}
	l.warn("the store has %s; types and namespaces are looked for below %s, add --prefix for another: %s",
		count(len(others)+1, "Kubernetes root"), clean.Key([]byte(l.s.Root)), strings.Join(names, ", "))
	return nil
}

// takers are the commands whose arguments are keys and types.
const takers = "ls get describe log diff blame rescue trace"

// noFile refuses a file where a key is meant and no source is named: it is meant to be opened.
func (a *app) noFile(cmd *cobra.Command, args []string) error {
	f := &a.flags
	if !contains(takers, cmd.Name()) || f.from != "" || f.demo || len(f.live.Endpoints) > 0 || f.live.Name != "" || os.Getenv(endpointsEnv) != "" {
		return nil
	}
	for _, arg := range args {
		if _, is := kinds.Builtin().Find(arg); is {
			continue
		}
		if st, err := os.Stat(arg); err == nil && st.Mode().IsRegular() {
			name := clean.Key([]byte(arg))
			return usage("%s %s: it is a file, and a key or type is meant here; open it with --from %s", cmd.Name(), name, name)
		}
	}
	return nil
}

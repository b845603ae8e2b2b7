package print

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution/family"
	"github.com/etcdscope/etcdscope/model/attribution/near"
)

func (a *app) traceCmd() *cobra.Command {
	l := &logger{app: a}
	c := &cobra.Command{
		Use: "trace KEY", Short: "Print the causal chain around an object", Annotations: formats("text wide json"),
		Long: "Prints what happened to an object, its owners, what it owns, and what it runs on (its node and that node's lease), with the Events\n" +
			"about them, in the order in which etcd has it: one line a step, as log prints it, with the lane of who wrote it. Mere signs of life are left out.",
		Example: "  etcdscope trace deploy/web -n demo --from backup.db\n  etcdscope trace pod nginx -n demo --recall",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if err := l.check(); err != nil {
				return err
			}
			if l.s, err = a.open(cmd.Context()); err != nil {
				return err
			}
			defer l.s.close()
			return l.trace(cmd.Context(), args)
		},
	}
	c.Flags().StringVarP(&l.where.ns, "namespace", "n", "", "namespace")
	l.recalled.define(c)
	return c
}

// trace prints the family of one key, which is found by reading everything once.
func (l *logger) trace(ctx context.Context, args []string) (err error) {
	if l.targets, err = l.s.targets(ctx, args, l.where); err != nil {
		return err
	}
	if len(args) == 0 || len(l.targets) != 1 || l.targets[0].Key == nil || l.targets[0].Prefix != "" {
		return usage("trace: it prints the story of one object; give a KEY, or TYPE NAME")
	}
	key := string(l.targets[0].Key)
	recalled := l.s.live() && l.recalled.on
	switch {
	case recalled:
		if err := l.recall(ctx, l.s, &l.recalled); err != nil {
			return err
		}
	case l.s.live():
		return usage("trace on a live store: what belongs to an object is found by reading the whole past; add --recall, which streams a snapshot of the whole store " +
			"into a temporary file, or read a saved one (snapshot save FILE, then trace --from FILE)")
	}
	n := 0
	if l.family, n, err = l.relatives(ctx, key); err != nil {
		return err
	}
	l.whole = n <= near.Few
	if len(l.family) == 0 {
		return no("trace %s: no version of this object is held; etcdscope ls shows what there is", clean.Key([]byte(key)))
	}
	l.quiet = true
	l.history = newHistory(l.s)
	return l.everything(ctx)
}

// relatives finds the keys that belong to the story of a key, and how many changes there are of all keys.
func (l *logger) relatives(ctx context.Context, key string) (in map[string]family.Relation, n int, err error) {
	f, seen := family.New(l.s.Root), false
	var links decode.Links
	err = etcdsource.EachChange(ctx, l.s.Source, etcdsource.Prefix(""), l.s.Info.Revision, func(e *etcdsource.Event) error {
		n++
		seen = seen || string(e.Key) == key
		if e.Type != etcdsource.Deleted {
			l.s.Decoder.Links(e.Key, e.Value, &links)
			f.Add(e.Key, &links)
		}
		return nil
	})
	if in = f.Of(key); len(in) == 0 && seen { // it has no uid, hence no family
		in = map[string]family.Relation{key: family.Self}
	}
	return in, n, err
}

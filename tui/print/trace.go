package print

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/attribution/near"
)

func (a *app) traceCmd() *cobra.Command {
	l := &logger{app: a}
	c := &cobra.Command{
		Use: "trace KEY", Short: "Print the causal chain around an object", Annotations: formats("text wide json"),
		Long: "Prints what happened to an object, its owners, what it owns, and what it runs on (its node and that node's lease), with the Events\n" +
			"about them: of a Service also its Endpoints and IPAddress, of pods their claims, volumes and storage classes, of an autoscaler its\n" +
			"target. Of an object that is being deleted the last lines say what holds it: its finalizers, and of a namespace what is left in it\n" +
			"and the finalizers of that. The lines come in the order in which etcd has it: one line a step, as log prints it, with the lane of who wrote it. Mere signs of life are left out.\n" +
			"Events that the node keeps in an etcd of their own are put in by the time that they say: with that etcd's name in the place of a revision.\n" + littleHelp,
		Example: "  etcdscope trace pod/crash -n demo --demo\n  etcdscope trace deploy/payments -n demo -o json --demo\n  etcdscope trace statefulset db -n demo --from backup.db",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if err := l.check(); err != nil {
				return err
			}
			if l.s, err = a.openLittle(cmd.Context(), args, l.where); err != nil {
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

// trace prints the family of one key.
func (l *logger) trace(ctx context.Context, args []string) (err error) {
	if l.targets, err = l.s.targets(ctx, args, l.where); err != nil {
		return err
	}
	if len(args) == 0 || len(l.targets) != 1 || l.targets[0].Key == nil || l.targets[0].Prefix != "" {
		return usage("trace: it prints the story of one object; give a KEY, or TYPE NAME")
	}
	l.warnNotCompared(l.s.Opened)
	key := string(l.targets[0].Key)
	recalled := l.s.live() && l.recalled.on
	switch {
	case recalled:
		if err := l.recall(ctx, l.s, &l.recalled); err != nil {
			return err
		}
	case l.s.live():
		return usage("trace on a live store: what belongs to an object is found by reading the whole past; %s",
			l.s.pastBy("add --recall, which streams a snapshot of the whole store into a temporary file, or read a saved one (snapshot save FILE, then trace --from FILE)"))
	}
	r, err := near.RelativesOf(ctx, l.s.Opened, key)
	if err != nil {
		return err
	}
	l.family, l.holds, l.whole = r.Of, r.Holds(key), r.Few
	if len(l.family) == 0 {
		return no("trace %s: no version of this object is held; %s", clean.Key([]byte(key)), l.s.elsewhere([]byte(key), args, l.where))
	}
	l.quiet = true
	l.history = newHistory(l.s)
	if err := l.join(ctx, r.Family); err != nil {
		return err
	}
	if err := l.everything(ctx); err != nil {
		return err
	}
	for _, e := range l.joined.rest() {
		if err := l.put(&e); err != nil {
			return err
		}
	}
	return l.held()
}

// heldLine is what an object that is being deleted waits for.
type heldLine struct {
	Held struct {
		key
		Kind       string   `json:"kind"`
		Finalizers []string `json:"finalizers"`
	} `json:"held"`
}

// held prints what keeps an object that is being deleted.
func (l *logger) held() error {
	for i := range l.holds {
		h := &l.holds[i]
		if l.flags.format == "json" {
			line := heldLine{}
			line.Held.key, line.Held.Kind, line.Held.Finalizers = keyOf([]byte(h.Key)), h.Kind, append([]string{}, h.Finalizers...)
			if err := l.out.json(line); err != nil {
				return err
			}
			continue
		}
		why := "it is still there"
		if len(h.Finalizers) > 0 {
			why = "waits for " + strings.Join(h.Finalizers, ", ")
		}
		name := l.s.Kinds.Kubectl(l.s.Root, []byte(h.Key))
		if err := l.out.line(l.out.paint(text.Warning, fmt.Sprintf("%8s  %s: %s", "held by", clean.Key([]byte(cmp.Or(name, h.Key))), clean.Key([]byte(why))))); err != nil {
			return err
		}
	}
	return nil
}

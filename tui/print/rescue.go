package print

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/diff"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/rescue"
)

// rescuer prints objects that are to be brought back.
type rescuer struct {
	*app
	s       *store
	where   place
	rev     int64
	owner   string
	unowned bool // also with --owner: leave out what is made again
	rules   rescue.Rules
	rescue.Collector
}

func (a *app) rescueCmd() *cobra.Command {
	r := &rescuer{app: a}
	var rev string
	c := &cobra.Command{
		Use: "rescue KEY… | TYPE [NAME…] | -n NS | --owner KEY", Short: "Print objects of a snapshot so that they can be applied again", Annotations: formats("text yaml json"),
		Long: "Prints objects as get --apply does, in an order that applies: namespaces, definitions, then what others need first.\n" +
			"An object that is deleted is printed as it was last, or as it was at --rev.\n" +
			"Left out are Events; what controllers make again, such as the ReplicaSets and Pods of a Deployment that is printed, unless --owned is given;\n" +
			"and Jobs and Pods that have ended, which would run again, unless --jobs is given. What is named by its key or its name is always printed,\n" +
			"and with --owner all that belongs to the object. stderr lists every object and every field that was left out, and what must be known\n" +
			"before applying: claims whose volume may be gone, objects that were being deleted, Jobs that run again.\n" +
			"A value that cannot be read, or that is another object than its key says, and a field that this build does not know are left out and\n" +
			"named. Exits with 1 where a value was left out for that, else with 2 where Secrets were, whose values are masked without --reveal.\n" +
			"With --endpoints, what differs from that store is printed on stderr first. Nothing is written to it: pipe the output to kubectl apply -f -.",
		Example: "  etcdscope rescue deploy/payments -n demo --rev 700 --from backup.db\n  etcdscope rescue --owner statefulset/db -n demo --from backup.db\n  etcdscope rescue -n demo --reveal --from backup.db | kubectl apply -f -",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			at, err := readMoment("--rev", rev)
			if err != nil {
				return err
			}
			if err := r.check(args); err != nil {
				return err
			}
			if r.s, err = a.openFor(cmd.Context(), args, r.where); err != nil {
				return err
			}
			defer r.s.close()
			if r.rev, err = r.s.at(cmd.Context(), "--rev", at); err != nil {
				return err
			}
			r.Collector = rescue.Collector{Source: r.s.Source, Decoder: r.s.Decoder, Reveal: r.flags.reveal, Locate: r.s.locate}
			return r.run(cmd.Context(), args)
		},
	}
	c.Flags().StringVar(&rev, "rev", "", "as of this revision, time or duration ago")
	c.Flags().StringVarP(&r.where.ns, "namespace", "n", "", "namespace; without a KEY everything in it")
	c.Flags().BoolVarP(&r.where.all, "all-namespaces", "A", false, "with a TYPE: in all namespaces")
	c.Flags().StringVar(&r.owner, "owner", "", "this object and all that belongs to it")
	c.Flags().BoolVar(&r.rules.Owned, "owned", false, "print what controllers make again too")
	c.Flags().BoolVar(&r.unowned, "no-owned", false, "leave out what controllers make again: the default but with --owner")
	c.Flags().BoolVar(&r.rules.Jobs, "jobs", false, "print Jobs and Pods that have ended too: applied, they run again")
	return c
}

func (r *rescuer) check(args []string) error {
	switch {
	case r.flags.from == "":
		return usage("rescue: there is no snapshot to take from; name one with --from")
	case r.rules.Owned && r.unowned:
		return usage("rescue: --owned and --no-owned exclude each other; give one of them")
	case r.owner != "" && len(args) > 0:
		return usage("rescue: --owner and KEY exclude each other; give one of them")
	case r.owner == "" && len(args) == 0 && r.where.all:
		return usage("rescue -A: give a TYPE too, or -n NAMESPACE; snapshot restore brings back a whole cluster")
	case r.owner == "" && len(args) == 0 && r.where.ns == "":
		return usage("rescue: nothing is named; give a KEY, a TYPE, -n NAMESPACE or --owner KEY")
	}
	return r.where.check()
}

func (r *rescuer) run(ctx context.Context, args []string) (err error) {
	if r.owner != "" {
		err = r.closure(ctx)
	} else {
		err = r.named(ctx, args)
	}
	if err != nil {
		return err
	}
	for i := range r.Unreadable {
		v := &r.Unreadable[i]
		r.warn("left out %s, which cannot be brought back: %s", clean.Key([]byte(v.Key)), v.Why)
	}
	r.rules.Owned = r.rules.Owned || r.owner != "" && !r.unowned
	r.Leave(r.rules)
	r.omitted()
	rescue.Sort(r.Objects)
	if len(r.flags.live.Endpoints) > 0 {
		if err := r.compareLive(ctx); err != nil {
			return err
		}
	}
	if _, err := r.printApplied(r.s, r.Objects, rescue.Makes); err != nil {
		return err
	}
	if len(r.Objects) > 0 && len(args) == 0 && r.owner == "" {
		r.warn("left out of each object: %s", decode.Always)
	}
	return r.answer(args)
}

// answer says how the rescue ended. Values that cannot be read come first: --reveal does not bring them back.
func (r *rescuer) answer(args []string) error {
	const masked = "print %s: it would show secret values, which are masked; add --reveal to see them"
	switch {
	case len(r.Unreadable) > 0:
		if r.Secrets > 0 {
			r.warn(masked, count(r.Secrets, "Secret"))
		}
		return no("rescue %s: %s not printed, for the reasons above; an earlier --rev may hold a version that can be read", what(args, r.where.ns), lacking(len(r.Unreadable)))
	case r.Secrets > 0:
		return usage(masked, count(r.Secrets, "Secret"))
	case len(r.Objects) == 0 && len(r.Left) > 0:
		return no("rescue %s: all that is there%s was left out, for the reasons above", what(args, r.where.ns), at(r.rev))
	case len(r.Objects) == 0:
		return no("rescue %s: nothing is there%s; etcdscope ls shows what there is", what(args, r.where.ns), at(r.rev))
	}
	return nil
}

func lacking(n int) string {
	if n == 1 {
		return "1 value that cannot be read was"
	}
	return fmt.Sprintf("%d values that cannot be read were", n)
}

// named collects the objects that the arguments name.
func (r *rescuer) named(ctx context.Context, args []string) error {
	targets, err := r.s.targets(ctx, args, r.where)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		if err := r.namespace(ctx); err != nil {
			return err
		}
	}
	for i := range targets {
		t := &targets[i]
		if t.Key != nil && t.Prefix == "" {
			if _, err := r.one(ctx, t.Key, args); err != nil {
				return err
			}
			continue
		}
		if err := r.Prefix(ctx, t.Prefix, r.rev); err != nil {
			return err
		}
	}
	return nil
}

// namespace adds the namespace itself; one that is deleted took its objects with it, and one that is being deleted some.
func (r *rescuer) namespace(ctx context.Context) error {
	ns, _ := kinds.Builtin().Find("namespaces")
	k := r.s.Kinds.Key(r.s.Root, ns, "", r.where.ns)
	there, err := r.Key(ctx, k, r.rev)
	if err != nil || !there && r.rev != 0 {
		return err
	}
	name := clean.Key([]byte(r.where.ns))
	marked, err := rescue.Marked(ctx, r.s.Source, r.s.Decoder, k, r.rev)
	switch {
	case err != nil:
		return err
	case there && marked > 0:
		r.warn("namespace %s was being deleted since revision %d: what went by then is not in the output; add --rev %d for all that was in it", name, marked, marked-1)
	case !there && marked > 0:
		r.warn("namespace %s is deleted; its deletion began at revision %d: add --rev %d for all that was in it", name, marked, marked-1)
	case !there:
		if last, err := rescue.LastSeen(ctx, r.s.Source, k); err == nil && last != nil {
			r.warn("namespace %s is deleted; it was there at revision %d: add --rev %d for what was in it", name, last.Mod, last.Mod)
		}
	}
	return nil
}

// one adds one object, of its last version where it is deleted, and returns the revision at which it was there.
func (r *rescuer) one(ctx context.Context, k []byte, args []string) (rev int64, err error) {
	if ok, err := r.Key(ctx, k, r.rev); err != nil || ok {
		return r.rev, err
	}
	last, err := rescue.LastSeen(ctx, r.s.Source, k)
	switch {
	case err != nil:
		return 0, err
	case last == nil:
		return 0, no("rescue %s: no such key%s, and none that was deleted; %s", clean.Key(k), at(r.rev), r.s.elsewhere(k, args, r.where))
	case r.rev > 0:
		return 0, no("rescue %s: no such key%s; it was there last at revision %d", clean.Key(k), at(r.rev), last.Mod)
	}
	r.warn("%s is deleted; this is its last version, of revision %d; etcdscope log prints the ones before, --rev takes one", clean.Key(k), last.Mod)
	return last.Mod, r.Add(last.Key, last.Value, last.Mod)
}

// closure collects an owner and what belongs to it.
func (r *rescuer) closure(ctx context.Context) error {
	k, err := r.s.one(ctx, "rescue --owner", []string{r.owner}, r.where)
	if err != nil {
		return err
	}
	rev, err := r.one(ctx, k, []string{r.owner})
	if err != nil {
		return err
	}
	if len(r.Objects) == 0 {
		return nil
	}
	return r.Owned(ctx, r.s.Root, r.Objects[0], rev)
}

// compareLive prints on stderr what differs from the live store.
func (r *rescuer) compareLive(ctx context.Context) error {
	o := r.flags.openOptions()
	o.Path = ""
	live, err := r.openWith(ctx, o)
	if err != nil {
		return err
	}
	defer live.close()
	said, same := newOut(r.stderr), 0
	said.reveal = r.out.reveal
	for _, o := range r.Objects {
		e, ok, err := etcdsource.Get(ctx, live.Source, o.Key, 0)
		if err != nil {
			return err
		}
		name := clean.Key([]byte(r.s.Kinds.Kubectl(r.s.Root, o.Key)))
		if !ok {
			if err := said.line("+ " + name + "  is not in the live store"); err != nil {
				return err
			}
			continue
		}
		changes := r.toApply(live, &e, o)
		if len(changes) == 0 {
			same++
			continue
		}
		if err := said.line("~ " + name); err != nil {
			return err
		}
		if err := said.changes("    ", changes); err != nil {
			return err
		}
	}
	if same > 0 {
		if err := said.line(fmt.Sprintf("= %s the same in the live store", count(same, "object"))); err != nil {
			return err
		}
	}
	return said.close()
}

// toApply are the changes that applying the object would make to the live one. Values of Secrets stay out of it.
func (r *rescuer) toApply(live *store, e *etcdsource.Entry, o *decode.Object) []diff.Change {
	all := func(string) bool { return true }
	now, _ := live.Decoder.Object(e.Key, e.Value, e.Mod).Apply(r.s.view, all)
	then, _ := o.Apply(r.s.view, all)
	changes := r.s.Decoder.Trees(now, then)
	for i := range changes {
		if c := &changes[i]; o.Secret {
			c.Op, c.Old, c.New = diff.Replace, decode.Mask, decode.Mask
		}
	}
	return changes
}

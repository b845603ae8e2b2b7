package print

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode"
	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/columns"
	"github.com/etcdscope/etcdscope/decode/kinds"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
)

// describer prints objects with all that the store says of them:
//
//	object ─► its columns, its fields ─┐
//	owners, read by their names ───────┤
//	its last writes, attributed ───────┼─► text as kubectl describe lays it out, or a line of JSON
//	Events about it ───────────────────┘
type describer struct {
	*app
	selection
	s          *store
	where      place
	rev        int64
	found      []*decode.Object
	missing    []string
	namespaced bool // a type was named that lives in namespaces

	showEvents bool
	writers    map[string][]attribution.Attributed // the last writes of each key, the newest first
	events     []happened
	now        time.Time
}

func (a *app) describeCmd() *cobra.Command {
	d := &describer{app: a}
	var rev string
	c := &cobra.Command{
		Use: "describe KEY | TYPE [NAME…]", Short: "Print an object's fields, owners, last writers and Events", Annotations: formats("text json"),
		Long: "Prints what the store holds about objects, laid out as kubectl describe does for any type: the columns of its table, its fields,\n" +
			"the endpoints of a Service, its owners as far as they are there, the last writes with who made them and how sure that is (✓ certain, ~ likely, ? guess), and the\n" +
			"Events about it. A NAME that no object has is taken for the beginning of names.",
		Example: "  etcdscope describe pod crash -n demo --demo\n  etcdscope describe node node-a --demo\n  etcdscope describe pods -A -l app=hungry -o json --demo",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			at, err := readMoment("--rev", rev)
			if err != nil {
				return err
			}
			if err := d.where.check(); err != nil {
				return err
			}
			if len(args) == 0 {
				return usage("read the arguments: nothing is named; give a KEY, TYPE NAME, or a TYPE for all its objects")
			}
			if err := d.selection.read(); err != nil {
				return err
			}
			if d.s, err = a.openFor(cmd.Context(), args, d.where); err != nil {
				return err
			}
			defer d.s.close()
			if d.rev, err = d.s.at(cmd.Context(), "--rev", at); err != nil {
				return err
			}
			return d.run(cmd.Context(), args)
		},
	}
	f := c.Flags()
	f.StringVar(&rev, "rev", "", "as of this revision, time or duration ago")
	f.StringVarP(&d.labelText, "selector", "l", "", "only objects with these labels: app=web,tier!=db, env in (a,b), !canary")
	f.BoolVar(&d.showEvents, "show-events", true, "with the Events about it")
	d.where.define(c)
	return c
}

// The last writes of how many that are printed, and of how many objects of a live store they are read.
const (
	lastWrites     = 5
	describedLive  = 20
	describedAlone = 8 // objects whose history is read one by one; of more, everything is read once
)

func (d *describer) run(ctx context.Context, args []string) error {
	if d.rev > 0 && d.s.Info.Running {
		if err := d.s.Custom(ctx, d.s.Source, d.rev); err != nil {
			return err
		}
	}
	types, err := d.s.expand(ctx, args)
	if err != nil {
		return err
	}
	targets, err := d.s.targets(ctx, types, d.where)
	if err != nil {
		return err
	}
	for i := range targets {
		d.namespaced = d.namespaced || targets[i].Typed && targets[i].Ref.Namespaced
		if err := d.target(ctx, &targets[i]); err != nil {
			return err
		}
	}
	for _, note := range d.fieldNotes() {
		d.warn("describe: %s", note)
	}
	if why := d.untested(); why != "" {
		d.warn("describe: %s", why)
	}
	if len(d.found) > 0 {
		if err := d.gather(ctx); err != nil {
			return err
		}
	}
	for i, o := range d.found {
		d.problem(d.s, o)
		if d.flags.format == "json" {
			err = d.json(ctx, o)
		} else {
			err = d.text(ctx, o, i > 0)
		}
		if err != nil {
			return err
		}
	}
	return d.verdict(args)
}

// target reads the objects that an argument names.
func (d *describer) target(ctx context.Context, t *kinds.Target) error {
	add := func(e etcdsource.Entry) error {
		o := d.s.Decoder.Object(e.Key, e.Value, e.Mod)
		if d.matches(o, d.s.view) {
			d.found = append(d.found, o)
		}
		return nil
	}
	if t.Key == nil {
		span := etcdsource.Prefix(t.Prefix)
		span.Values = true
		return etcdsource.Each(ctx, d.s.Source, span, d.rev, add)
	}
	key := t.Key
	if raw, changed := clean.Unescape(key); changed && !t.Typed {
		key = raw
	}
	e, ok, err := etcdsource.Get(ctx, d.s.Source, key, d.rev)
	if err != nil || ok {
		if ok {
			err = add(e)
		}
		return err
	}
	before := len(d.found) + d.left
	if t.Typed || t.Prefix != "" {
		span := etcdsource.Prefix(string(key))
		span.Values = true
		if err := etcdsource.Each(ctx, d.s.Source, span, d.rev, add); err != nil {
			return err
		}
	}
	if len(d.found)+d.left == before {
		d.missing = append(d.missing, clean.Key(key))
	}
	return nil
}

// verdict is the error that ends the command, if there is one.
func (d *describer) verdict(args []string) error {
	switch {
	case len(d.missing) > 0:
		if why := d.s.noSuchType(args[0]); why != "" {
			return no("describe %s: %s", strings.Join(d.missing, ", "), why)
		}
		return no("describe %s: no such key%s; %s, log what was there", strings.Join(d.missing, ", "), at(d.rev), d.where.elsewhere(d.namespaced))
	case len(d.found) == 0 && d.left > 0:
		return d.noneSelected("describe "+named(args, d.where), d.rev)
	case len(d.found) == 0:
		return no("describe %s: nothing is there%s%s", named(args, d.where), at(d.rev), d.where.within(args, d.namespaced))
	}
	return nil
}

// gather reads what is beside the objects: who wrote them, and their Events.
func (d *describer) gather(ctx context.Context) (err error) {
	var newest time.Time
	for _, o := range d.found {
		if o.Created.After(newest) {
			newest = o.Created
		}
	}
	if err := d.read(ctx); err != nil {
		return err
	}
	if d.showEvents {
		if err := d.readEvents(ctx); err != nil {
			return err
		}
	}
	for i := range d.events {
		if d.events[i].Last.After(newest) {
			newest = d.events[i].Last
		}
	}
	d.now = d.s.now(ctx, d.rev, newest)
	return nil
}

// readEvents reads the Events about the objects, from where the node keeps them.
func (d *describer) readEvents(ctx context.Context) error {
	type about struct{ kind, ns, name string }
	wanted, spaces := map[about]bool{}, map[string]bool{}
	for _, o := range d.found {
		wanted[about{o.Kind, o.Namespace, o.Name}] = true
		spaces[o.Namespace] = true
	}
	ns := ""
	if len(spaces) == 1 {
		ns = d.found[0].Namespace
	}
	of, rev := d.s, d.rev
	r, _ := d.s.Kinds.Find("events")
	if e := d.s.EtcdOf(d.s.Kinds.Prefix(d.s.Root, r, ns)); e != nil {
		if rev > 0 {
			d.warn("Events are in an etcd of their own, %s, whose revisions are its own; they are left out with --rev", clean.Key([]byte(e.Name)))
			return nil
		}
		var err error
		if of, err = d.beside(ctx, d.s, e); err != nil {
			d.warn("Events are in etcd %s, which cannot be opened: %s", clean.Key([]byte(e.Name)), clean.Error(err))
			return nil
		}
		defer of.close()
	}
	events, err := of.happenings(ctx, ns, rev, func(h *columns.Happening) bool { return wanted[about{h.Kind, h.Namespace, h.Name}] })
	d.events = events
	return err
}

// about are the Events about an object.
func (d *describer) about(o *decode.Object) (out []*happened) {
	for i := range d.events {
		if h := &d.events[i]; h.IsAbout(o.APIVersion, o.Kind, o.Namespace, o.Name, o.UID) {
			out = append(out, h)
		}
	}
	return out
}

// owner is one that an object names.
type owner struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	UID        string `json:"uid,omitempty"`
	Controller bool   `json:"controller"`
	Of         string `json:"of,omitempty"` // the owner that it owns, "" for one of the object itself
	Exists     *bool  `json:"exists,omitempty"`
	other      bool   // another object has its name now
}

// maxOwners bounds how many owners are looked at, of all levels.
const maxOwners = 16

// owners are those of an object and theirs, as far as they are there.
func (d *describer) owners(ctx context.Context, o *decode.Object, of string) (out []owner) {
	list, _ := o.Field("metadata", "ownerReferences").([]any)
	for _, item := range list {
		m, _ := item.(map[string]any)
		w := owner{Of: of}
		w.APIVersion, _ = m["apiVersion"].(string)
		w.Kind, _ = m["kind"].(string)
		w.Name, _ = m["name"].(string)
		w.UID, _ = m["uid"].(string)
		w.Controller, _ = m["controller"].(bool)
		r, known := d.s.Kinds.OfKind(w.APIVersion, w.Kind)
		if !known || len(out) >= maxOwners {
			out = append(out, w)
			continue
		}
		e, ok, err := etcdsource.Get(ctx, d.s.Source, d.s.Kinds.Key(d.s.Root, r, o.Namespace, w.Name), d.rev)
		if err != nil {
			out = append(out, w)
			continue
		}
		var above []owner
		if ok {
			it := d.s.Decoder.Object(e.Key, e.Value, e.Mod)
			w.other = w.UID != "" && it.UID != "" && it.UID != w.UID
			if ok = !w.other; ok && strings.Count(of, "/") < 4 {
				above = d.owners(ctx, it, w.Kind+"/"+w.Name)
			}
		}
		w.Exists = &ok
		out = append(append(out, w), above...)
	}
	return out[:min(len(out), maxOwners)]
}

// describedLine is an object as JSON.
type describedLine struct {
	key
	Object  json.RawMessage `json:"object"`
	Owners  []owner         `json:"owners"`
	Writers []lastWriteLine `json:"writers"`
	Events  []aboutLine     `json:"events"`
}

// lastWriteLine is a write of an object.
type lastWriteLine struct {
	Revision int64  `json:"revision"`
	Type     string `json:"type"`
	Time     string `json:"time,omitempty"`
	writerLine
	Summary string `json:"summary,omitempty"`
}

// aboutLine is an Event about an object.
type aboutLine struct {
	Type      string `json:"type"`
	Reason    string `json:"reason"`
	Count     int    `json:"count"`
	FirstTime string `json:"firstTime,omitempty"`
	LastTime  string `json:"lastTime,omitempty"`
	From      string `json:"from,omitempty"`
	FieldPath string `json:"fieldPath,omitempty"`
	Message   string `json:"message"`
}

func (d *describer) json(ctx context.Context, o *decode.Object) error {
	line := describedLine{key: keyOf(o.Key), Object: o.JSON(d.s.view), Owners: d.owners(ctx, o, ""), Writers: []lastWriteLine{}, Events: []aboutLine{}}
	if line.Owners == nil {
		line.Owners = []owner{}
	}
	for i := range d.writers[string(o.Key)] {
		w := &d.writers[string(o.Key)][i]
		line.Writers = append(line.Writers, lastWriteLine{w.Mod, w.Type.String(), when(w.Verdict.Time), writerOf(&w.Verdict), w.Summary})
	}
	for _, h := range d.about(o) {
		line.Events = append(line.Events, aboutLine{h.Type, h.Reason, h.Count, when(h.First), when(h.Last), h.From, h.FieldPath, h.Message})
	}
	if !json.Valid(line.Object) {
		line.Object = []byte("null")
	}
	return d.out.json(line)
}

// keys are the keys of the objects.
func (d *describer) keys() (out []string) {
	for _, o := range d.found {
		out = append(out, string(o.Key))
	}
	slices.Sort(out)
	return out
}

package print

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/fields"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/attribution"
	"github.com/etcdscope/etcdscope/model/blame"
	"github.com/etcdscope/etcdscope/model/change"
)

// Versions of a key that blame reads: of a live store each is a request.
const (
	blameLive = 200
	blameFile = 100_000
)

// blamer returns the origin of an object's fields.
type blamer struct {
	*app
	s     *store
	where place
	rev   int64
	by    map[int64]*attribution.Attributed // who wrote revisions that changed fields without an owner
}

func (a *app) blameCmd() *cobra.Command {
	b := &blamer{app: a}
	var rev string
	c := &cobra.Command{
		Use: "blame KEY", Short: "Print who owns each field, and which revision changed it last", Args: cobra.MinimumNArgs(1), Annotations: formats("text json"),
		Long: "Prints one line a field: the revision that changed it last, when, the managers that own it, the field and its value.\n" +
			"Of a field that no manager owns, the time and the writer are those of the revision, with how sure that is (✓ certain, ~ likely, ? guess).\n" +
			"A field that did not change in what the source retains is listed with the oldest revision that was read, marked ≤.",
		Example: "  etcdscope blame pod/crash -n demo --demo\n  etcdscope blame deploy/payments -n demo --rev 700 -o json --demo\n  etcdscope blame /registry/shop.example.com/widgets/team-a/w-01 --from backup.db",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			at, err := readMoment("--rev", rev)
			if err != nil {
				return err
			}
			if b.s, err = a.openFor(cmd.Context(), args, b.where); err != nil {
				return err
			}
			defer b.s.close()
			if b.rev, err = b.s.at(cmd.Context(), "--rev", at); err != nil {
				return err
			}
			return b.run(cmd.Context(), args)
		},
	}
	c.Flags().StringVar(&rev, "rev", "", "as of this revision, time or duration ago")
	c.Flags().StringVarP(&b.where.ns, "namespace", "n", "", "namespace")
	return c
}

func (b *blamer) run(ctx context.Context, args []string) error {
	k, err := b.s.one(ctx, "blame", args, b.where)
	if err != nil {
		return err
	}
	versions, err := etcdsource.As[etcdsource.Versions](b.s.Source)
	if err != nil {
		return err
	}
	if err := b.s.reachable(ctx, k, b.rev); err != nil {
		return err
	}
	limit := blameFile
	if b.s.live() {
		limit = blameLive
	}
	found, gone, err := blame.Read(ctx, versions, b.s.Decoder, k, b.rev, b.s.view, limit)
	switch {
	case err != nil:
		return err
	case found == nil && gone != nil:
		return no("blame %s: the key is deleted%s; it was there at revision %d: add --rev %d", clean.Key(k), at(b.rev), gone.Mod, gone.Mod)
	case found == nil:
		return no("blame %s: no such key%s; %s", clean.Key(k), at(b.rev), b.s.elsewhere(k, args, b.where))
	case len(found.Lines) == 0:
		return no("blame %s: the value has no fields; etcdscope log %s prints its history", clean.Key(k), clean.Key(k))
	}
	b.problem(b.s, found.Object)
	if err := b.attribute(ctx, k, found); err != nil {
		return err
	}
	if b.flags.format == "json" {
		return b.json(found)
	}
	return b.text(found)
}

// one reads arguments that must name one key.
func (s *store) one(ctx context.Context, command string, args []string, where place) ([]byte, error) {
	targets, err := s.targets(ctx, args, where)
	if err != nil {
		return nil, err
	}
	if len(targets) != 1 || targets[0].Key == nil {
		return nil, usage("%s %s: it names more than one object; give a KEY, TYPE/NAME or TYPE NAME", command, what(args, ""))
	}
	k := targets[0].Key
	if _, ok, err := etcdsource.Get(ctx, s.Source, k, 0); err == nil && !ok {
		if raw, changed := clean.Unescape(k); changed {
			return raw, nil
		}
	}
	return k, nil
}

// reachable returns the error that reading a key at a revision gives.
func (s *store) reachable(ctx context.Context, k []byte, rev int64) error {
	if rev == 0 {
		return nil
	}
	_, err := s.Source.Range(ctx, etcdsource.Key(k), etcdsource.At{Revision: rev})
	return err
}

// blameLine is a field as JSON.
type blameLine struct {
	Path     string        `json:"path"`
	Value    any           `json:"value"`
	Managers []managerLine `json:"managers"`
	Revision int64         `json:"revision,omitempty"`
	// AtOrBefore marks a revision that is not retained: the field has been the same since this one at least.
	AtOrBefore int64 `json:"atOrBefore,omitempty"`
	// Time and Writer are those of the revision, where no manager owns the field; absent: not known.
	Time       string `json:"time,omitempty"`
	Writer     string `json:"writer,omitempty"`
	Controller string `json:"controller,omitempty"`
	Confidence string `json:"confidence,omitempty"`
}

type managerLine struct {
	Manager     string `json:"manager"`
	Operation   string `json:"operation"`
	Subresource string `json:"subresource,omitempty"`
	Time        string `json:"time,omitempty"`
}

func (b *blamer) json(found *blame.Blame) error {
	for i := range found.Lines {
		l := &found.Lines[i]
		line := blameLine{Path: l.Path, Value: l.Value, Revision: l.Revision, Managers: []managerLine{}}
		if l.Revision == 0 {
			line.AtOrBefore = found.Floor
		}
		for _, o := range l.Owners {
			m := managerLine{Manager: o.Manager, Operation: o.Operation, Subresource: o.Subresource}
			if !o.Time.IsZero() {
				m.Time = o.Time.UTC().Format(time.RFC3339)
			}
			line.Managers = append(line.Managers, m)
		}
		if w := b.wrote(l); w != nil {
			if line.Time = when(w.Verdict.Time); w.Writer != "" {
				line.Writer, line.Controller, line.Confidence = w.Writer, w.Controller, w.Confidence.String()
			}
		}
		if err := b.out.json(line); err != nil {
			return err
		}
	}
	return nil
}

// maxText bounds what is printed as text, in bytes: paths of 100,000 fields that lie deep are many times as long as the
// object. What is left out is said, and -o json prints it.
const (
	maxText  = 4 << 20
	ownWidth = 40 // of a line beside its columns: the time and blanks
)

// maxManagers is the width at which names of managers are cut.
const maxManagers = 40

func (b *blamer) text(found *blame.Blame) error {
	revs, names := make([]string, len(found.Lines)), make([]string, len(found.Lines))
	wide, long := len("REVISION"), len("MANAGER")
	for i := range found.Lines {
		l := &found.Lines[i]
		if revs[i] = fmt.Sprint(l.Revision); l.Revision == 0 {
			revs[i] = "≤" + fmt.Sprint(found.Floor)
		}
		if names[i] = clean.End(managers(l.Owners), maxManagers); len(l.Owners) == 0 {
			names[i] = clean.End(b.writer(l), maxManagers)
		}
		wide, long = max(wide, ansi.StringWidth(revs[i])), max(long, ansi.StringWidth(names[i]))
	}
	pad := func(s string, w int) string { return strings.Repeat(" ", max(w-ansi.StringWidth(s), 0)) }
	head := pad("REVISION", wide) + "REVISION  TIME                  MANAGER" + pad("MANAGER", long) + "  FIELD"
	if err := b.out.line(b.out.paint(text.Muted, head)); err != nil {
		return err
	}
	for i, size := 0, 0; i < len(found.Lines); i++ {
		l := &found.Lines[i]
		if size += wide + long + len(l.Path) + ownWidth; size > maxText {
			b.warn("blame: %d of %d fields are left out of this text; add -o json for all of them", len(found.Lines)-i, len(found.Lines))
			return nil
		}
		when := strings.Repeat(" ", len(time.RFC3339)-5)
		if w := b.wrote(l); w != nil && !w.Verdict.Time.IsZero() {
			when = w.Verdict.Time.UTC().Format(time.RFC3339)
		}
		if !l.Time.IsZero() {
			when = l.Time.UTC().Format(time.RFC3339)
		}
		role := text.Accent
		if l.Revision == 0 {
			role = text.Muted
		}
		err := b.out.line(pad(revs[i], wide) + b.out.paint(role, revs[i]) + "  " + b.out.paint(text.Muted, when) + "  " + names[i] + pad(names[i], long) +
			"  " + b.out.paint(text.Key, clean.Key([]byte(l.Path))) + b.out.paint(text.Punct, ": ") + change.Value(l.Value))
		if err != nil {
			return err
		}
	}
	return nil
}

// managers names the owners of a field in safe text.
func managers(owners []*fields.Entry) string {
	if len(owners) == 0 {
		return "-"
	}
	var out []string
	for _, o := range owners[:min(len(owners), maxManagers)] { // more would be cut
		s := clean.Key([]byte(o.Manager))
		if o.Subresource != "" {
			s += " (" + clean.Key([]byte(o.Subresource)) + ")"
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

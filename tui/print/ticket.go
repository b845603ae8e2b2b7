package print

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/space"
)

// ticket is a report for somebody else: what overview, health, space and report say, without values of fields.
type ticket struct {
	Made     string           `json:"made"` // when, in UTC
	Version  string           `json:"etcdscope"`
	Overview map[string]any   `json:"overview"`
	Health   []map[string]any `json:"health,omitempty"` // a member a line, then the cluster and its topology; only of a running one
	Space    []map[string]any `json:"space"`
	Report   []map[string]any `json:"report"`
	Asked    *askedLine       `json:"askedOfEtcd,omitempty"`
	KMS      string           `json:"askedOfKMS,omitempty"`
	Note     string           `json:"note,omitempty"`
	Most     int              `json:"mostLines,omitempty"`   // of each part; 0: all
	Present  bool             `json:"presentOnly,omitempty"` // the past of a live store was not read
}

// askedLine is what was asked of etcd to know it. Calls are those of the newest 1,000 requests.
type askedLine struct {
	Requests int64            `json:"requests"`
	Received int64            `json:"bytesReceived"`
	Writes   int64            `json:"writes"`
	Calls    map[string]int64 `json:"calls"` // by the name of the call
}

// askedOf is what was asked of a source, nil where nothing is asked of a server.
func askedOf(src etcdsource.Source) *askedLine {
	q, err := etcdsource.As[etcdsource.Requester](src)
	if err != nil {
		return nil
	}
	list, n := q.Requests()
	l := &askedLine{n.Requests, n.Received, n.Writes, map[string]int64{}}
	for i := range list {
		l.Calls[list[i].Call]++
	}
	return l
}

// namesOf is where the table of pseudonyms of a ticket is written.
func namesOf(path string) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + ".names.json"
}

// ticket writes the report for a ticket; a file that exists is not replaced.
func (r *reporter) ticket(ctx context.Context, path string, anonymize bool, run func() error) error {
	paths := []string{path}
	if anonymize {
		paths = append(paths, namesOf(path))
	}
	for _, p := range paths {
		if _, err := os.Lstat(p); err == nil {
			return &etcdsource.Problem{Tried: "write " + p, Why: "the file exists", Do: "give another name to --ticket"}
		}
	}
	t := ticket{Made: time.Now().UTC().Format(time.RFC3339), Version: r.funcs.Version, Most: r.limit, Present: r.s.live() && !r.recalled.on}
	over, err := r.captured(func() error { return (&overviewer{app: r.app, s: r.s, recalled: recallFlags{}}).run(ctx) })
	if err != nil {
		return err
	}
	if t.Report, err = r.captured(run); err != nil {
		return err
	}
	if len(over) > 0 {
		t.Overview = over[0]
	}
	if err := r.state(ctx, &t); err != nil {
		return err
	}
	t.Asked = askedOf(r.s.Source)
	dropValues(t.Overview)
	for _, part := range t.parts() {
		for _, l := range part {
			dropValues(l)
		}
	}
	if anonymize {
		if err := r.anonymize(&t, namesOf(path)); err != nil {
			return err
		}
	}
	if err := r.funcs.Write(path, t.encode(filepath.Ext(path) == ".json")); err != nil {
		return err
	}
	return r.out.line("wrote " + clean.Key([]byte(path)))
}

// state adds what fills the store, and how the members of a running cluster are.
func (r *reporter) state(ctx context.Context, t *ticket) (err error) {
	v := &surveyor{app: r.app, s: r.s, by: string(space.ByResource), order: string(space.OrderSize), limit: r.limit, samples: space.Samples, quiet: true}
	if t.Space, err = r.captured(func() error { return v.run(ctx, nil) }); err != nil {
		return err
	}
	if r.s.Asked != nil {
		t.KMS = clean.Text(r.s.Asked())
	}
	if !r.s.live() {
		return nil
	}
	h := r.members(ctx, r.s.Opened)
	if h == nil {
		return ctx.Err()
	}
	t.Health, err = r.captured(func() error { return r.healthJSON(h, nil) })
	return err
}

// parts are the lists of lines of a ticket.
func (t *ticket) parts() [][]map[string]any {
	return [][]map[string]any{t.Health, t.Space, t.Report}
}

// anonymize replaces the names of a ticket, and writes their table.
func (r *reporter) anonymize(t *ticket, path string) error {
	p := newPseudonyms(r.s.Kinds)
	t.Overview, t.KMS = p.object(t.Overview), ""
	for _, part := range t.parts() {
		for i := range part {
			part[i] = p.object(part[i])
		}
	}
	t.Note = "names are replaced by pseudonyms, equal names by equal ones; free text is left out"
	table, err := json.MarshalIndent(p.names, "", " ")
	if err != nil {
		return err
	}
	return r.funcs.Write(path, append(table, '\n'))
}

// captured runs what prints JSON Lines, and returns these.
func (r *reporter) captured(print func() error) (lines []map[string]any, err error) {
	var buf bytes.Buffer
	was, format := r.out, r.flags.format
	r.app.out, r.app.flags.format = newOut(&buf), "json"
	r.app.out.reveal = false
	err = print()
	err = cmp.Or(err, r.app.out.close())
	r.app.out, r.app.flags.format = was, format
	if err != nil && exitCode(context.Background(), err) != exitNo {
		return nil, err
	}
	dec := json.NewDecoder(&buf)
	dec.UseNumber()
	for {
		var l map[string]any
		switch err := dec.Decode(&l); {
		case errors.Is(err, io.EOF):
			return lines, nil
		case err != nil:
			return nil, err
		}
		lines = append(lines, l)
	}
}

// valued are the members that hold values of fields, or texts that quote them.
var valued = []string{"value", "old", "new", "summary", "evidence", "message"}

// dropValues leaves out the values of fields.
func dropValues(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range valued {
			delete(v, name)
		}
		for _, x := range v {
			dropValues(x)
		}
	case []any:
		for _, x := range v {
			dropValues(x)
		}
	}
}

// encode writes a ticket as JSON, or as Markdown.
func (t *ticket) encode(asJSON bool) []byte {
	if asJSON {
		b, _ := json.MarshalIndent(t, "", " ") // maps, texts and numbers only
		return append(clean.JSON(b), '\n')
	}
	return t.markdown()
}

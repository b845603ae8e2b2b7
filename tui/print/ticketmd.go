package print

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/etcdscope/etcdscope/decode/clean"
)

// A ticket is read by somebody who was not there: it begins with what matters most, each part says what it is, and equal
// lines are the rows of a table.
//
//	{"report":"fight","key":…} ─┐
//	{"report":"fight","key":…} ─┴─► ## Fights ─► | key | … |

// reportTitles are what the parts of a report are called.
var reportTitles = map[string]string{
	"unreadable": "Values that cannot be read", "outOfBand": "Written past the API server", "encryption": "Encrypted at rest",
	"plain": "Should be encrypted, and is not", "waiting": "Not converged, the worst first", "event": "Events about these, from an etcd of their own, joined by time", "fight": "Fights: a writer restores its value again and again",
	"converged": "Converged, what took longest first", "writer": "Who wrote", "hotObject": "Objects that are written most", "hotField": "Fields that are written most",
	"deleted": "Deleted, the newest first", "clock": "Clocks that differ from the one that dates revisions", "gap": "A gap: what is not part of the history that is counted below",
}

// ticketLabels are what members are called where their names do not say it. JSON has their names as they are.
var ticketLabels = map[string]string{
	"by": "resource", "dbSize": "database", "dbInUse": "in use", "canLose": "members it can lose", "notConverged": "objects not converged", "undecodable": "values that cannot be read",
	"kind": "kind", "outOfBand": "written past the API server", "uid": "UID", "id": "ID", "ifLost": "when one is lost", "why": "why", "since": "since revision", "sinceTime": "since", "until": "until revision",
	"ready": "ready", "want": "wanted", "weight": "severity", "etcds": "other etcds of the node", "sure": "certain", "mostCount": "times", "keyID": "key ID", "dek": "DEK", "atLeast": "or longer", "liveBytesMargin": "margin of live", "metricsSeconds": "metrics cover",
}

// firstColumns are the columns that a table has first, in this order; the others follow by name.
var firstColumns = []string{"name", "by", "key", "resource", "writer", "controller", "path", "role", "verdict", "sentence", "why", "sinceTime", "seconds", "count", "objects", "keys"}

// markdown writes a ticket to be read.
func (t *ticket) markdown() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# Report of an etcd\n\nMade %s with etcdscope %s, which reads the etcd of a Kubernetes cluster and changes nothing in it. It holds no values of fields and no secrets.\n", t.Made, t.Version)
	b.WriteString("Times are in UTC. A revision is etcd's count of writes: a larger one is later.\n")
	if t.Note != "" {
		fmt.Fprintf(&b, "\n%s.\n", strings.ToUpper(t.Note[:1])+t.Note[1:])
	}
	if t.Present {
		b.WriteString("The past of the store was not read: who wrote, fights, durations and what was deleted are not part of it.\n")
	}
	t.short(&b)
	b.WriteString("\n## Overview\n\n")
	members(&b, t.Overview, "")
	t.health(&b)
	t.part(&b, "What fills the database", t.Space)
	t.reports(&b)
	if t.Asked != nil {
		fmt.Fprintf(&b, "\n## What was asked of etcd\n\n%d requests, %s received, %d writes. Of the newest 1,000 requests:\n\n", t.Asked.Requests, size(t.Asked.Received), t.Asked.Writes)
		for _, call := range slices.Sorted(maps.Keys(t.Asked.Calls)) {
			fmt.Fprintf(&b, "- %s: %d\n", call, t.Asked.Calls[call])
		}
	}
	if t.KMS != "" {
		fmt.Fprintf(&b, "\n%s.\n", t.KMS)
	}
	return []byte(b.String())
}

// short says what matters most.
func (t *ticket) short(b *strings.Builder) {
	var said []string
	for _, name := range []string{"verdict", "healthSentence"} {
		if s, _ := t.Overview[name].(string); s != "" {
			said = append(said, s)
		}
	}
	for _, l := range t.Health {
		cluster, _ := l["cluster"].(map[string]any)
		advice, _ := cluster["advice"].([]any)
		for _, a := range advice {
			a, _ := a.(map[string]any)
			if title, _ := a["title"].(string); title != "" {
				said = append(said, title)
			}
		}
	}
	if len(said) == 0 {
		return
	}
	b.WriteString("\n## In short\n\n")
	for _, s := range said {
		fmt.Fprintf(b, "- %s\n", cell("", s))
	}
}

// health writes the members as a table, and the cluster and its topology as a list.
func (t *ticket) health(b *strings.Builder) {
	var rows []map[string]any
	var cluster map[string]any
	for _, l := range t.Health {
		if c, ok := l["cluster"].(map[string]any); ok {
			cluster = c
			continue
		}
		rows = append(rows, l)
	}
	(&ticket{}).part(b, "Members of etcd", rows) // all of them
	if cluster != nil {
		b.WriteString("\n## Health and topology\n\n")
		members(b, cluster, "")
	}
}

// reports writes the parts of the report, in the order in which they come.
func (t *ticket) reports(b *strings.Builder) {
	parts := map[string][]map[string]any{}
	var order []string
	for _, l := range t.Report {
		name, _ := l["report"].(string)
		if parts[name] == nil {
			order = append(order, name)
		}
		l = maps.Clone(l)
		delete(l, "report")
		parts[name] = append(parts[name], l)
	}
	for _, name := range order {
		t.part(b, cmp.Or(reportTitles[name], label(name), "Other"), parts[name])
	}
}

// part writes lines as tables: lines of another shape, as a sum is, begin another one.
func (t *ticket) part(b *strings.Builder, title string, lines []map[string]any) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n", title)
	lead := func(l map[string]any) string { return firstOf(ticketColumns([]map[string]any{l})) }
	for len(lines) > 0 {
		n := slices.IndexFunc(lines, func(l map[string]any) bool { return lead(l) != lead(lines[0]) })
		if n < 0 {
			n = len(lines)
		}
		ticketTable(b, lines[:n])
		if n == t.Most {
			fmt.Fprintf(b, "\nThese are the first %d; there may be more.\n", n)
		}
		lines = lines[n:]
	}
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// ticketColumns are the members of lines. What a key says already is none.
func ticketColumns(lines []map[string]any) []string {
	all := map[string]bool{}
	for _, l := range lines {
		_, keyed := l["key"]
		for name := range l {
			if !keyed || name != "namespace" && name != "name" && name != "kind" {
				all[name] = true
			}
		}
	}
	rank := func(name string) int { return slices.Index(firstColumns, name) }
	return slices.SortedFunc(maps.Keys(all), func(x, y string) int {
		if i, j := rank(x), rank(y); i >= 0 || j >= 0 {
			return cmp.Compare(uint(i), uint(j)) // -1 is the largest
		}
		return cmp.Compare(x, y)
	})
}

// ticketTable writes lines as the rows of a table; a single one as a list.
func ticketTable(b *strings.Builder, lines []map[string]any) {
	b.WriteByte('\n')
	if len(lines) == 1 {
		members(b, lines[0], "")
		return
	}
	names := ticketColumns(lines)
	for _, name := range names {
		b.WriteString("| " + label(name) + " ")
	}
	b.WriteString("|\n" + strings.Repeat("|---", len(names)) + "|\n")
	for _, l := range lines {
		for _, name := range names {
			b.WriteString("| " + cell(name, l[name]) + " ")
		}
		b.WriteString("|\n")
	}
}

// members writes an object as a list, what is in it below.
func members(b *strings.Builder, o map[string]any, indent string) {
	for _, name := range ticketColumns([]map[string]any{o}) {
		switch v := o[name].(type) {
		case map[string]any:
			fmt.Fprintf(b, "%s- %s:\n", indent, label(name))
			members(b, v, indent+"  ")
		case []any:
			list(b, name, v, indent)
		default:
			fmt.Fprintf(b, "%s- %s: %s\n", indent, label(name), cell(name, v))
		}
	}
}

// list writes a list: its objects a line each, all else in one line.
func list(b *strings.Builder, name string, v []any, indent string) {
	_, objects := firstAny(v).(map[string]any)
	if !objects {
		fmt.Fprintf(b, "%s- %s: %s\n", indent, label(name), cmp.Or(cell(name, v), "none"))
		return
	}
	fmt.Fprintf(b, "%s- %s:\n", indent, label(name))
	for _, x := range v {
		fmt.Fprintf(b, "%s  - %s\n", indent, cell("", x))
	}
}

func firstAny(v []any) any {
	if len(v) == 0 {
		return nil
	}
	return v[0]
}

// label is what a member is called.
func label(name string) string {
	if l := ticketLabels[name]; l != "" {
		return l
	}
	for _, unit := range []string{"Ms", "Seconds", "Bytes"} { // their values say it
		if short, ok := strings.CutSuffix(name, unit); ok && short != "" {
			name = short
		}
	}
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if i > 0 && unicode.IsUpper(r) && !unicode.IsUpper(runes[i-1]) {
			b.WriteByte(' ')
		}
		if unicode.IsUpper(r) && i+1 < len(runes) && unicode.IsLower(runes[i+1]) {
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// cell writes a value in one line.
func cell(name string, v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		return map[bool]string{true: "yes", false: "no"}[v]
	case json.Number:
		return ticketNumber(name, v)
	case string:
		return quoted(v)
	case []any:
		var out []string
		for _, x := range v {
			if s := cell("", x); s != "" { // what an anonymised report leaves out
				out = append(out, s)
			}
		}
		return strings.Join(out, ", ")
	case map[string]any:
		var out []string
		for _, n := range ticketColumns([]map[string]any{v}) {
			if s := cell(n, v[n]); s != "" {
				out = append(out, label(n)+" "+s)
			}
		}
		return strings.Join(out, "; ")
	}
	b, _ := json.Marshal(v)
	return quoted(string(b))
}

// sized are the members that count bytes and whose names do not end so.
var sized = []string{"dbSize", "dbInUse", "quota", "size", "inUse", "free", "liveBytesMargin"}

// ticketNumber writes a number with its unit.
func ticketNumber(name string, n json.Number) string {
	whole, err := n.Int64()
	f, _ := n.Float64()
	short := strconv.FormatFloat(f, 'f', 2, 64)
	switch {
	case name == "metricsSeconds" && f == 0:
		return "all since the start of the member"
	case (slices.Contains(sized, name) || strings.HasSuffix(name, "Bytes")) && err == nil:
		return size(whole)
	case strings.HasSuffix(name, "BytesPerHour"):
		return size(int64(f))
	case strings.HasSuffix(name, "Ms"):
		return short + " ms"
	case strings.HasSuffix(name, "Seconds"), name == "seconds":
		return short + " s"
	case err == nil:
		return n.String()
	}
	return short
}

// plainText is text that Markdown shows as it is: no markup, no address and no name that a tracker makes a link of.
var plainText = regexp.MustCompile(`^[\pL\pN][\pL\pN ,.:;()/%=+'"-]*$`)

// quoted writes text, as code where Markdown would read more into it.
func quoted(s string) string {
	s = clean.Text(s)
	if s == "" || plainText.MatchString(s) && !strings.Contains(s, "//") {
		return s
	}
	return "`" + strings.NewReplacer("`", "'", "|", `\|`, "\n", " ").Replace(s) + "`"
}

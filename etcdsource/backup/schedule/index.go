package schedule

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// index is what is known of the backups of one cluster in one place.
type index struct {
	Version  int         `json:"version"` // 1
	Cluster  string      `json:"cluster"`
	UID      string      `json:"uid,omitempty"`
	Every    string      `json:"every,omitempty"`
	Delta    string      `json:"delta,omitempty"`
	Last     run         `json:"last"`
	Warning  string      `json:"warning,omitempty"` // of the last full snapshot
	Next     time.Time   `json:"next,omitzero"`
	Runs     []time.Time `json:"runs,omitempty"` // when the last single runs began
	Started  *starter    `json:"started,omitempty"`
	Failures int         `json:"failures"`
	Serial   int64       `json:"serial"`
	Entries  []Entry     `json:"entries"`

	strange []strange // entries that are not understood: they stay in the index, and what they name is never removed
}

// strange is an entry that is not understood.
type strange struct {
	text json.RawMessage
	name string // "" where it names none that is given here
	why  string // with its number
}

// starter says how often something else starts single runs, and when it did so last.
type starter struct {
	Every string    `json:"every"`
	Last  time.Time `json:"last"`
}

// run is how a run ended.
type run struct {
	Began  time.Time `json:"began,omitzero"`
	Ended  time.Time `json:"ended,omitzero"`
	Result string    `json:"result,omitempty"` // ok, failed, interrupted; "" while it is under way
	Error  string    `json:"error,omitempty"`
	Name   string    `json:"name,omitempty"`
}

// Results of runs.
const (
	resultOK     = "ok"
	resultFailed = "failed"
)

const (
	indexVersion = 1
	maxEntries   = 100_000
	maxSerial    = 1 << 53 // more backups than are ever made
	indexSuffix  = ".json"
)

// ours are the names that are given here, and the only ones that are ever removed.
var ours = regexp.MustCompile(`^(etcd-\d{8}-\d{6}(-\d{1,3})?\.db|v2/Full-00000000-\d{8,19}-\d{1,12}|v2/Incr-\d{8,19}-\d{8,19}-\d{1,12}\.gz)$`)

func indexName(cluster string) string { return cluster + indexSuffix }

func sortBySerial(list []*Entry) {
	slices.SortFunc(list, func(a, b *Entry) int { return cmp.Compare(b.Serial, a.Serial) })
}

// readIndex reads the index of a cluster; one that is not there is empty.
func readIndex(ctx context.Context, shelf etcdsource.Shelf, cluster string) (*index, error) {
	text, err := shelf.Index(ctx, indexName(cluster))
	if err != nil {
		return nil, err
	}
	if text == nil {
		return &index{Version: indexVersion, Cluster: cluster}, nil
	}
	return parseIndex(text, cluster)
}

// errIndex says that an index is not as it was written.
var errIndex = errors.New("the index of backups is damaged")

// indexFields are the fields of an index, without its entries.
type indexFields index

func parseIndex(text []byte, cluster string) (*index, error) {
	var file struct {
		indexFields
		Entries []json.RawMessage `json:"entries"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("%w: %s", errIndex, err.Error())
	}
	x := (*index)(&file.indexFields)
	switch {
	case x.Version != indexVersion:
		return nil, fmt.Errorf("%w: its version is %d", errIndex, x.Version)
	case x.Cluster != cluster:
		return nil, fmt.Errorf("%w: it is that of another cluster", errIndex)
	case len(file.Entries) > maxEntries:
		return nil, fmt.Errorf("%w: it lists more than %d backups", errIndex, maxEntries)
	case x.Serial < 0 || x.Serial > maxSerial:
		return nil, fmt.Errorf("%w: it counts up to %d", errIndex, x.Serial)
	}
	x.take(file.Entries)
	return x, nil
}

// take takes the entries of an index. One that is not understood, or that shares its name or its serial number with another one, is
// kept as it is.
func (x *index) take(list []json.RawMessage) {
	x.Entries = nil
	entries, why := make([]Entry, len(list)), make([]string, len(list))
	names, serials := map[string]int{}, map[int64]int{}
	for i, text := range list {
		e := &entries[i]
		switch err := json.Unmarshal(text, e); {
		case err != nil:
			why[i] = "cannot be read"
		case !ours.MatchString(e.Name) || e.Bytes <= 0 || len(e.Tail) != 64 || e.Kind != Full && e.Kind != Delta:
			why[i] = "is none that was made here"
		case e.Serial <= 0 || e.Serial > maxSerial:
			why[i] = "has no place of its own"
		}
		names[e.Name]++
		serials[e.Serial]++
		if e.Serial <= maxSerial {
			x.Serial = max(x.Serial, e.Serial)
		}
	}
	for i := range entries {
		e := &entries[i]
		if why[i] == "" && (names[e.Name] > 1 || serials[e.Serial] > 1) {
			why[i] = "has no place of its own"
		}
		if why[i] == "" {
			x.Entries = append(x.Entries, *e)
			continue
		}
		s := strange{text: list[i], why: fmt.Sprintf("entry %d %s", i+1, why[i])}
		if ours.MatchString(e.Name) {
			s.name = e.Name
		}
		x.strange = append(x.strange, s)
	}
}

// leftAlone says which entries are not understood, "" for none.
func (x *index) leftAlone() string {
	n := len(x.strange)
	if n == 0 {
		return ""
	}
	words := x.strange[0].why + ": it stays, and what it names is never removed"
	if n > 1 {
		words = fmt.Sprintf("%d entries are not understood (%s): they stay, and what they name is never removed", n, x.strange[0].why)
	}
	return words
}

func (x *index) write(ctx context.Context, shelf etcdsource.Shelf) error {
	all := make([]any, 0, len(x.Entries)+len(x.strange))
	for i := range x.strange {
		all = append(all, x.strange[i].text)
	}
	for i := range x.Entries {
		all = append(all, &x.Entries[i])
	}
	text, err := json.MarshalIndent(struct {
		indexFields
		Entries []any `json:"entries"`
	}{indexFields(*x), all}, "", " ")
	if err != nil {
		return err
	}
	return shelf.SetIndex(ctx, indexName(x.Cluster), append(text, '\n'))
}

// newest is the newest verified entry of a kind, nil for none.
func (x *index) newest(kind string) (best *Entry) {
	for i := range x.Entries {
		if e := &x.Entries[i]; e.Kind == kind && e.Verdict == verified && (best == nil || e.Serial > best.Serial) {
			best = e
		}
	}
	return best
}

func (x *index) lists(name string) bool {
	return slices.ContainsFunc(x.Entries, func(e Entry) bool { return e.Name == name }) ||
		slices.ContainsFunc(x.strange, func(s strange) bool { return s.name == name })
}

func (x *index) forget(serial int64) {
	x.Entries = slices.DeleteFunc(x.Entries, func(e Entry) bool { return e.Serial == serial })
}

// schedule is what the index says, for people.
func (x *index) schedule() etcdsource.Schedule {
	s := etcdsource.Schedule{Cluster: x.Cluster, UID: x.UID, Every: x.Every, Delta: x.Delta, Last: x.Last.Began, Result: x.Last.Result,
		Error: x.Last.Error, Path: x.Last.Name, Warning: x.Warning, Next: x.Next, Failures: x.Failures, Left: x.leftAlone()}
	if s.Every == "" && s.Next.IsZero() {
		x.expect(&s)
	}
	for i := range x.Entries {
		if x.Entries[i].Verdict == verified {
			s.Backups++
		}
	}
	return s
}

// Schedules returns what a place says of the schedules that keep backups there.
func Schedules(ctx context.Context, shelf etcdsource.Shelf) ([]etcdsource.Schedule, []Entry, error) {
	names, err := shelf.Indexes(ctx)
	if err != nil {
		return nil, nil, err
	}
	var list []etcdsource.Schedule
	var entries []Entry
	for _, name := range names {
		cluster, ok := strings.CutSuffix(name, indexSuffix)
		if !ok {
			if s, ok := unreachedIn(ctx, shelf, name, time.Now()); ok {
				list = append(list, s)
			}
			continue
		}
		x, err := readIndex(ctx, shelf, cluster)
		switch {
		case errors.Is(err, errIndex):
			list = append(list, etcdsource.Schedule{Cluster: cluster, Damaged: true, Error: err.Error()})
		case err != nil:
			return list, entries, err
		default:
			s := x.schedule()
			probe(ctx, shelf, &s)
			list, entries = append(list, s), append(entries, x.Entries...)
		}
	}
	return list, entries, nil
}

// Package keymap says what keys mean: one table of bindings, from which everything else is derived.
//
//	key press ─► State.Press(scopes) ─► Action ─► pane or program
//	Table ─┬─► KeyLine   the last line of the screen
//	       ├─► Groups    the help
//	       └─► Markdown  the table of the README
//
// What always holds:
//   - A key has one meaning in a scope. A key that means something everywhere is never bound again in one scope.
//   - Scopes are asked from the innermost to the outermost.
//   - Everything can be reached without ctrl, alt and function keys.
package keymap

// Action is what a key asks for.
type Action string

// The actions.
const (
	None Action = ""

	Up       Action = "up"
	Down     Action = "down"
	PageUp   Action = "page-up"
	PageDown Action = "page-down"
	HalfUp   Action = "half-page-up"
	HalfDown Action = "half-page-down"
	First    Action = "first"
	Last     Action = "last"
	Left     Action = "sideways-left"
	Right    Action = "sideways-right"

	Open     Action = "open"
	Expand   Action = "expand"
	Collapse Action = "collapse"
	Parent   Action = "parent"

	Fold      Action = "fold"
	FoldAll   Action = "fold-all"
	UnfoldAll Action = "unfold-all"
	Wrap      Action = "wrap"
	Format    Action = "format"
	Diff      Action = "diff"
	Blame     Action = "blame"
	BlameBack Action = "blame-before"
	DiffWith  Action = "diff-with"
	Noise     Action = "noise"
	NextHunk  Action = "next-hunk"
	PrevHunk  Action = "previous-hunk"

	ManagedFields Action = "managed-fields"
	Reveal        Action = "reveal"
	Search        Action = "search"
	SearchNext    Action = "next-match"
	SearchPrev    Action = "previous-match"

	NextPane Action = "next-pane"
	PrevPane Action = "previous-pane"
	Pane1    Action = "pane-keys"
	Pane2    Action = "pane-timeline"
	Pane3    Action = "pane-changes"
	Pane4    Action = "pane-snapshots"
	Pane5    Action = "pane-sequence"
	Pane6    Action = "pane-report"
	Pane8    Action = "pane-health"
	Pane9    Action = "pane-space"
	Zoom     Action = "zoom"
	// ShowOverview goes to what the source is, what fills it and what is wrong.
	ShowOverview Action = "overview"
	NextTab      Action = "next-source"

	Older        Action = "older-write"
	Newer        Action = "newer-write"
	TravelHere   Action = "travel-here"
	TravelTo     Action = "travel-to"
	GotoRevision Action = "go-to-revision"
	Now          Action = "now"
	TenOlder     Action = "ten-older"
	TenNewer     Action = "ten-newer"
	FarOlder     Action = "far-older"
	FarNewer     Action = "far-newer"
	ListThen     Action = "list-differences"
	Follow       Action = "follow"
	Recall       Action = "recall"

	JumpBack      Action = "jump-back"
	JumpForward   Action = "jump-forward"
	GotoOwner     Action = "go-to-owner"
	GotoNamespace Action = "go-to-namespace"
	GotoLease     Action = "go-to-lease"
	GotoNode      Action = "go-to-node"
	// GotoEndpoints lists the pods behind a Service.
	GotoEndpoints Action = "go-to-endpoints"
	Grep          Action = "search-values"

	ShowNamespaces Action = "namespaces"
	// ShowDeleted lists what was deleted.
	ShowDeleted    Action = "deleted"
	ScopeNamespace Action = "scope-namespace"
	Outside        Action = "view-outside"
	Requests       Action = "requests"
	Roots          Action = "roots"

	Sort       Action = "sort"
	Mark       Action = "mark"
	Copy       Action = "copy"
	CopyValue  Action = "copy-value"
	Snapshot   Action = "snapshot"
	OpenBeside Action = "open-beside"
	Export     Action = "export"
	Rescue     Action = "rescue"

	Verify       Action = "verify"
	VerifyNewest Action = "verify-newest"
	Restore      Action = "restore"
	Rehearse     Action = "rehearse"
	// BackupHistory shows when an object has changed, as the backups that are listed know it.
	BackupHistory Action = "backup-history"

	StoryNext  Action = "story-next"
	StoryBack  Action = "story-back"
	StoryAuto  Action = "story-auto"
	StoryReset Action = "story-reset"

	Command Action = "command"
	Help    Action = "help"
	Back    Action = "back"
	Refresh Action = "refresh"
	Redraw  Action = "redraw"
	Mouse   Action = "mouse"
	Suspend Action = "suspend"
	Quit    Action = "quit"
)

// Scope is where a binding holds.
type Scope string

// The scopes. A pane's scope is asked before Global.
const (
	Global    Scope = "everywhere"
	Tree      Scope = "keys"
	Value     Scope = "object"
	Folder    Scope = "folder"
	Timeline  Scope = "timeline"
	Changes   Scope = "changes"
	Snapshots Scope = "snapshots"
	Sequence  Scope = "sequence"
	Story     Scope = "story"
	Hunks     Scope = "diff"
	Compare   Scope = "comparison"
	Space     Scope = "space"
	Report    Scope = "report"
	Overview  Scope = "overview"
	Health    Scope = "health"
	Restoring Scope = "restore"
	Kept      Scope = "history in backups"
)

// Binding is what keys mean in a scope.
type Binding struct {
	Keys   []string // as Bubble Tea names them; "g g" is one after the other
	Action Action
	Scope  Scope
	Group  string // heading in the help
	Label  string // for the key line, "" to leave it out there
	Help   string // one sentence
}

// State remembers the first key of a sequence.
type State struct{ pending string }

// Pending returns the keys that were pressed and wait for another, "" when none do.
func (s *State) Pending() string { return s.pending }

// Press returns the action of a key in the scopes, the innermost first; None when it has none, or waits for another.
func (s *State) Press(key string, scopes ...Scope) Action {
	if s.pending != "" {
		key, s.pending = s.pending+" "+key, ""
	}
	for _, sc := range append(scopes, Global) {
		if a, ok := byKey[scoped{sc, key}]; ok {
			return a
		}
	}
	if begins(key) {
		s.pending = key
	}
	return None
}

// begins reports whether a key begins a sequence, in whatever scope: where that sequence means nothing, its second key
// must not be taken for a key of its own.
func begins(key string) bool {
	for at := range prefixes {
		if at.key == key {
			return true
		}
	}
	return false
}

// After returns the bindings that go on from what is pending, for the menu of what can follow.
func (s *State) After(scopes ...Scope) []Binding {
	var out []Binding
	for _, b := range Table {
		for _, k := range b.Keys {
			if s.pending != "" && len(k) > len(s.pending) && k[:len(s.pending)+1] == s.pending+" " && in(b.Scope, scopes) {
				b.Keys = []string{k[len(s.pending)+1:]}
				out = append(out, b)
			}
		}
	}
	return out
}

// Elsewhere reports whether a key means something in another scope than those it was pressed in.
func Elsewhere(key string) bool {
	for at := range byKey {
		if at.key == key {
			return true
		}
	}
	return begins(key)
}

func in(s Scope, scopes []Scope) bool {
	for _, x := range scopes {
		if x == s {
			return true
		}
	}
	return s == Global
}

type scoped struct {
	scope Scope
	key   string
}

var byKey, prefixes = derive(Table)

func derive(table []Binding) (map[scoped]Action, map[scoped]bool) {
	keys, first := map[scoped]Action{}, map[scoped]bool{}
	for _, b := range table {
		for _, k := range b.Keys {
			keys[scoped{b.Scope, k}] = b.Action
			for i := range k {
				if k[i] == ' ' && i > 0 {
					first[scoped{b.Scope, k[:i]}] = true
				}
			}
		}
	}
	return keys, first
}

// Package tui is the program on the screen. ARCHITECTURE: who knows whom, from the top down.
//
//	tui          the program: keys, mouse, tabs, commands; it loops over the features of a view (features.go)
//	feature/X    one task of the user: its state, its actions, its messages, its esc; a feature imports no other one
//	frame        what lies around the panes          view    one source on the screen: its panes, what is read for them
//	host         what a feature may ask of the program and must do for it; the jobs        words    texts for people
//	keytree, object, table, timeline, report, …      panes: they draw and remember a cursor, and read nothing
//	pane, dialog, widget, layout, theme, terminal    what all of these are made of; keymap (beside tui) has the keys
//
// How a key becomes a picture:
//
//	key ─► typing ─► keymap.Action ─► act ─► Feature.Act, else View.Act, else Pane.Do ─► Intent ─► Host.Carry
//	Act, Carry ─► host.Job (a command of Bubble Tea) ─► one message, for one view ─► View.Update, else Feature.Update
//	source ─► view.Feed ─► BatchMsg ─► session.State ─► panes
//	View ─► frame.Draw, only when something has changed
//
// How features work together: an event (host.Tick, host.Settling, view.Travelled, …) is given to all of them by
// Host.Tell; a request (host.ScopeTo, view.Rescue, …) is given by Host.Ask to the one that knows it.
//
// To add
//
//	a pane, screen   feature/X: a package with a type that implements host.Feature, and host.Screens (layout.NewScreen is
//	                 its ID); keymap/table.go: a row for its key; features.go: a word in makers
//	a command        the feature's Commands (host.Commands); one of the program itself: commands.go
//	an action        keymap/keymap.go and table.go: its name and its key; the feature's Act
//	a source         ../etcdsource/X: a type that implements etcdsource.Source; ../etcdsource/open: where it is recognised;
//	                 ../main_test.go: what it may import. Nothing here: etcdsource.As finds what a source can do
//	a rule           ../model/attribution/rules: the rule in its family's file and in the list, and its table test
//	a column, kind   ../decode/columns, ../decode/kinds
//
// What always holds:
//   - Update does no I/O, and a job changes no state: it answers with one message that says what it answers.
//   - One batch of changes is under way at most, one a frame; a frame is drawn from what is visible only.
//   - The terminal is left as it was found: after q, a signal, a panic.
package tui

package keymap

// The groups of the help, in their order.
const (
	groupMove    = "Moving"
	groupRead    = "Reading a value"
	groupTime    = "Time"
	groupPanes   = "Panes"
	groupDo      = "Doing"
	groupStory   = "Story"
	groupProgram = "Program"
)

// Table is every binding there is.
var Table = []Binding{
	{[]string{"up", "k"}, Up, Global, groupMove, "", "Go up a line."},
	{[]string{"down", "j"}, Down, Global, groupMove, "", "Go down a line."},
	{[]string{"pgup"}, PageUp, Global, groupMove, "", "Go up a page."},
	{[]string{"pgdown"}, PageDown, Global, groupMove, "", "Go down a page."},
	{[]string{"ctrl+u"}, HalfUp, Global, groupMove, "", "Go up half a page."},
	{[]string{"ctrl+d"}, HalfDown, Global, groupMove, "", "Go down half a page."},
	{[]string{"home", "g g"}, First, Global, groupMove, "", "Go to the first line."},
	{[]string{"end", "G"}, Last, Global, groupMove, "", "Go to the last line."},
	{[]string{"H"}, Left, Global, groupMove, "", "Move the text sideways to the left."},
	{[]string{"L"}, Right, Global, groupMove, "", "Move the text sideways to the right."},
	{[]string{"enter"}, Open, Global, groupMove, "open", "Open the folder, show the key, open the snapshot file."},
	{[]string{"right", "l"}, Expand, Tree, groupMove, "", "Open the folder, or go into it."},
	{[]string{"left", "h"}, Collapse, Tree, groupMove, "", "Close the folder, or go to the one above."},
	{[]string{"right", "l"}, Expand, Folder, groupMove, "", "Show the object, or go into the folder."},
	{[]string{"left", "h"}, Collapse, Folder, groupMove, "", "Go back to the keys."},
	{[]string{"g p"}, Parent, Tree, groupMove, "", "Go to the folder above."},
	{[]string{"g o"}, GotoOwner, Global, groupMove, "", "Go to the owner of the object."},
	{[]string{"g n"}, GotoNamespace, Global, groupMove, "", "Go to its namespace."},
	{[]string{"g N"}, GotoNode, Global, groupMove, "", "Go to the node it runs on."},
	{[]string{"g l"}, GotoLease, Global, groupMove, "", "Show the lease it hangs on: the time left, and its keys."},
	{[]string{"g b", "ctrl+o"}, JumpBack, Global, groupMove, "", "Go back to where the last jump began."},
	{[]string{"g f", "alt+right"}, JumpForward, Global, groupMove, "", "Go forward again."},

	{[]string{"space"}, PageDown, Value, groupRead, "", "Go down a page."},
	{[]string{"/"}, Search, Global, groupRead, "filter", "Filter the tree, or search in the value."},
	{[]string{"g /"}, Grep, Global, groupRead, "", "Look for a text in the values below the selected folder."},
	{[]string{"n"}, SearchNext, Value, groupRead, "", "Go to the next match."},
	{[]string{"N"}, SearchPrev, Value, groupRead, "", "Go to the match before."},
	{[]string{"x"}, Format, Global, groupRead, "format", "Show the value as YAML, JSON, hex, fields, in turn; a diff in another way; one sort of differences."},
	{[]string{"d"}, Diff, Global, groupRead, "diff", "Show what the version under the cursor changed, or what differs between the two that are marked; again: back."},
	{[]string{"b"}, Blame, Value, groupRead, "blame", "Show who owns each field and which revision changed it last, or the value again."},
	{[]string{"b"}, Blame, Tree, groupRead, "", "Show who owns each field and which revision changed it last, or the value again."},
	{[]string{"b"}, Blame, Timeline, groupRead, "", "Show who owns each field and which revision changed it last, or the value again."},
	{[]string{","}, BlameBack, Value, groupRead, "", "In blame: show the version before the one that changed the field under the cursor."},
	{[]string{"D"}, DiffWith, Global, groupRead, "", "Compare the version under the cursor with another one: now, then, a revision."},
	{[]string{"n"}, NextHunk, Hunks, groupRead, "hunk", "Go to the next hunk."},
	{[]string{"N"}, PrevHunk, Hunks, groupRead, "", "Go to the hunk before."},
	{[]string{"i"}, Noise, Hunks, groupRead, "noise", "Show managedFields, heartbeats and times of transitions, or fold them."},
	{[]string{"e"}, Export, Hunks, groupRead, "export", "Write the diff into a new file; it asks where to."},
	{[]string{"space"}, PageDown, Hunks, groupRead, "", "Go down a page."},
	{[]string{"z a", "z z"}, Fold, Value, groupRead, "fold", "Fold or unfold what is under the cursor."},
	{[]string{"z M"}, FoldAll, Value, groupRead, "", "Fold everything."},
	{[]string{"z R"}, UnfoldAll, Value, groupRead, "", "Unfold everything."},
	{[]string{"w"}, Wrap, Value, groupRead, "wrap", "Wrap long lines, or not."},
	{[]string{"m"}, ManagedFields, Global, groupRead, "", "Show managedFields, or not."},
	{[]string{"R"}, Reveal, Global, groupRead, "", "Show the values of Secrets until it is pressed again; the header says so."},

	{[]string{"["}, Older, Global, groupTime, "[ ] write", "Go one write back: of the key, of the whole store, in the story."},
	{[]string{"]"}, Newer, Global, groupTime, "", "Go one write forward."},
	{[]string{"t"}, TravelHere, Global, groupTime, "travel", "Show the whole store as it was at the selected revision."},
	{[]string{"T", "g r"}, TravelTo, Global, groupTime, "", "Show the whole store as it was: at a revision (4000), so many before (-500), so long ago (10m), at a time (15:04)."},
	{[]string{"<"}, FarOlder, Global, groupTime, "< > minute", "Go a minute back with the whole screen; a hundred revisions where no dates are known."},
	{[]string{">"}, FarNewer, Global, groupTime, "", "Go a minute forward with the whole screen; a hundred revisions where no dates are known."},
	{[]string{"c"}, ListThen, Global, groupTime, "compare", "List what differs between the shown time and now."},
	{[]string{"0"}, Now, Global, groupTime, "", "Return to now."},
	{[]string{"F"}, Follow, Global, groupTime, "", "Pause the live changes, or follow them again."},
	{[]string{"A"}, Recall, Global, groupTime, "", "Recall all history of a live store; it says first what that costs."},
	{[]string{"i"}, Noise, Changes, groupTime, "noise", "Show every change, or fold renewed leases and Events."},

	{[]string{"tab"}, NextPane, Global, groupPanes, "pane", "Go to the next pane."},
	{[]string{"shift+tab"}, PrevPane, Global, groupPanes, "", "Go to the pane before."},
	{[]string{"1"}, Pane1, Global, groupPanes, "", "Go to the keys."},
	{[]string{"2"}, Pane2, Global, groupPanes, "", "Go to the timeline of the selected key."},
	{[]string{"3"}, Pane3, Global, groupPanes, "", "Go to the changes of the whole store."},
	{[]string{"4"}, Pane4, Global, groupPanes, "", "Go to the snapshots."},
	{[]string{"5"}, Pane5, Global, groupPanes, "sequence", "Go to the sequence: who wrote through whom into etcd."},
	{[]string{"Z"}, Zoom, Global, groupPanes, "", "Give the pane the whole screen, or not."},
	{[]string{"\\"}, NextTab, Global, groupPanes, "", "Go to the next open source."},

	{[]string{"N"}, ScopeNamespace, Tree, groupDo, "", "Only one namespace in keys, changes and search, or all again."},
	{[]string{"N"}, ScopeNamespace, Folder, groupDo, "", "Only one namespace in keys, changes and search, or all again."},
	{[]string{"N"}, ScopeNamespace, Changes, groupDo, "", "Only one namespace in keys, changes and search, or all again."},
	{[]string{"e"}, Outside, Tree, groupDo, "", "Open the value in $PAGER, else $EDITOR: a read-only copy, masked as here."},
	{[]string{"e"}, Outside, Value, groupDo, "", "Open the value in $PAGER, else $EDITOR: a read-only copy, masked as here."},
	{[]string{"e"}, Outside, Timeline, groupDo, "", "Open the value in $PAGER, else $EDITOR: a read-only copy, masked as here."},
	{[]string{"s"}, Sort, Global, groupDo, "", "Sort the table of a folder: choose the column, again for the other way round."},
	{[]string{"space"}, Mark, Tree, groupDo, "", "Mark the key, or take the mark away."},
	{[]string{"space"}, Mark, Folder, groupDo, "mark", "Mark the row, or take the mark away."},
	{[]string{"space"}, Mark, Timeline, groupDo, "", "Mark the revision, or take the mark away."},
	{[]string{"y"}, Copy, Global, groupDo, "copy", "Choose what to copy: key, value, command."},
	{[]string{"Y"}, CopyValue, Global, groupDo, "", "Copy the value as YAML."},
	{[]string{"S"}, Snapshot, Global, groupDo, "snapshot", "Save a snapshot of the whole store; it asks where to."},
	{[]string{"o"}, OpenBeside, Snapshots, groupDo, "open beside", "Open the snapshot beside what is open."},

	{[]string{"space", "right", "l"}, StoryNext, Story, groupStory, "next", "Play the next step."},
	{[]string{"b", "left", "h"}, StoryBack, Story, groupStory, "back", "Go back to the step before, and in time with it."},
	{[]string{"a"}, StoryAuto, Story, groupStory, "autoplay", "Play by itself, or stop that."},
	{[]string{"r"}, StoryReset, Story, groupStory, "restart", "Start the story again."},

	{[]string{":", "ctrl+p"}, Command, Global, groupProgram, "command", "Type a command or the name of a resource; what there is is offered."},
	{[]string{"?", "f1"}, Help, Global, groupProgram, "help", "Show this help."},
	{[]string{"esc"}, Back, Global, groupProgram, "", "Undo one layer: dialog, filter, search, zoom, version, focus, time."},
	{[]string{"ctrl+r"}, Refresh, Global, groupProgram, "", "Read again what is shown; connect again."},
	{[]string{"ctrl+l"}, Redraw, Global, groupProgram, "", "Draw the screen anew."},
	{[]string{"@"}, Requests, Global, groupProgram, "", "Show every request that was sent to the server, with its etcdctl line."},
	{[]string{"M"}, Mouse, Global, groupProgram, "", "Release the mouse for selecting text, or take it."},
	{[]string{"ctrl+z"}, Suspend, Global, groupProgram, "", "Suspend the program; fg brings it back."},
	{[]string{"q", "ctrl+c"}, Quit, Global, groupProgram, "quit", "Quit; asks only if a snapshot is being saved."},
}

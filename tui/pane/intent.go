package pane

import "github.com/etcdscope/etcdscope/decode/text"

// Intent is what a pane asks the program to do. Only this file can define one: the program's switch over them is complete.
type Intent interface{ intent() }

// The intents.
type (
	// Select shows a key or a folder beside the tree.
	Select struct{ Path string }
	// Open shows a key and moves the focus to it.
	Open struct{ Path string }
	// Load reads a folder's children.
	Load struct{ Path string }
	// Pin shows another version of the selected key: the one at Rev, 0 for the one at the screen's time.
	Pin struct{ Rev int64 }
	// Older asks for more of the selected key's history.
	Older struct{}
	// Render asks for the value to be drawn again: it is another one, or is shown in another way.
	Render struct{}
	// BlameBefore shows the version before the one that changed the field under the cursor at revision Rev.
	BlameBefore struct{ Rev int64 }
	// ShowDifference shows what differs in one key of a comparison.
	ShowDifference struct{ Key string }
	// StepDiff moves to the next difference (Dir 1) or to the one before (Dir -1).
	StepDiff struct{ Dir int }
	// FilterWriter shows only the changes of one writer, "" for those whose writer is not known.
	FilterWriter struct{ Writer string }
	// Say shows a passing line.
	Say struct {
		Text string
		Role text.Role
	}
	// Leave gives the focus back to the keys.
	Leave struct{}
	// OpenFile opens a snapshot beside what is open.
	OpenFile struct{ Path string }
	// OpenApart opens the store that keeps a folder which the open one has not.
	OpenApart struct{ Path string }
)

func (Select) intent()         {}
func (Open) intent()           {}
func (Load) intent()           {}
func (Pin) intent()            {}
func (Older) intent()          {}
func (Render) intent()         {}
func (BlameBefore) intent()    {}
func (ShowDifference) intent() {}
func (StepDiff) intent()       {}
func (FilterWriter) intent()   {}
func (Say) intent()            {}
func (Leave) intent()          {}
func (OpenFile) intent()       {}
func (OpenApart) intent()      {}

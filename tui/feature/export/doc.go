// Package export is the feature that takes things out of the program: to the clipboard, into a pager, into a file, into
// a snapshot; and that brings back as YAML what was deleted or changed (rescuer).
//
//	S ─► askSave ─► Deps.Parts ─► Deps.Save (a job) ─► saveStepMsg … ─► savedMsg
//	a ─► rescuer (a job) ─► rescuedMsg ─► dialog ─► a file or the clipboard
package export

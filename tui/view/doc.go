// Package view is one source on the screen: the panes that show what is in the store, the cursor, what is being read for
// them, and the changes that arrive.
//
//	Tree    folders: Children, Count ─► childrenMsg, countedMsg ─► session.Tree
//	Reader  the selected key: Range, Versions ─► objectMsg, docMsg, historyMsg ─► the object, its history
//	Folder  the selected folder as a table: Range ─► tableMsg
//	Flow    Watch ─► Feed (bounded) ─► BatchMsg ─► session.State; who wrote it: attribution.Stream ─► attributedMsg
//	Times   when revisions were written: dating ─► datedMsg
//	Nav     marks, the places before a jump, the scope
//
// What always holds:
//   - A view is changed by Update, Act and the features of its program only, never by a job.
//   - What happens to it is reported to every feature as an event (Travelled, Changed, …): a view knows no feature.
package view

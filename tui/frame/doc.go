// Package frame draws what lies around the panes: header, time bar, rules, status line, key line; and puts the panes
// and the dialogs in their places.
//
//	header       what is open, how it is, the revision
//	time bar     where in time the screen is, when that is not now
//	rule, panes  (each paints its own rows)
//	status line  the prompt, a long work, a passing line, else where the content comes from
//	key line     what can be pressed now
//
// A Frame is given a Scene and changes nothing but its own buffer and the slots that can be clicked.
package frame

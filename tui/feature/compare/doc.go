// Package compare is the feature that says what differs: between two versions of a key (keyDiff, a diff), and between
// two states of all keys (stateDiff, a list).
//
//	d ─► readComparison (a job) ─► diffMsg ─► diffview
//	c ─► which? ─► stateReader ─► rowsMsg, rowsMsg, … ─► differences ─► enter ─► the diff of one key
//	the screen in the past ─► compareThen, compareFolder ─► thenMsg ─► marks in the tree
package compare

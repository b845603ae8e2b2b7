// Package family is the feature that draws what an object, its owners and what they own have written, as a sequence.
//
//	5 ─► relatives (a job) ─► familyMsg ─► sequence.Pane
package family

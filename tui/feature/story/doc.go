// Package story is the feature that plays the story of a source that has one, and describes its steps.
//
//	space ─► stepNext ─► Stepper.Next (a job) ─► stepMsg ─► the box of the story, the sequence
package story

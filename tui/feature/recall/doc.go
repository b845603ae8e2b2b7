// Package recall is the feature that reads the whole past of a running store from a snapshot, and shows the store with
// its past in the place of the view.
//
//	A ─► Cost (a job) ─► costMsg ─► dialog ─► Recall ─► view.ProgressMsg … ─► recalledMsg ─► Host.Replace
package recall

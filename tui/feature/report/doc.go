// Package report is the feature that sums up what has not converged, who writes most, and whose clock is off.
//
//	6 ─► sumUp (a job) ─► reportMsg (progress, then the content) ─► the pane
//	Tick ─► keepUp: of a running store only what was written since is added
package report

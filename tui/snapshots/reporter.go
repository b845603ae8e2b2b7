package snapshots

// Reporter makes steps of how far a save is, for a pane to show. It is used by one goroutine.
type Reporter struct {
	To   func(Step)
	last Step
}

// Report says how far the step of that name is: bytes done, and in all, -1 where not known. A new name ends the step
// before.
func (r *Reporter) Report(name string, done, total int64) {
	if r.last.Name != name {
		r.End()
	}
	r.last = Step{Name: name, Done: done, Total: total}
	r.To(r.last)
}

// End ends the last step, if there was one.
func (r *Reporter) End() {
	if r.last.Name != "" {
		r.last.Ended = true
		r.To(r.last)
	}
}

// Package travel is the feature that moves a view through time: by a write, by ten, by a minute, to a revision or a
// moment that is typed.
//
//	[ ] ─► write ─► Host.Travel, or another version of the selected key
//	t, :rev ─► gotoRevision ─► Host.Travel, or look (a job that dates revisions) ─► momentMsg ─► Host.Travel
package travel

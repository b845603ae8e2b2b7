// Package health is the feature that shows what the cluster can still lose, what is wrong with it, and which command comes
// next. Each member is asked itself, every few seconds and only while the screen is shown, or the overview, which asks for it.
//
//	8 ─► ask (a job: Prober.Probe) ─► probedMsg ─► health.Judge ─► Pane: verdict, members, advice
//	                                                └► host.Judged ─► the overview
//	tick ─► ask, when it is time again      enter ─► unfold an advice, copy a command
//	v ─► cost, a question ─► compare the members' hashes ─► Pane: equal, or the keys that differ
package health

// Package restore is the feature that plans the restore of a backup, and rehearses it.
//
//	r on a backup ─► host.PlanRestore ─► plan ─► plannedMsg ─► Pane: what stops it, dangers, needs, steps
//	r ─► with how many members? ─► rehearse ─► stepMsg, … ─► readyMsg ─► rehearsedMsg ─► Pane
//	                                                           └─► the restored store in a tab beside, compared or not
//
// What always holds: nothing is changed but a scratch folder, one work runs at a time, esc ends it, and the members that
// serve a restored store end with their tab, with the view that has begun it, and with the program.
package restore

// Package overview is the feature that says what a source is, what fills it, who writes and what is wrong.
//
//	7, or the cursor on the root ─► gather (jobs) ─► what it is, then what there is ─┐
//	  └► host.SumUp ─► feature report ─► SummedUp ───────────────────────────────────┴─► overview.Sections ─► the pane
//	                                                                            enter on a line ─► what explains it
//
// A live store is asked for numbers of keys, and for the first 8 MiB of the objects that are waited for; for all
// of them only where the report was asked for.
package overview

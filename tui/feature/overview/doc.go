// Package overview is the feature that says what a source is, what fills it, who writes and what is wrong.
//
//	7 ─► gather (a job) ─► gatheredMsg ─────────┐
//	  └► host.SumUp ─► feature report ─► SummedUp ┴─► overview.Sections ─► the pane ─► enter: what explains the line
//
// A live store is asked for numbers of keys only, and for its objects only where the report was asked for.
package overview

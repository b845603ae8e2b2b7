// Package search is the feature that finds things: keys by their names (/), texts in values, what an object is related
// to, and all that is in one namespace (the scope).
//
//	/ ─► finder: listKeys ─► listedMsg (a longer list, ten times a second) ─► search ─► foundMsg ─► keytree.ShowFound
//	grep TEXT ─► searcher (a job) ─► grepMsg, hits so far ─► keytree.ShowFound
//	g o, g n, g l ─► relation (a job) ─► gotoMsg or leaseMsg ─► Host.Jump
//
// What was found takes the place of the tree; esc gives the tree back.
package search

// Package filter is the language in which changes, differences, keys and rows of a table are chosen, on the screen and in the
// shell alike. It is pure: a Filter is text that was parsed, and is asked about one Item after the other.
//
//	by:kubelet type:updated !is:noise pods
//	    │            │          │      └─ plain text: the key has "pods" in it
//	    │            │          └──────── "!" in front: it is not so
//	    │            └─────────────────── one of several values, with commas: type:created,deleted
//	    └──────────────────────────────── a word, ":" and a value
//
//	filter = { term } .                        separated by blanks; all of them must hold
//	term   = [ "!" ] ( word ":" value | text ) .
//	word   = "by" | "type" | "aspect" | "kind" | "ns" | "since" | "until" | "field" | "is" .
//	value  = item { "," item } .               one of them must hold; since, until and is take one
//	text   = [ "^" ] characters [ "$" ] .      occurs in the key, begins it, ends it; small letters mean capitals too
//
// Double quotes keep blanks, commas and colons together: "system:node" is text, by:"a, b" one name. What begins with system:
// or kubeadm: is text without quotes, for Kubernetes' own names do.
//
// What always holds:
//   - A Filter sees what is shown: field: looks at the object as the View of its change has it, so a masked value of a Secret is
//     the mask, whatever is stored.
//   - Where something is not known yet, the answer is NotYet, never a guess.
//   - Parse returns a Filter that can be used also where it returns an error: of the terms that are complete.
package filter

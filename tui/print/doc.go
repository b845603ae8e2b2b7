// Package print is the command line: the same content as the panes, as text, JSON or YAML.
//
//	args ─► cobra ─► command ─► store (source, root, kinds, decoder) ─► out ─► stdout
//	                   │                                                 └──► stderr: one line when it fails
//	                   └─ Funcs: what main opens, saves and discovers for it
//
// What always holds:
//   - Nothing is opened here: sources, snapshots, stories and the screen program come in through Funcs.
//   - Stdout carries the result only, stderr warnings and the one line of an error; progress is shown on terminals only.
//   - Text output holds no stored byte that could steer a terminal; JSON output escapes those that could.
//   - A Secret's values are masked unless --reveal was given.
//   - Exit codes: 0 done, 1 the answer is no, 2 usage, 3 the source cannot be opened or reached, 4 compacted,
//     130 interrupted.
package print

// Package sourcetest holds the rules that every etcdsource.Source keeps, as one suite, and small stores to try them on.
//
//	Generate(seed) → []Op ─┬─ WriteSnapshot → a file          ─┐
//	                       ├─ Replay        → a running etcd  ─┼─ Source ─ Run: the same answers as the Model's?
//	                       └─ NewModel      → maps             ─┘
//
// A new kind of source is tested by one call:
//
//	sourcetest.Run(t, func(t *testing.T, spec sourcetest.Spec) etcdsource.Source { … })
//
// The function gets a store as a list of writes and returns a source that holds exactly that. What must hold: children,
// range and count agree with the model at every retained revision; a watch delivers exactly the changes, in order and
// no revision split; the walk back through one key is the watch of that key; revisions out of reach have their errors.
//
// The package is for tests only. Stores are the same for the same seed.
package sourcetest

// Package space is the feature that shows what fills the database: by resource, namespace, key, field and writer.
//
//	9, g s ─► survey (a job) ─► surveyMsg, ten times a second ─► board: bar, advice, table ─► enter: there
//
// A file and a recalled store are counted as a whole, once; a live one is asked for numbers of keys and a sample of values. The
// survey ends when nobody looks any more.
package space

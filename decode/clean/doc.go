// Package clean makes untrusted text safe to draw.
//
// Whoever can write to the store can put escape sequences, bidirectional controls, zero-width characters or bytes that
// are no UTF-8 into a name or a value. Nothing of that may reach a terminal: it would move the cursor, fake colours,
// hide text, or fill the clipboard.
//
//	name, value, error, title → Line, Text, Key, Error → drawn as it is
//	"abc\x1b[31m\u202e\xff"    → "abc␛[31m��"
//
// What always holds for text that this package returns:
//   - It is valid UTF-8, without control characters, format characters or bidirectional controls.
//   - Line's width is what both ways of measuring (grapheme clusters and wcwidth) find, so that layouts hold.
//   - Plain printable ASCII comes back unchanged and without an allocation.
//
// What was replaced can be seen: each stand-in takes a column. Copying and exporting use the stored bytes instead.
package clean

// Package aliases refuses YAML that grows when it is read.
//
//	a: &a [x,x,x,x,x,x,x,x,x]
//	b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]
//	c: [*b,*b,*b,*b,*b,*b,*b,*b,*b]      nine such lines are a billion texts
//
// The readers of YAML bound how many values they make of aliases, but not how many bytes these have once they are
// written as JSON.
package aliases

import "errors"

const (
	// most is how many aliases a document may have: 16 can make it 400 times as large.
	most = 16
	// large is from which size on, in bytes, a document may have one alias only.
	large = 64 << 10
)

// Err says that a document has more aliases than it may have.
var Err = errors.New("it has more YAML aliases (*name) than are read; write out what they stand for")

// Check returns Err for a document whose aliases could make it grow without bound. What looks like an alias within a
// text counts too, but only in a document that has anchors.
func Check(b []byte) error {
	limit := most
	if len(b) > large {
		limit = 1
	}
	anchors, stars := count(b, '&'), count(b, '*')
	if anchors > 0 && stars > limit {
		return Err
	}
	return nil
}

// count counts the signs that stand where an anchor or an alias can: before a name, behind a blank or a sign.
func count(b []byte, sign byte) (n int) {
	for i, c := range b {
		if c == sign && i+1 < len(b) && b[i+1] > ' ' && (i == 0 || before[b[i-1]]) {
			n++
		}
	}
	return n
}

var before = [256]bool{' ': true, '\t': true, '\n': true, '\r': true, '[': true, '{': true, ',': true, ':': true, '-': true, '?': true, '\'': true, '"': true, '}': true, ']': true}

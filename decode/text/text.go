// Package text is content on its way to the screen: lines of safe text with a role for each stretch of it.
//
//	stored bytes → clean → Line{Text, Spans} → theme's colours → a row of exactly w columns
//
// Whoever makes a Line from stored data makes it through package clean; a Line's Text can be drawn as it is. Colours
// are no part of it, so that themes, search and sideways scrolling work on the plain text.
package text

// Role is what a stretch of text is; a theme gives it a colour.
type Role uint8

// The roles. Plain is the ordinary text colour.
const (
	Plain Role = iota
	Muted
	Key     // a field's name
	String  // a string value
	Number  // a number
	Bool    // true, false, null
	Punct   // brackets, dashes, colons
	Comment // what etcdscope says in between
	Added
	Removed
	Changed
	Warning
	Error
	OK
	Accent
	Masked      // a hidden secret value
	Travel      // anything that speaks of another time than now
	Match       // what was searched for
	AddedWord   // what differs within an added line
	RemovedWord // what differs within a removed line
	roles
)

// Roles is the number of roles.
const Roles = int(roles)

// Span gives the role of the text before End that lies behind the span before it.
type Span struct {
	End  uint32 // byte offset in Line.Text
	Role Role
}

// Line is one line of safe text. Text behind the last span is Plain.
type Line struct {
	Text  string
	W     int // columns
	Spans []Span
	Depth int // nesting, for folding; 0 is the top
}

// Doc is a document in lines.
type Doc struct {
	Lines []Line
	// Folds are the ranges of lines that can be hidden, in the order of From; nested ones lie within their parents.
	Folds []Fold
	// Replaced reports that some stored text could not be drawn as it is: offer the hex view.
	Replaced bool
}

// Fold is a foldable range of lines.
type Fold struct {
	From, To int  // lines; From is the line that stays, To the first behind the fold
	Closed   bool // folded when the document is opened (managedFields)
	Note     string
}

// Builder puts a Line together.
type Builder struct {
	text  []byte
	spans []Span
	width int
}

// Add appends safe text that is width columns wide.
func (b *Builder) Add(role Role, s string, width int) *Builder {
	if s == "" {
		return b
	}
	b.text = append(b.text, s...)
	b.width += width
	if n := len(b.spans); n > 0 && b.spans[n-1].Role == role {
		b.spans[n-1].End = uint32(len(b.text))
	} else {
		b.spans = append(b.spans, Span{uint32(len(b.text)), role})
	}
	return b
}

// ASCII appends text that is known to be printable ASCII.
func (b *Builder) ASCII(role Role, s string) *Builder { return b.Add(role, s, len(s)) }

// Line returns the line and empties the builder.
func (b *Builder) Line() Line {
	l := Line{Text: string(b.text), W: b.width, Spans: b.spans}
	*b = Builder{text: b.text[:0]}
	return l
}

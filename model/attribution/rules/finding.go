package rules

import (
	"fmt"

	"github.com/etcdscope/etcdscope/model/attribution/evidence"
)

// Confidence grades a finding.
type Confidence uint8

// The grades. Certain is never wrong; likely hardly ever; a guess is the best that can be had.
const (
	Unknown Confidence = iota
	Guess
	Likely
	Certain
)

// String is the word that the command line prints.
func (c Confidence) String() string {
	return [...]string{"unknown", "guess", "likely", "certain"}[c]
}

// Mark is the sign of the grade: ✓, ~, ? or a blank; in ASCII =, :, ?, for ~ is the sign of an update.
func (c Confidence) Mark(ascii bool) string {
	if ascii {
		return [...]string{" ", "?", ":", "="}[c]
	}
	return [...]string{" ", "?", "~", "✓"}[c]
}

// Finding is what a rule concludes. Its texts are as stored, and not safe to draw.
type Finding struct {
	Writer     string // the manager as stored, or the component; "" where nobody can be named
	Controller string // inside kube-controller-manager, by its service account's name
	Grade      Confidence
	Evidence   string
	OutOfBand  string // why this was not written by an API server, "" where nothing indicates that
	// Component is the component of Kubernetes that Writer is, "" where it is none or is not known.
	Component string
	Stored    bool            // managedFields hold the writer's name
	Quoted    *evidence.Entry // the entry that Evidence quotes with its time, nil for none
	Borrowed  bool            // Writer is the name of a component that did not write this
}

// Nameless is what is said of clients that no rule can name.
const Nameless = "a client; its name is not stored"

// nothingStored is the evidence for a value that is no Kubernetes object.
const nothingStored = "nothing is stored about who wrote this"

// unknown is the finding of a rule that knows why nobody can be named.
func unknown(format string, args ...any) (Finding, bool) {
	return Finding{Evidence: fmt.Sprintf(format, args...)}, true
}

// by names a writer.
func by(g Confidence, writer, controller, format string, args ...any) (Finding, bool) {
	return Finding{Writer: writer, Controller: controller, Grade: g, Evidence: fmt.Sprintf(format, args...)}, true
}

// outOfBand says that no API server wrote this.
func outOfBand(format string, args ...any) (Finding, bool) {
	f, _ := unknown(format, args...)
	f.OutOfBand = f.Evidence
	f.Evidence = "OUT OF BAND: " + f.Evidence
	return f, true
}

// count is a number with what it counts.
func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

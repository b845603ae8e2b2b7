package words

import (
	"errors"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/tui/widget"
)

// Quote makes a word that a shell takes as it is.
func Quote(s string) string {
	return clean.Shell(s)
}

// Reason is why an error happened, without what was tried: the screen says that itself.
func Reason(err error) string {
	var p *etcdsource.Problem
	if AsProblem(err, &p) {
		return p.Why
	}
	return err.Error()
}

// Sentence makes lines of an error: what was tried, why it failed, what to do, each on its own.
func Sentence(before string, err error) []string {
	var p *etcdsource.Problem
	if !AsProblem(err, &p) {
		return []string{before + clean.Error(err)}
	}
	out := []string{before + Upper(clean.Text(p.Tried)) + ":", ""}
	for _, each := range p.Each {
		out = append(out, clean.Text(each)+".")
	}
	if len(p.Each) == 0 {
		out = append(out, Upper(clean.Text(p.Why))+".")
	}
	if p.Do != "" {
		out = append(out, "", Upper(clean.Text(p.Do))+".")
	}
	return out
}

// Upper begins a sentence. The name etcd is written in lower case everywhere.
func Upper(s string) string {
	if s == "" || s == "etcd" || strings.HasPrefix(s, "etcd ") || strings.HasPrefix(s, "etcd'") {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// First returns the first string that is not empty, "" where all are.
func First(ss ...string) string {
	for _, s := range ss {
		if s != "" {
			return s
		}
	}
	return ""
}

// Wrapped breaks lines so that none is wider than w columns.
func Wrapped(lines []string, w int) (out []string) {
	for _, l := range lines {
		out = append(out, widget.Wrap(l, max(w, 20))...)
	}
	return out
}

// ShellWord quotes what a shell would not take as one word.
func ShellWord(s string) string {
	if FileName(strings.ReplaceAll(s, "/", "-")) == strings.ReplaceAll(s, "/", "-") {
		return s
	}
	return Quote(s)
}

// OneLine makes text safe on one line, without an allocation where it is already.
func OneLine(s string) string {
	out, _, _ := clean.Line(s, 1)
	return out
}

// AsProblem finds the etcdsource.Problem in an error.
func AsProblem(err error, p **etcdsource.Problem) bool { return errors.As(err, p) }

// SplitLines returns the lines of a text.
func SplitLines(s string) []string { return strings.Split(s, "\n") }

// FileName makes a word that is a file's name everywhere.
func FileName(s string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r == '-' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, s), "-.")
}

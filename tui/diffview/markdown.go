package diffview

import (
	"fmt"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
)

// Markdown is a diff for a ticket: what is compared, who wrote the newer side, the line that prints it, and the patch as a block
// of code. wrote and line may be "".
func (c *Content) Markdown(patch, wrote, line string) string {
	if patch == "" {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s, revision %d to %d", code(c.Name()), c.From.Rev, c.To.Rev)
	if wrote != "" {
		fmt.Fprintf(&b, ", written by %s", code(clean.Text(wrote)))
	}
	b.WriteString("\n\n")
	fence := fenceOf(patch)
	fmt.Fprintf(&b, "%sdiff\n%s\n%s\n", fence, strings.TrimRight(patch, "\n"), fence)
	if line != "" {
		fence = fenceOf(line)
		fmt.Fprintf(&b, "\n%ssh\n%s\n%s\n", fence, line, fence)
	}
	return b.String()
}

// fenceOf is what a block of code begins and ends with: more backticks than there are in a row in its text.
func fenceOf(s string) string { return strings.Repeat("`", max(3, backticks(s)+1)) }

// code is text as code within a line.
func code(s string) string {
	fence := strings.Repeat("`", backticks(s)+1)
	if len(fence) > 1 {
		s = " " + s + " "
	}
	return fence + s + fence
}

// backticks is how many of them are in a row at most.
func backticks(s string) (most int) {
	n := 0
	for _, r := range s {
		if n++; r != '`' {
			n = 0
		}
		most = max(most, n)
	}
	return most
}

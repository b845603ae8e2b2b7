package print

import (
	"regexp"
	"strings"

	"github.com/etcdscope/etcdscope/decode"
)

// tokenText finds the name of an OpenShift token, in a key or as kubectl names it: it is the token itself.
var tokenText = regexp.MustCompile(`oauth/?(?:access|authorize)tokens?(?:\.oauth\.openshift\.io)?/([^\s"'\\,;)]+)`)

// hush masks the tokens that a line names, wherever else in the line they are too.
func (o *out) hush(line string) string {
	if o.reveal || !strings.Contains(line, "oauth") {
		return line
	}
	for _, m := range tokenText.FindAllStringSubmatch(line, -1) {
		if m[1] == decode.Mask {
			continue
		}
		line = strings.ReplaceAll(line, "/"+m[1], "/"+decode.Mask)
		line = strings.ReplaceAll(line, `"`+m[1]+`"`, `"`+decode.Mask+`"`)
		if len(m[1]) > 8 {
			line = strings.ReplaceAll(line, m[1], decode.Mask)
		}
	}
	return line
}

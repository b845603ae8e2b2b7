package print

import "github.com/etcdscope/etcdscope/decode"

// hush masks the tokens that a line names, unless secrets are revealed.
func (o *out) hush(line string) string {
	if o.reveal {
		return line
	}
	return decode.HideTokens(line)
}

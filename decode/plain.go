package decode

import "github.com/etcdscope/etcdscope/decode/crypt"

// Plain returns a value as it was before the API server encrypted it: the value itself, where it is not encrypted. It must not
// be changed. The error says why it cannot be decrypted.
func (d *Decoder) Plain(key, value []byte) ([]byte, crypt.Info, error) {
	return d.o.Keyring.Decrypt(key, value)
}

package crypt

import (
	"bytes"
	"crypto/aes"
	"encoding/binary"
	"unicode"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxName bounds the name of a key, in bytes.
const maxName = 256

// cut separates the name of the key from the cipher text. Names may hold colons (k3s puts a time into them), and the cipher
// text is random: of the colons that end a printable text the last is taken behind which a body of the provider's form
// can begin. A body that begins with printable bytes and a colon itself is mistaken for a name in 0.6 % of the cases, or
// less where its length says more. The name is "" where no colon fits.
func cut(i Info, rest []byte) (name string, body []byte) {
	first := bytes.IndexByte(rest, ':')
	if first < 0 || first > maxName {
		return "", nil
	}
	name, body = string(rest[:first]), rest[first+1:]
	whole := false
	for at := 0; at < min(len(rest), maxName+1); {
		r, n := utf8.DecodeRune(rest[at:])
		if r == utf8.RuneError && n < 2 || !unicode.IsPrint(r) {
			break
		}
		at += n
		if r != ':' {
			continue
		}
		if fits := formed(i, rest[at:]); fits || !whole && named[i.Provider] {
			name, body, whole = string(rest[:at-1]), rest[at:], fits
		}
	}
	return name, body
}

// named are the providers whose keys have the names that the configuration gives them.
var named = map[string]bool{"aescbc": true, "aesgcm": true, "secretbox": true}

// formed reports whether the bytes have the form of a provider's cipher text.
func formed(i Info, b []byte) bool {
	switch i.Provider {
	case "aescbc":
		return len(b) >= 2*aes.BlockSize && len(b)%aes.BlockSize == 0
	case "aesgcm":
		return len(b) >= 12+16
	case "secretbox":
		return len(b) >= 24+16
	case "kms":
		if i.Version == "v2" {
			return encryptedObject(b)
		}
		return len(b) > 2 && int(binary.BigEndian.Uint16(b)) <= len(b)-2
	}
	return false
}

// encryptedObject reports whether the bytes are the message EncryptedObject of KMS v2: 1 data, 2 key ID, 3 the encrypted
// seed, 4 annotations, 5 the type.
func encryptedObject(b []byte) bool {
	seen := false
	for len(b) > 0 {
		num, _, n := protowire.ConsumeField(b)
		if n < 0 || num > 5 {
			return false
		}
		seen = seen || num == 1
		b = b[n:]
	}
	return seen
}

// kmsKeyID returns field 2 of a KMS v2 EncryptedObject, "" where it has none.
func kmsKeyID(version string, body []byte) string {
	if version != "v2" {
		return ""
	}
	for len(body) > 0 {
		num, typ, n := protowire.ConsumeTag(body)
		if n < 0 {
			return ""
		}
		body = body[n:]
		if num == 2 && typ == protowire.BytesType {
			v, n := protowire.ConsumeBytes(body)
			if n < 0 || len(v) > 1024 {
				return ""
			}
			return string(v)
		}
		if n = protowire.ConsumeFieldValue(num, typ, body); n < 0 {
			return ""
		}
		body = body[n:]
	}
	return ""
}

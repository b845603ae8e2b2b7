package crypt

import (
	"cmp"
	"crypto/aes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// A value of a KMS provider is encrypted with a data encryption key (DEK), which is stored beside it, encrypted by the
// plugin. A DEK source is that encrypted text and what the plugin needs with it.

// Plugin is a KMS plugin that an EncryptionConfiguration names.
type Plugin struct {
	Name     string
	Version  string // v1, v2
	Endpoint string // unix:///path, unix://@abstract
}

// Source is an encrypted data encryption key. Equal sources are decrypted to equal keys.
type Source struct {
	Plugin      string // its name in the configuration
	Version     string // v1, v2
	KeyID       string // v2: the plugin's name for the key that it encrypted it with
	Text        []byte // encrypted
	Annotations map[string][]byte
	Seed        bool // v2: it is a seed, of which each value has a key of its own
}

// ID names a source: 12 hexadecimal digits that are equal for equal sources. Nothing can be decrypted with it.
func (s *Source) ID() string {
	h := sha256.New()
	add := func(b []byte) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
		h.Write(b)
	}
	for _, t := range []string{s.Plugin, s.Version, s.KeyID} {
		add([]byte(t))
	}
	add(s.Text)
	if s.Seed {
		add([]byte{1})
	}
	for _, name := range slices.Sorted(maps.Keys(s.Annotations)) {
		add([]byte(name))
		add(s.Annotations[name])
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// Unwrap asks a plugin for what is encrypted in a source. It may take as long as its own timeout; it is called for each
// value, so it keeps what it got. Its error is one line in lower case.
type Unwrap func(Source) ([]byte, error)

// WithKMS returns a keyring that also has the keys that a plugin decrypts.
func (k *Keyring) WithKMS(u Unwrap) *Keyring {
	out := Keyring{}
	if k != nil {
		out = *k
	}
	out.unwrap = u
	return &out
}

// Plugins are the plugins that the configuration names.
func (k *Keyring) Plugins() []Plugin {
	if k == nil {
		return nil
	}
	return k.plugins
}

// errPlugin says that no KMS plugin was asked for the key.
var errPlugin = errors.New("its KMS plugin has the key; :kms or --kms asks it")

// errCutOff says that a value of a plugin is not whole.
var errCutOff = errors.New("it is too short or cut off")

// openKMS decrypts a value of a plugin.
func (k *Keyring) openKMS(etcdKey, body []byte, info Info) ([]byte, error) {
	if k == nil || k.unwrap == nil {
		return nil, errPlugin
	}
	s, data, err := sourceOf(info, body)
	if err != nil {
		return nil, err
	}
	secret, err := k.unwrap(s)
	if err != nil {
		return nil, err
	}
	if s.Seed {
		if len(data) < seedInfo {
			return nil, errCutOff
		}
		if len(secret) < 32 {
			return nil, errors.New("what its KMS plugin decrypted is too short for a seed")
		}
		if secret, err = hkdf.Expand(sha256.New, secret, string(data[:seedInfo]), 32); err != nil {
			return nil, err
		}
		data = data[seedInfo:]
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, errors.New("what its KMS plugin decrypted is no AES key")
	}
	plain, err := openGCM(block, etcdKey, data)
	if err != nil && info.Version == "v1" { // Kubernetes 1.24 and older wrote CBC
		if cbc, err := openCBC(block, data); err == nil {
			return cbc, nil
		}
	}
	if err != nil {
		return nil, errors.New("the key that its KMS plugin decrypted does not fit, or the value was copied from another key")
	}
	return plain, nil
}

// seedInfo is how many bytes of a value derive its key from a seed.
const seedInfo = 32

// The most bytes of the fields of an EncryptedObject, as the API server accepts them.
const (
	maxSource      = 1 << 10
	maxAnnotations = 32 << 10
)

// sourceOf separates what is stored for a value of a plugin into the source of its key and the encrypted data.
func sourceOf(info Info, body []byte) (s Source, data []byte, err error) {
	s = Source{Plugin: info.KeyName, Version: info.Version, KeyID: info.KeyID}
	switch info.Version {
	case "v1":
		if len(body) < 2 || len(body)-2 < int(binary.BigEndian.Uint16(body)) {
			return s, nil, errCutOff
		}
		n := 2 + int(binary.BigEndian.Uint16(body))
		s.Text, data = body[2:n], body[n:]
		return s, data, nil
	case "v2":
		err = s.parse(body, &data)
		return s, data, err
	}
	return s, nil, errors.New("this version of KMS is not known")
}

// parse reads the fields of an EncryptedObject.
func (s *Source) parse(b []byte, data *[]byte) error {
	size := 0
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return errCutOff
		}
		b = b[n:]
		value := protowire.ConsumeFieldValue(num, typ, b)
		if value < 0 {
			return errCutOff
		}
		field := b[:value]
		b = b[value:]
		switch {
		case num == 5 && typ == protowire.VarintType:
			kind, _ := protowire.ConsumeVarint(field)
			if kind > 1 {
				return errors.New("the kind of its key is not known")
			}
			s.Seed = kind == 1
		case typ != protowire.BytesType:
		case num == 1:
			*data, _ = protowire.ConsumeBytes(field)
		case num == 3:
			s.Text, _ = protowire.ConsumeBytes(field)
		case num == 4:
			entry, _ := protowire.ConsumeBytes(field)
			if size += len(entry); size > maxAnnotations {
				return errors.New("its annotations are larger than an API server writes them")
			}
			s.annotate(entry)
		}
	}
	if len(s.Text) == 0 || len(*data) == 0 {
		return errCutOff
	}
	if len(s.Text) > maxSource {
		return errors.New("its encrypted key is larger than an API server writes it")
	}
	return nil
}

// annotate adds an entry of the map of annotations.
func (s *Source) annotate(entry []byte) {
	var name string
	var value []byte
	for len(entry) > 0 {
		num, typ, n := protowire.ConsumeTag(entry)
		if n < 0 {
			return
		}
		entry = entry[n:]
		v, n := protowire.ConsumeBytes(entry)
		if typ != protowire.BytesType || n < 0 {
			return
		}
		entry = entry[n:]
		switch num {
		case 1:
			name = string(v)
		case 2:
			value = v
		}
	}
	if s.Annotations == nil {
		s.Annotations = map[string][]byte{}
	}
	s.Annotations[name] = slices.Clone(value)
}

// plugin reads a provider of kind kms.
func plugin(name, version, endpoint string) Plugin {
	return Plugin{Name: name, Version: cmp.Or(strings.ToLower(version), "v1"), Endpoint: endpoint}
}

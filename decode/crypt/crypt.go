// Package crypt decrypts what the API server encrypted at rest.
//
//	k8s:enc:aescbc:v1:key1:…      IV 16, then CBC with PKCS#7
//	k8s:enc:aesgcm:v1:key1:…      nonce 12, ciphertext and tag; the etcd key is authenticated too
//	k8s:enc:secretbox:v1:key1:…   nonce 24, then XSalsa20 with Poly1305
//	k8s:enc:kms:v1:plugin:…       length, DEK encrypted by the plugin, then GCM (or CBC) with that
//	k8s:enc:kms:v2:plugin:…       an EncryptedObject: DEK or seed encrypted by the plugin, then GCM
//
// What always holds:
//   - A Keyring never changes, and keys and plain text stay in memory: no error says anything of them.
//   - Every key whose name fits is tried, as the API server does; the first that fits by its authentication or padding
//     wins.
//
// The layouts are those of k8s.io/apiserver pkg/server/options/encryptionconfig and pkg/storage/value/encrypt.
package crypt

import (
	"bytes"
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/nacl/secretbox"
	"sigs.k8s.io/yaml"

	"github.com/etcdscope/etcdscope/decode/aliases"
)

const prefix = "k8s:enc:"

// Info says how a value was stored. The zero Info is plain text.
type Info struct {
	Provider string // aescbc, aesgcm, secretbox, kms
	Version  string // v1, v2
	KeyName  string // of the configuration; for kms the plugin's name
	KeyID    string // kms v2: the plugin's name for the key that it used
}

// String names provider and key: "aescbc key1".
func (i Info) String() string {
	s := i.Provider
	if i.KeyName != "" {
		s += " " + i.KeyName
	}
	if i.KeyID != "" {
		s += " (" + i.KeyID + ")"
	}
	return s
}

// ErrNoKey says that no key of the keyring is for this value.
var ErrNoKey = errors.New("no key for it was given")

// Keyring is the keys of an EncryptionConfiguration. nil has no keys.
type Keyring struct {
	keys    []key
	plugins []Plugin
	unwrap  Unwrap // nil: no plugin is asked
	rules   []rule
}

type key struct {
	provider, name string
	secret         []byte
}

// config is the part of apiserver.config.k8s.io's EncryptionConfiguration that is needed for reading.
type config struct {
	Kind      string `json:"kind"`
	Resources []struct {
		Resources []string `json:"resources"`
		Providers []map[string]*struct {
			Name       string `json:"name"`
			APIVersion string `json:"apiVersion"`
			Endpoint   string `json:"endpoint"`

			Keys []struct {
				Name   string `json:"name"`
				Secret string `json:"secret"`
			} `json:"keys"`
		} `json:"providers"`
	} `json:"resources"`
}

// Parse reads an EncryptionConfiguration, YAML or JSON. For reading, which resources a key is for does not matter.
func Parse(b []byte) (*Keyring, error) {
	if err := aliases.Check(b); err != nil {
		return nil, err
	}
	var c config
	if err := yaml.Unmarshal(b, &c); err != nil {
		return nil, errors.New("it is neither YAML nor JSON of the right form")
	}
	if c.Kind != "EncryptionConfiguration" && c.Kind != "EncryptionConfig" {
		return nil, fmt.Errorf("its kind is %q, not EncryptionConfiguration", c.Kind)
	}
	k := &Keyring{}
	for _, r := range c.Resources {
		k.rules = append(k.rules, rule{resources: r.Resources})
		for i, p := range r.Providers {
			for name, body := range p {
				if i == 0 {
					k.rules[len(k.rules)-1].provider = name
				}
				if body == nil {
					continue
				}
				if i == 0 {
					k.rules[len(k.rules)-1].key = body.Name
					if len(body.Keys) > 0 {
						k.rules[len(k.rules)-1].key = body.Keys[0].Name
					}
				}
				if name == "kms" {
					k.plugins = append(k.plugins, plugin(body.Name, body.APIVersion, body.Endpoint))
				}
				for _, e := range body.Keys {
					secret, err := base64.StdEncoding.DecodeString(e.Secret)
					if err != nil {
						return nil, fmt.Errorf("the secret of %s key %q is not base64", name, e.Name)
					}
					k.keys = append(k.keys, key{name, e.Name, secret})
				}
			}
		}
	}
	return k, nil
}

// Encrypted reports whether a value has the form of an encrypted one.
func Encrypted(value []byte) bool { return bytes.HasPrefix(value, []byte(prefix)) }

// Decrypt returns the plain text of a stored value. A value that is not encrypted is returned as it is, with the zero
// Info. When it cannot be decrypted, Info still says how it was stored.
func (k *Keyring) Decrypt(etcdKey, value []byte) (plain []byte, info Info, err error) {
	if !Encrypted(value) {
		return value, Info{}, nil
	}
	rest := value[len(prefix):]
	provider, rest, ok := bytes.Cut(rest, []byte(":"))
	version, rest, ok2 := bytes.Cut(rest, []byte(":"))
	if !ok || !ok2 || len(provider) == 0 || len(provider) > 32 || len(version) > 8 {
		return nil, Info{Provider: "unknown"}, errors.New("its prefix names no provider")
	}
	info = Info{Provider: string(provider), Version: string(version)}
	name, body := cut(info, rest)
	info.KeyName = name
	switch info.Provider {
	case "aescbc", "aesgcm", "secretbox":
	case "kms":
		info.KeyID = kmsKeyID(info.Version, body)
		plain, err = k.openKMS(etcdKey, body, info)
		return plain, info, err
	default:
		return nil, info, errors.New("this provider is not known")
	}
	err = ErrNoKey
	for _, c := range k.candidates(info.Provider, rest) {
		plain, why := c.open(etcdKey, rest[len(c.name)+1:])
		if why == nil {
			info.KeyName = c.name
			return plain, info, nil
		}
		if c.name == name {
			err = why
		}
	}
	return nil, info, err
}

// candidates returns the keys of a provider whose name begins the body, the longest name first: names may hold colons, so
// several can fit.
func (k *Keyring) candidates(provider string, rest []byte) []key {
	if k == nil {
		return nil
	}
	var out []key
	for _, c := range k.keys {
		if c.provider == provider && bytes.HasPrefix(rest, []byte(c.name+":")) {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b key) int { return cmp.Compare(len(b.name), len(a.name)) })
	return out
}

func (k key) open(etcdKey, body []byte) ([]byte, error) {
	if k.provider == "secretbox" {
		return k.openBox(body)
	}
	block, err := aes.NewCipher(k.secret)
	if err != nil {
		return nil, errors.New("the key given for it has a wrong length")
	}
	if k.provider == "aesgcm" {
		return openGCM(block, etcdKey, body)
	}
	return openCBC(block, body)
}

func (k key) openBox(body []byte) ([]byte, error) {
	var secret [32]byte
	var nonce [24]byte
	if len(k.secret) != len(secret) {
		return nil, errors.New("the key given for it has a wrong length")
	}
	if len(body) < len(nonce) {
		return nil, errors.New("it is too short")
	}
	copy(secret[:], k.secret)
	copy(nonce[:], body)
	plain, ok := secretbox.Open(nil, body[len(nonce):], &nonce, &secret)
	if !ok {
		return nil, errors.New("the key given for it does not fit")
	}
	return plain, nil
}

func openGCM(block cipher.Block, etcdKey, body []byte) ([]byte, error) {
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	if len(body) < gcm.NonceSize() {
		return nil, errors.New("it is too short")
	}
	plain, err := gcm.Open(nil, body[:gcm.NonceSize()], body[gcm.NonceSize():], etcdKey)
	if err != nil {
		return nil, errors.New("the key given for it does not fit, or the value was copied from another key")
	}
	return plain, nil
}

func openCBC(block cipher.Block, body []byte) ([]byte, error) {
	n := block.BlockSize()
	if len(body) < 2*n || len(body)%n != 0 {
		return nil, errors.New("it is too short or cut off")
	}
	plain := make([]byte, len(body)-n)
	cipher.NewCBCDecrypter(block, body[:n]).CryptBlocks(plain, body[n:])
	pad := int(plain[len(plain)-1])
	if pad == 0 || pad > n || !bytes.Equal(plain[len(plain)-pad:], bytes.Repeat([]byte{byte(pad)}, pad)) {
		return nil, errors.New("the key given for it does not fit")
	}
	return plain[:len(plain)-pad], nil
}

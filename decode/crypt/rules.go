package crypt

import (
	"strings"
)

// rule is what a configuration says of some resources.
type rule struct {
	resources     []string
	provider, key string // that writes: the first one
}

// Wanted says with what a configuration has a resource written: provider and key, "identity" for plain text. ok is false
// where it says nothing of it. resource is the plural, group "" for the core group.
func (k *Keyring) Wanted(group, resource string) (provider, key string, ok bool) {
	if k == nil {
		return "", "", false
	}
	for _, r := range k.rules {
		for _, of := range r.resources {
			if covers(of, group, resource) {
				return r.provider, r.key, true
			}
		}
	}
	return "", "", false
}

// covers reports whether an entry of a configuration's resources is about a resource: secrets, deployments.apps, *.apps,
// *. for the core group, *.* for all.
func covers(entry, group, resource string) bool {
	name, of, _ := strings.Cut(strings.ToLower(entry), ".")
	return (name == "*" || name == resource) && (of == "*" || of == group)
}

// Inspect says how a value was stored, without a key: of a value of a KMS plugin also the source of its key.
func Inspect(value []byte) (info Info, source Source, ok bool) {
	if !Encrypted(value) {
		return info, source, false
	}
	_, info, _ = (*Keyring)(nil).Decrypt(nil, value)
	if info.Provider != "kms" {
		return info, source, false
	}
	rest := value[len(prefix)+len("kms:")+len(info.Version)+1:]
	_, body := cut(info, rest)
	source, _, err := sourceOf(info, body)
	return info, source, err == nil
}

package print

import (
	"context"
	"fmt"
	"strings"

	"github.com/etcdscope/etcdscope/decode/clean"
	"github.com/etcdscope/etcdscope/decode/text"
	"github.com/etcdscope/etcdscope/model/encryption"
)

// encryptedLine is how many objects of a resource are encrypted with one key, as JSON.
type encryptedLine struct {
	Report   string   `json:"report"` // encryption
	Resource string   `json:"resource"`
	Provider string   `json:"provider"` // aescbc, aesgcm, secretbox, kms
	Version  string   `json:"version"`
	KeyName  string   `json:"keyName,omitempty"` // for kms the plugin's name
	KeyID    string   `json:"keyID,omitempty"`   // kms v2: of the plugin's key
	DEK      string   `json:"dek,omitempty"`     // equal for objects that share a data encryption key
	Current  bool     `json:"current"`           // new values are encrypted so
	Objects  int      `json:"objects"`
	Keys     []string `json:"keys"`
}

// plainLine is an object that should be encrypted and is not.
type plainLine struct {
	Report string `json:"report"` // plain
	key
	Resource string `json:"resource"`
	Wanted   string `json:"wanted"` // provider and key
}

// encrypted prints how the store is encrypted.
func (r *reporter) encrypted(ctx context.Context) error {
	e, err := encryption.Read(ctx, r.s.Opened)
	if err != nil {
		return err
	}
	uses, moreUses := keep(r, e.Uses, nil)
	plain, morePlain := keep(r, e.Plain, func(p *encryption.Plain) string { return r.namespaceOf(p.Key) })
	if r.flags.format == "json" {
		return r.encryptedJSON(uses, plain)
	}
	if err := r.head("Encrypted at rest", len(uses), moreUses); err != nil {
		return err
	}
	for _, l := range e.Rotation() {
		if err := r.out.line("  " + l); err != nil {
			return err
		}
	}
	for i := range uses {
		u := &uses[i]
		line := fmt.Sprintf("  %s  %s", clean.Text(u.Resource), clean.Text(u.String()))
		if u.DEK != "" {
			line += "  DEK " + u.DEK
		}
		if !u.Current {
			line += r.out.paint(text.Warning, "  superseded")
		}
		line += fmt.Sprintf("  %s: %s", objectCount(u.Objects), r.some(u.Keys, 3))
		if err := r.out.line(line); err != nil {
			return err
		}
	}
	if err := r.foot(len(uses)); err != nil {
		return err
	}
	if err := r.head("Should be encrypted, and is not", len(plain), morePlain+e.PlainAll-len(e.Plain)); err != nil {
		return err
	}
	for i := range plain {
		if err := r.out.line("  " + r.out.paint(text.Error, r.called(plain[i].Key)) + "  the configuration writes it with " + clean.Text(plain[i].Wanted)); err != nil {
			return err
		}
	}
	if e.Partial {
		r.warn("report: only the first values were looked at for how they are encrypted; report on a saved snapshot looks at all")
	}
	return r.foot(len(plain))
}

func (r *reporter) encryptedJSON(uses []encryption.Use, plain []encryption.Plain) error {
	for i := range uses {
		u := &uses[i]
		keys, _ := keep(r, u.Keys, nil)
		for k := range keys {
			keys[k] = clean.Key([]byte(keys[k]))
		}
		l := encryptedLine{"encryption", u.Resource, u.Provider, u.Version, u.KeyName, u.KeyID, u.DEK, u.Current, u.Objects, keys}
		if err := r.out.json(l); err != nil {
			return err
		}
	}
	for i := range plain {
		if err := r.out.json(plainLine{"plain", keyOf([]byte(plain[i].Key)), plain[i].Resource, plain[i].Wanted}); err != nil {
			return err
		}
	}
	return nil
}

// some names the first of some keys.
func (r *reporter) some(keys []string, most int) string {
	var names []string
	for _, k := range keys[:min(most, len(keys))] {
		names = append(names, r.called(k))
	}
	s := strings.Join(names, ", ")
	if len(keys) > most {
		s += ", …"
	}
	return s
}

func objectCount(n int) string {
	if n == 1 {
		return "1 object"
	}
	return fmt.Sprintf("%d objects", n)
}

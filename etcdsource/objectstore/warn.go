package objectstore

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/minio/minio-go/v7"
)

// Warnings says what is unwise about keeping backups there, as far as the store reports it: each holds every Secret.
func (b *Bucket) Warnings(ctx context.Context) (list []string) {
	ctx, cancel := context.WithTimeout(ctx, small)
	defer cancel()
	if b.listable = b.public(ctx); b.listable {
		list = append(list, "bucket "+b.name+" is public: anybody may read the backups in it, and with them every Secret of the cluster")
	}
	if b.sse == nil {
		_, err := b.core.GetBucketEncryption(ctx, b.name)
		if r := minio.ToErrorResponse(err); err != nil && r.Code == "ServerSideEncryptionConfigurationNotFoundError" {
			list = append(list, "the store reports no encryption for bucket "+b.name+": a backup holds every Secret of the cluster; give --sse AES256 or aws:kms, or turn it on for the bucket")
		}
	}
	return list
}

// public reports whether the bucket's policy lets anybody read, or a request without credentials is answered.
func (b *Bucket) public(ctx context.Context) bool {
	if text, err := b.core.GetBucketPolicy(ctx, b.name); err == nil && open(text) {
		return true
	}
	for o := range b.anon.ListObjects(ctx, b.name, minio.ListObjectsOptions{Prefix: b.prefix, MaxKeys: 1}) {
		return o.Err == nil
	}
	return ctx.Err() == nil
}

// Exposed says so where what was just written there, the lock, can be read without credentials: access control lists, and what a store
// gives new objects by default, are not part of a policy. "" where it cannot, or Warnings has said it. The lock must be held.
func (b *Bucket) Exposed(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, small)
	defer cancel()
	if b.listable || b.lease == nil {
		return ""
	}
	if _, err := b.anon.StatObject(ctx, b.name, b.key(b.lease.name), minio.StatObjectOptions{}); err != nil {
		return ""
	}
	return "what is written into bucket " + b.name + " can be read without credentials, though its policy does not say so (an access control list may): anybody may read the backups in it, and with them every Secret of the cluster"
}

// open reports whether a policy lets anybody read objects.
func open(text string) bool {
	var policy struct{ Statement []statement }
	if json.Unmarshal([]byte(text), &policy) != nil {
		return false
	}
	return slices.ContainsFunc(policy.Statement, func(s statement) bool {
		return s.Effect == "Allow" && len(s.Condition) == 0 && s.anybody() && slices.ContainsFunc(words(s.Action), func(a string) bool {
			return a == "*" || a == "s3:*" || strings.HasPrefix(a, "s3:Get")
		})
	})
}

// statement is a part of a policy.
type statement struct {
	Effect    string
	Principal json.RawMessage
	Action    json.RawMessage
	Condition map[string]json.RawMessage
}

func (s *statement) anybody() bool {
	var by map[string]json.RawMessage
	if json.Unmarshal(s.Principal, &by) == nil {
		return slices.Contains(words(by["AWS"]), "*")
	}
	return slices.Contains(words(s.Principal), "*")
}

// words are a string or a list of them.
func words(text json.RawMessage) []string {
	var list []string
	var one string
	if json.Unmarshal(text, &one) == nil {
		return []string{one}
	}
	_ = json.Unmarshal(text, &list)
	return list
}

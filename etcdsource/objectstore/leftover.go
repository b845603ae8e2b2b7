package objectstore

import (
	"context"
	"encoding/json"
	"path"
	"strings"

	"github.com/minio/minio-go/v7"
)

// underWay is an upload in parts that has begun. Its parts take space in the store, which no list of objects shows, until it is
// completed or aborted: where its process was killed, the next one that holds the lock aborts it.
type underWay struct {
	Key string `json:"key"`
	ID  string `json:"uploadId"`
}

// noted is the name of the object that says which upload of a cluster is under way.
func noted(cluster string) string { return path.Join(ownFolder, cluster+".upload") }

// begun notes an upload, after the one before, which may have been left when the store could not be reached, was aborted. What
// cannot be noted is uploaded all the same.
func (b *Bucket) begun(ctx context.Context, key, id string) {
	if b.cluster == "" {
		return
	}
	b.abortLeft(ctx)
	if text, err := json.Marshal(underWay{key, id}); err == nil {
		_ = b.set(ctx, noted(b.cluster), text, func(*minio.PutObjectOptions) {})
	}
}

// over forgets it.
func (b *Bucket) over(ctx context.Context) {
	if b.cluster != "" {
		_ = b.core.RemoveObject(ctx, b.name, b.key(noted(b.cluster)), minio.RemoveObjectOptions{})
	}
}

// abortLeft aborts the upload of a process that was killed: that which was noted, and no other. The lock must be held.
func (b *Bucket) abortLeft(ctx context.Context) {
	data, _, err := b.get(ctx, noted(b.cluster))
	var left underWay
	if err != nil || data == nil {
		return
	}
	if json.Unmarshal(data, &left) == nil && left.ID != "" && strings.HasPrefix(left.Key, b.prefix) {
		err = b.core.AbortMultipartUpload(ctx, b.name, left.Key, left.ID)
	}
	if r := minio.ToErrorResponse(err); err == nil || r.Code == "NoSuchUpload" {
		b.over(ctx)
	}
}

package objectstore

import (
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestUnknownAuthority: a store whose certificate is not trusted is refused at once, with what makes it trusted.
func TestUnknownAuthority(t *testing.T) {
	t.Parallel()
	url, _ := store(t)
	b, err := Open(etcdsource.Place{Path: "s3://backups/prod", Endpoint: url},
		Options{Env: func(string) string { return "" }, Creds: credentials.NewStaticV4("key", "CANARY", ""), Pause: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Objects(t.Context(), "", 1)
	if err == nil || !strings.Contains(err.Error(), "authority that is not trusted") || !strings.Contains(err.Error(), "AWS_CA_BUNDLE or SSL_CERT_FILE") {
		t.Errorf("%v", err)
	}
}

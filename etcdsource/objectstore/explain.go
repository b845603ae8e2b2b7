package objectstore

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// final reports whether an error is an answer that comes again.
func final(err error) bool {
	r := minio.ToErrorResponse(err)
	return errors.Is(err, fs.ErrExist) || certificate(err) != "" || r.StatusCode >= 300 && r.StatusCode < 500 && r.StatusCode != http.StatusRequestTimeout && r.StatusCode != http.StatusTooManyRequests && r.Code != "RequestTimeout" && r.Code != "BadDigest" && r.Code != "RequestTimeTooSkewed"
}

// plain is an error without addresses that carry signatures.
func plain(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if strings.HasPrefix(err.Error(), "Connection closed by foreign host") { // as minio-go says io.EOF
		return "it closed the connection before it answered"
	}
	return err.Error()
}

// explain makes a Problem of the answer of a store.
func (b *Bucket) explain(what string, err error) error {
	var own *etcdsource.Problem
	if errors.As(err, &own) || errors.Is(err, fs.ErrExist) {
		return err
	}
	why, do := plain(err), ""
	r := minio.ToErrorResponse(err)
	var dial *net.OpError
	switch {
	case certificate(err) != "":
		why, do = certificate(err)+b.authorities(), "name a file with the certificate of its authority in AWS_CA_BUNDLE or SSL_CERT_FILE, or check the address of the store (--s3-endpoint)"
	case errors.As(err, &dial) && dial.Op == "dial":
		do = "check the address of the store (--s3-endpoint), and that it can be reached from here"
	case r.StatusCode >= 300 && r.StatusCode < 400:
		why, do = "the store redirects to another address, which is not followed", "give that address to --s3-endpoint, or the region in AWS_REGION"
	case r.Code == minio.InvalidBucketName:
		why, do = "the store takes no bucket of that name ("+r.Code+")", "check the name in s3://BUCKET/PREFIX"
	case r.Code == minio.NoSuchBucket:
		why, do = "there is no such bucket", "make it, or check the name"
	case strings.Contains(r.Code, "QuotaExceeded"), r.Code == "XMinioStorageFull", r.StatusCode == http.StatusInsufficientStorage:
		why, do = "the store is full ("+r.Code+")", "free some space there, or have its quota raised"
	case r.Code == minio.AccessDenied, r.StatusCode == http.StatusForbidden:
		why, do = "the store refuses it ("+r.Code+")", "check AWS_ACCESS_KEY_ID and what this key may do"
	case r.StatusCode >= 500:
		why, do = fmt.Sprintf("the store failed %d times, at last with %d %s", b.o.Attempts, r.StatusCode, r.Code), "try again later, or ask who runs the store"
	case r.StatusCode == 0:
		why, do = fmt.Sprintf("the store did not answer as it should, %d times: %s", b.o.Attempts, plain(err)), "check the network between here and the store, and the store"
	default:
		why, do = fmt.Sprintf("the store refuses it (%d %s): %s", r.StatusCode, r.Code, plain(err)), "check the address of the store (--s3-endpoint), AWS_REGION and the name of the bucket"
	}
	return problem(what, why, do, err)
}

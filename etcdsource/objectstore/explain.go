package objectstore

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
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

// refusals are why a store refuses a request and what to do, by the code of its answer, see the error codes of Amazon S3's API reference.
var refusals = map[string][2]string{
	minio.InvalidBucketName:        {"the store takes no bucket of that name", "check the name in s3://BUCKET/PREFIX"},
	minio.NoSuchBucket:             {"there is no such bucket", "make it, or check the name"},
	"XMinioStorageFull":            {"the store is full", makeRoom},
	"ExpiredToken":                 {"the credentials have expired", "get new ones: AWS_SESSION_TOKEN belongs to its key, and ends with it"},
	"InvalidToken":                 {"the store does not take this session token", "check AWS_SESSION_TOKEN: it belongs to its AWS_ACCESS_KEY_ID; leave it out with a key that lasts"},
	"InvalidAccessKeyId":           {"the store refuses it, for it knows no such key", "check AWS_ACCESS_KEY_ID, and that it is a key of this store"},
	"SignatureDoesNotMatch":        {"the store refuses it, for the secret is not that of the key", "check AWS_SECRET_ACCESS_KEY"},
	"RequestTimeTooSkewed":         {"the store refuses it, for its clock and that of this machine differ too much", "set the clock of this machine (NTP)"},
	"AuthorizationHeaderMalformed": {"the bucket is in another region", "name its region in AWS_REGION"},
}

const makeRoom = "free some space there, or have its quota raised"

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
	case refusals[r.Code][0] != "":
		why, do = refusals[r.Code][0]+" ("+r.Code+")", refusals[r.Code][1]
		if r.Code == "AuthorizationHeaderMalformed" && r.Region != "" && strings.Trim(r.Region, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" {
			do = "put it into the environment: AWS_REGION=" + r.Region
		}
	case strings.Contains(r.Code, "QuotaExceeded"), r.StatusCode == http.StatusInsufficientStorage:
		why, do = "the store is full ("+r.Code+")", makeRoom
	case r.Code == minio.AccessDenied, r.StatusCode == http.StatusForbidden:
		why, do = "the store refuses it ("+r.Code+")", "check AWS_ACCESS_KEY_ID and what this key may do"
	case r.StatusCode >= 500:
		status := strconv.Itoa(r.StatusCode)
		why, do = fmt.Sprintf("the store failed %d times, at last with %s %s", b.o.Attempts, status, strings.TrimPrefix(r.Code, status+" ")), "try again later, or ask who runs the store"
	case r.StatusCode == 0:
		why, do = fmt.Sprintf("the store did not answer as it should, %d times: %s", b.o.Attempts, plain(err)), "check the network between here and the store, and the store"
	default:
		why, do = fmt.Sprintf("the store refuses it (%d %s): %s", r.StatusCode, r.Code, plain(err)), "check the address of the store (--s3-endpoint), AWS_REGION and the name of the bucket"
	}
	return problem(what, why, do, err)
}

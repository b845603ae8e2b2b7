package etcdsource

import (
	"errors"
	"net/url"
	"strings"
)

// StoreAddress reads the address of a store, https://HOST[:PORT], and returns its HOST[:PORT]; secure is false for http, which has to be
// allowed. Errors do not repeat the address: it may carry what is secret.
func StoreAddress(text string, allowHTTP bool) (host string, secure bool, err error) {
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Host == "", u.Scheme != "https" && u.Scheme != "http":
		return "", false, errors.New("the address of the store is none; give https://HOST[:PORT] to --s3-endpoint")
	case u.User != nil:
		return "", false, errors.New("the address of the store carries a user or a password; give these in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return "", false, errors.New("the address of the store has a path; give https://HOST[:PORT] to --s3-endpoint")
	case u.Scheme == "http" && !allowHTTP:
		return "", false, errors.New("the address of the store is http, which anybody on the way can read and change; give an https address, or --insecure-http")
	}
	return u.Host, u.Scheme == "https", nil
}

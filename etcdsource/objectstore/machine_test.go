package objectstore

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/etcdscope/etcdscope/etcdsource"
)

// TestIMDSv2: the credentials of a machine's role come with a session token, are used for the store, and are asked for once; a
// service that gives no token, or that redirects, is asked for nothing else.
func TestIMDSv2(t *testing.T) {
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY", "MINIO_ROOT_USER", "MINIO_ACCESS_KEY", "AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", t.TempDir())
	for _, kind := range []string{"v2", "v1", "redirect", "silent"} {
		var tokens, lists, keys, elsewhere atomic.Int32
		thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
		t.Cleanup(thief.Close)
		end := make(chan struct{})
		service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			const under = "/latest/meta-data/iam/security-credentials/"
			signed := r.Header.Get("X-aws-ec2-metadata-token") == "TOKEN"
			switch {
			case kind == "silent":
				<-end
			case r.Method == http.MethodPut && r.URL.Path == "/latest/api/token" && r.Header.Get("X-aws-ec2-metadata-token-ttl-seconds") != "":
				tokens.Add(1)
				switch kind {
				case "v1":
					http.Error(w, "no such page", http.StatusNotFound)
				case "redirect":
					http.Redirect(w, r, thief.URL, http.StatusTemporaryRedirect)
				default:
					fmt.Fprint(w, "TOKEN")
				}
			case r.URL.Path == under:
				lists.Add(1)
				if !signed && kind == "v2" {
					http.Error(w, "no token", http.StatusUnauthorized)
					return
				}
				fmt.Fprint(w, "backup-role")
			case r.URL.Path == under+"backup-role":
				keys.Add(1)
				fmt.Fprintf(w, `{"Code":"Success","AccessKeyId":"ASIAROLE","SecretAccessKey":"CANARY","Token":"SESSION","Expiration":%q}`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
			}
		}))
		t.Cleanup(service.Close)
		s, f := store(t)
		env := func(name string) string {
			return map[string]string{"AWS_EC2_METADATA_SERVICE_ENDPOINT": service.URL}[name]
		}
		b, err := Open(etcdsource.Place{Path: "s3://backups/prod", Endpoint: s}, Options{Env: env, Transport: f, Pause: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			_, err = b.Objects(t.Context(), "", 10)
		}
		close(end)
		var with, without int
		for _, r := range f.seen {
			if strings.Contains(r.Header.Get("Authorization"), "ASIAROLE") && r.Header.Get("X-Amz-Security-Token") == "SESSION" {
				with++
			} else {
				without++
			}
			if strings.Contains(fmt.Sprint(r.Header, r.URL), "CANARY") {
				t.Errorf("%s: the secret key is in a request", kind)
			}
		}
		switch {
		case kind == "v2" && (err != nil || with == 0 || without > 0 || tokens.Load() != 1 || lists.Load() != 1 || keys.Load() != 1):
			t.Errorf("%v; %d requests with the credentials, %d without; %d tokens, %d lists, %d keys asked for", err, with, without, tokens.Load(), lists.Load(), keys.Load())
		case kind != "v2" && (with > 0 || lists.Load()+keys.Load() > 0):
			t.Errorf("%s: %d requests with credentials; %d lists, %d keys asked for", kind, with, lists.Load(), keys.Load())
		}
		if elsewhere.Load() > 0 {
			t.Errorf("%s: another host was asked", kind)
		}
	}
}

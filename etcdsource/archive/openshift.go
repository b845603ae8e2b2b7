package archive

import (
	"archive/tar"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/regular"
	"github.com/etcdscope/etcdscope/etcdsource/snapfile"
)

// Keys is the configuration of the API server's encryption that lies with a backup.
type Keys struct {
	From string // where it was found, for people; untrusted text
	Text []byte // an EncryptionConfiguration
}

const (
	snapshotPrefix = "snapshot_"
	staticPrefix   = "static_kuberesources_"
	staticSuffix   = ".tar.gz"
	// maxStatic is how much is read of the resources of static pods at most, unpacked, in bytes: they are manifests,
	// certificates and keys.
	maxStatic = 256 << 20
)

// keysPattern is where the API server's revision N has its configuration in the resources of static pods.
var keysPattern = regexp.MustCompile(`(?:^|/)kube-apiserver-pod-(\d+)/secrets/encryption-config/encryption-config$`)

// FindKeys looks for the configuration with which values are decrypted beside a snapshot of OpenShift, in the resources of
// the static pods that were saved with it: static_kuberesources_TIME.tar.gz, of the same time, or the only one in the
// folder. Nothing is written. Keys are nil where there is none; the error says why an archive could not be read.
func FindKeys(ctx context.Context, path string, o snapfile.Options) (*Keys, error) {
	file, err := snapfile.Locate(path)
	if err != nil || !strings.HasPrefix(filepath.Base(file), snapshotPrefix) {
		return nil, nil // opening it says why
	}
	static := staticOf(file)
	if static == "" {
		return nil, nil
	}
	o.Progress = nil
	in, err := snapfile.Contents(ctx, static, o)
	if err != nil {
		return nil, keysProblem(static, err)
	}
	defer in.Close()
	k, err := keysIn(&atMost{in, maxStatic})
	if err != nil {
		return nil, keysProblem(static, err)
	}
	if k != nil {
		k.From = filepath.Base(static) + ", " + k.From
	}
	return k, nil
}

// staticOf returns the archive that belongs to a snapshot, "" for none.
func staticOf(file string) string {
	dir, base := filepath.Split(file)
	stamp := strings.TrimSuffix(strings.TrimPrefix(base, snapshotPrefix), ".db")
	same := filepath.Join(dir, staticPrefix+stamp+staticSuffix)
	if _, err := os.Stat(same); err == nil {
		return same
	}
	entries, err := os.ReadDir(filepath.Dir(absolute(file)))
	if err != nil {
		return ""
	}
	only := ""
	for _, e := range entries {
		if n := e.Name(); strings.HasPrefix(n, staticPrefix) && strings.HasSuffix(n, staticSuffix) {
			if only != "" {
				return ""
			}
			only = filepath.Join(dir, n)
		}
	}
	return only
}

// keysIn returns the configuration of the newest revision in an archive, nil for none.
func keysIn(in io.Reader) (*Keys, error) {
	in = bufio.NewReaderSize(in, 64<<10)
	var best *Keys
	newest := int64(-1)
	for a := tar.NewReader(in); ; {
		h, err := a.Next()
		if errors.Is(err, io.EOF) {
			_, err = io.Copy(io.Discard, in) // the checksum at the end of what is packed
			return best, err
		}
		if err != nil {
			return nil, err
		}
		m := keysPattern.FindStringSubmatch(path.Clean(h.Name))
		if m == nil || h.Typeflag != tar.TypeReg {
			continue
		}
		n, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil || n <= newest {
			continue
		}
		if h.Size > regular.MaxConfig {
			return nil, fmt.Errorf("the encryption configuration in it has %d bytes, more than %d are not read", h.Size, int64(regular.MaxConfig))
		}
		text, err := io.ReadAll(io.LimitReader(a, regular.MaxConfig))
		if err != nil {
			return nil, err
		}
		newest, best = n, &Keys{From: fmt.Sprintf("kube-apiserver-pod-%d", n), Text: text}
	}
}

// atMost is a reader that refuses to go on after so many bytes.
type atMost struct {
	io.Reader
	left int64
}

func (r *atMost) Read(b []byte) (int, error) {
	if r.left <= 0 {
		return 0, fmt.Errorf("it unpacks to more than %d MiB, which are not looked through", maxStatic>>20)
	}
	n, err := r.Reader.Read(b[:min(int64(len(b)), r.left)])
	r.left -= int64(n)
	return n, err
}

func keysProblem(file string, err error) error {
	why := err.Error()
	var p *etcdsource.Problem
	switch {
	case errors.As(err, &p):
		why = p.Why
	case errors.Is(err, io.ErrUnexpectedEOF):
		why = "the archive is cut short"
	case errors.Is(err, tar.ErrHeader):
		why = "the archive is damaged"
	}
	return &etcdsource.Problem{Tried: "read the encryption configuration in " + file, Why: why, Do: "give it with --encryption-config", Err: err}
}

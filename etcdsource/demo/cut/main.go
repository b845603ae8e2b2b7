// Command cut takes a story's part out of an etcd snapshot: the records of the chosen keys, copied as they are,
// but for the times that are moved.
//
//	go run ./etcdsource/demo/cut -story etcdsource/demo/stories/pod snapshot.db.gz
//
// The story's folder holds story.yaml, whose steps name revisions, and cut.yaml, which chooses the keys:
//
//	until: 4500                # the seed is what was written up to here …
//	keep:                      # … to keys that match one of these; * matches anything, "/" too
//	- /registry/namespaces/*
//	drop:                      # and none of these
//	- /registry/events/demo/nginx.*
//	move:                      # times in this Pod, which was recorded before the end of the seed that it follows
//	- {key: /registry/pods/demo/nginx, by: 20s}
//
// What always holds: a key is in the cut with every write that it had up to there, or it is one that only steps write.
// The result, cut.db.zst, is a bbolt file with the snapshot's other buckets and a sha256 at its end, so that whatever
// reads snapshots reads it. Revisions keep their numbers; those of other keys are missing between them.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
	bolt "go.etcd.io/bbolt"
	"google.golang.org/protobuf/encoding/protowire"
)

func main() {
	story := flag.String("story", "etcdsource/demo/stories/pod", "folder of the story")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: cut -story FOLDER SNAPSHOT")
		os.Exit(2)
	}
	if err := run(*story, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "cut:", err)
		os.Exit(1)
	}
}

// run makes the cut of the story in the folder.
func run(folder, snapshot string) error {
	choice, err := readChoice(folder)
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "etcdscope-cut-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	whole, part := filepath.Join(tmp, "whole.db"), filepath.Join(tmp, "part.db")
	if err := unpack(snapshot, whole); err != nil {
		return fmt.Errorf("unpack %s: %w", snapshot, err)
	}
	sum, err := copyPart(whole, part, choice)
	if err != nil {
		return fmt.Errorf("cut %s: %w", snapshot, err)
	}
	packed, err := pack(part, filepath.Join(folder, "cut.db.zst"))
	if err != nil {
		return err
	}
	fmt.Printf("%d keys, %d revisions for the seed, %d for the steps, %d bytes of records, %d bytes packed\n",
		len(sum.keys), len(sum.seed), len(sum.steps), sum.bytes, packed)
	return nil
}

// summary counts what went into a cut.
type summary struct {
	keys        map[string]bool
	seed, steps map[int64]bool // revisions
	bytes       int            // of keys and values
}

// copyPart copies the chosen records, and all other buckets, into a new bbolt file without free pages.
func copyPart(from, to string, c *choice) (*summary, error) {
	src, err := bolt.Open(from, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer src.Close()
	dst, err := bolt.Open(to, 0o600, &bolt.Options{PageSize: 4096, NoFreelistSync: true})
	if err != nil {
		return nil, err
	}
	defer dst.Close()
	sum := &summary{keys: map[string]bool{}, seed: map[int64]bool{}, steps: map[int64]bool{}}
	leases := map[uint64]bool{}
	err = src.View(func(in *bolt.Tx) error {
		return dst.Update(func(out *bolt.Tx) error {
			return in.ForEach(func(name []byte, b *bolt.Bucket) error {
				o, err := out.CreateBucketIfNotExists(name)
				if err != nil {
					return err
				}
				o.FillPercent = 1
				return b.ForEach(func(k, v []byte) error {
					switch string(name) {
					case "key":
						return sum.record(o, k, v, c, leases)
					case "lease": // "key" comes before "lease"
						if !leases[binary.BigEndian.Uint64(k)] {
							return nil
						}
					}
					return o.Put(k, v)
				})
			})
		})
	})
	for rev := range c.steps {
		if err == nil && !sum.steps[rev] {
			err = fmt.Errorf("a step names revision %d that is not in it", rev)
		}
	}
	return sum, err
}

// record copies one record if it is chosen.
func (s *summary) record(o *bolt.Bucket, k, v []byte, c *choice, leases map[uint64]bool) error {
	rev := int64(binary.BigEndian.Uint64(k))
	key, lease := keyAndLease(v)
	step := c.steps[rev]
	if !step && !c.takes(key, rev) {
		return nil
	}
	if step {
		s.steps[rev] = true
	} else {
		s.seed[rev] = true
	}
	if lease != 0 {
		leases[lease] = true
	}
	s.keys[string(key)] = true
	v, err := c.moved(v)
	if err != nil {
		return err
	}
	s.bytes += len(v)
	return o.Put(k, v)
}

// keyAndLease reads the two fields of a stored mvccpb.KeyValue that matter here.
func keyAndLease(v []byte) (key []byte, lease uint64) {
	for len(v) > 0 {
		num, typ, n := protowire.ConsumeTag(v)
		if n < 0 {
			return key, lease
		}
		v = v[n:]
		switch {
		case num == 1 && typ == protowire.BytesType:
			key, n = protowire.ConsumeBytes(v)
		case num == 6 && typ == protowire.VarintType:
			lease, n = protowire.ConsumeVarint(v)
		default:
			n = protowire.ConsumeFieldValue(num, typ, v)
		}
		if n < 0 {
			return key, lease
		}
		v = v[n:]
	}
	return key, lease
}

// unpack copies the snapshot, unpacked where it is a gzip file, without the checksum at its end.
func unpack(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return err
		}
		if b, err = io.ReadAll(z); err != nil {
			return err
		}
	}
	return os.WriteFile(to, b[:len(b)/512*512], 0o600)
}

// pack adds the checksum, compresses the file and returns its size.
func pack(from, to string) (int, error) {
	b, err := os.ReadFile(from)
	if err != nil {
		return 0, err
	}
	sum := sha256.Sum256(b)
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(8<<20))
	if err != nil {
		return 0, err
	}
	packed := z.EncodeAll(append(b, sum[:]...), nil)
	return len(packed), os.WriteFile(to, packed, 0o644)
}

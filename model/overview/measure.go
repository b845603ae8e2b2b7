package overview

import (
	"bytes"
	"context"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/model/learn"
)

// A pass over the records of a file in the order in which they lie in it, on all cores, takes a small part of the time of one over its
// keys, where there are many keys and not many more records than keys.
const (
	passKeys    = 20_000
	passRecords = 8 // for each key
)

// pass returns what makes a pass over the records of a file, nil where its keys are better read.
func (v *Overview) pass(o *learn.Opened, opt Options) etcdsource.Measurer {
	if i := &v.Info; i.Running || opt.Revision != 0 || i.Keys < passKeys || i.Revision-max(i.Compacted, 0) > passRecords*i.Keys {
		return nil
	}
	m, err := etcdsource.As[etcdsource.Measurer](o.Source)
	if err != nil {
		return nil
	}
	return m
}

// passed is what one worker of a pass knows: the resources of its keys, and the sums of the records that it visits.
type passed struct {
	v       *Overview
	o       *learn.Opened
	names   map[string]int32
	list    []Resource // of its keys
	keys    int64
	folders map[string]int32 // of the resource of a folder: what comes before the last slash of a key
	sums    []int64          // of the bytes that it has visited, by class
	workers int32
}

// class is the class of a key: the resources of the workers are numbered in turn.
func (p *passed) class(worker int, k *etcdsource.KeySum) int32 {
	if !k.Live {
		return -1
	}
	p.keys++
	n := bytes.LastIndexByte(k.Key, '/') + 1
	named := n > 0 && n < len(k.Key)
	i, known := p.folders[string(k.Key[:n])]
	if !known || !named {
		i = p.resource(k.Key)
	}
	if named && !known {
		if len(p.folders) == maxFolders {
			clear(p.folders)
		}
		p.folders[string(k.Key[:n])] = i
	}
	p.list[i].Keys++
	return i*p.workers + int32(worker)
}

// maxFolders bounds the folders that are known at a time.
const maxFolders = 10_000

// resource returns the number of the resource of a key.
func (p *passed) resource(key []byte) int32 {
	name, prefix := p.v.resource(p.o, key)
	i, known := p.names[name]
	if !known {
		i = int32(len(p.list))
		p.names[name], p.list = i, append(p.list, Resource{Name: name, Prefix: prefix})
	}
	return i
}

// visit counts a live record.
func (p *passed) visit(r *etcdsource.Record) {
	for int(r.Class) >= len(p.sums) {
		p.sums = append(p.sums, 0)
	}
	p.sums[r.Class] += int64(len(r.Value))
}

// passOver counts the keys of a file, and the bytes of their values.
func (v *Overview) passOver(ctx context.Context, m etcdsource.Measurer, o *learn.Opened, opt Options) error {
	var parts [etcdsource.MeasureWorkers]*passed
	for i := range parts {
		parts[i] = &passed{v: v, o: o, names: map[string]int32{}, folders: map[string]int32{}, workers: int32(len(parts))}
	}
	_, err := m.Measure(ctx, etcdsource.MeasureOptions{LiveSizes: true,
		Class: func(worker int, k *etcdsource.KeySum) int32 { return parts[worker].class(worker, k) },
		Visit: func(worker int, r *etcdsource.Record) { parts[worker].visit(r) },
		Progress: func(done, total int64) {
			if opt.Progress != nil && total > 0 {
				opt.Progress(v.Info.Keys * done / total)
			}
		},
	})
	if err != nil {
		return err
	}
	for _, p := range parts {
		for class, sum := range p.sums {
			if sum != 0 { // else there may be no such class
				parts[class%len(parts)].list[class/len(parts)].Bytes += sum
			}
		}
	}
	sums := map[string]*Resource{}
	for _, p := range parts {
		v.Keys += p.keys
		for _, r := range p.list {
			if s := sums[r.Name]; s != nil {
				s.Keys, s.Bytes = s.Keys+r.Keys, s.Bytes+r.Bytes
				continue
			}
			sums[r.Name] = &r
		}
	}
	for _, r := range sums {
		v.Resources = append(v.Resources, *r)
	}
	return nil
}

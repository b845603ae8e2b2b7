package main

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"time"

	"go.etcd.io/etcd/api/v3/mvccpb"
	"google.golang.org/protobuf/proto"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// move says by how much the times in a Pod are moved, so that steps that were recorded before the seed's end follow it.
type move struct {
	Key    string          `json:"key"`
	Before time.Time       `json:"before"` // times from here on are left to the next move of the key; zero: all
	By     metav1.Duration `json:"by"`
}

var stored = []byte("k8s\x00") // what a value in Kubernetes' protobuf encoding begins with

// moved returns the stored record with the times of its value moved: the same record where no move names its key.
// It fails where the value is not a Pod that is encoded again byte by byte as it was.
func (c *choice) moved(record []byte) ([]byte, error) {
	var kv mvccpb.KeyValue
	if err := proto.Unmarshal(record, &kv); err != nil {
		return nil, err
	}
	var moves []move
	for _, m := range c.Move {
		if m.Key == string(kv.Key) {
			moves = append(moves, m)
		}
	}
	if len(moves) == 0 || len(kv.Value) == 0 {
		return record, nil
	}
	value, err := movedPod(kv.Value, moves)
	if err != nil {
		return nil, fmt.Errorf("move the times of %s at revision %d: %w", kv.Key, kv.ModRevision, err)
	}
	kv.Value = value
	return proto.Marshal(&kv)
}

func movedPod(value []byte, moves []move) ([]byte, error) {
	var envelope runtime.Unknown
	if err := envelope.Unmarshal(bytes.TrimPrefix(value, stored)); err != nil {
		return nil, err
	}
	if envelope.APIVersion != "v1" || envelope.Kind != "Pod" {
		return nil, fmt.Errorf("a %s %s, not a v1 Pod", envelope.APIVersion, envelope.Kind)
	}
	var pod corev1.Pod
	if err := pod.Unmarshal(envelope.Raw); err != nil {
		return nil, err
	}
	if again, err := pod.Marshal(); err != nil || !bytes.Equal(again, envelope.Raw) {
		return nil, errors.Join(errors.New("it is not encoded again as it was"), err)
	}
	moveTimes(reflect.ValueOf(&pod), moves)
	raw, err := pod.Marshal()
	if err != nil {
		return nil, err
	}
	envelope.Raw = raw
	b, err := envelope.Marshal()
	return append(bytes.Clone(stored), b...), err
}

// moveTimes moves every metav1.Time below v.
func moveTimes(v reflect.Value, moves []move) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			moveTimes(v.Elem(), moves)
		}
	case reflect.Slice:
		for i := range v.Len() {
			moveTimes(v.Index(i), moves)
		}
	case reflect.Struct:
		if t, ok := v.Addr().Interface().(*metav1.Time); ok {
			moveTime(t, moves)
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				moveTimes(v.Field(i), moves)
			}
		}
	}
}

func moveTime(t *metav1.Time, moves []move) {
	if t.IsZero() {
		return
	}
	for _, m := range moves {
		if m.Before.IsZero() || t.Time.Before(m.Before) {
			t.Time = t.Add(m.By.Duration)
			return
		}
	}
}

package snapfile

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"syscall"
	"unsafe"
)

// errClosed is returned by reads after Close.
var errClosed = errors.New("the file was closed")

// mapping is a mapped file and the only way to read the mapping.
type mapping struct {
	mu   sync.RWMutex
	data []byte
}

// openMapping maps size bytes of the file, private and read-only.
func openMapping(f *os.File, size int64) (*mapping, error) {
	if size > int64(^uint(0)>>1) {
		return nil, fmt.Errorf("%d bytes are too many to map", size)
	}
	data, err := syscall.Mmap(int(f.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_PRIVATE)
	if err != nil {
		return nil, fmt.Errorf("map the file: %w", err)
	}
	return &mapping{data: data}, nil
}

// read runs work, which may read the mapping, and turns a fault or a panic in it into an error. What work keeps must be
// a copy. Calls must not be nested.
func (d *mapping) read(work func(data []byte) error) error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.data == nil {
		return errClosed
	}
	return d.guard(func() error { return work(d.data) })
}

// guard is read for goroutines that work for a caller who is inside read.
func (d *mapping) guard(work func() error) (err error) {
	old := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(old)
	defer func() {
		if p := recover(); p != nil {
			err = d.fault(p)
		}
	}()
	return work()
}

// fault says where a read failed, as far as that is known.
func (d *mapping) fault(p any) error {
	if a, ok := p.(interface{ Addr() uintptr }); ok {
		if base := uintptr(unsafe.Pointer(unsafe.SliceData(d.data))); a.Addr() >= base && a.Addr()-base < uintptr(len(d.data)) {
			return &damage{page: noPage, why: fmt.Sprintf("cannot read at offset %d (the file was cut or the disk failed)", a.Addr()-base)}
		}
	}
	return &damage{page: noPage, why: fmt.Sprintf("cannot read: %v", p)}
}

// close waits for the readers and unmaps the file.
func (d *mapping) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.data == nil {
		return nil
	}
	data := d.data
	d.data = nil
	return syscall.Munmap(data)
}

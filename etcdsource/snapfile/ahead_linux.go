package snapfile

import (
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/etcdscope/etcdscope/etcdsource/safego"
)

const (
	aheadStep    = 4 << 20 // bytes that are asked for at once
	aheadReaders = 4
)

// readAhead asks the kernel for the whole file, from its beginning on, while it is being scanned: a scan alone waits for
// every page in turn. Of a file that is in memory already nothing is read. stop ends it and waits.
func readAhead(data []byte) (stop func()) {
	var wg sync.WaitGroup
	var next atomic.Int64
	for range aheadReaders {
		safego.Wait(&wg, nil, func() {
			for {
				end := next.Add(aheadStep)
				from := end - aheadStep
				if from >= int64(len(data)) {
					return
				}
				if syscall.Madvise(data[from:min(end, int64(len(data)))], syscall.MADV_WILLNEED) != nil {
					return
				}
			}
		})
	}
	return func() {
		next.Store(int64(len(data)))
		wg.Wait()
	}
}

// inMemory reports whether a file seems to be in memory, by some parts of it, so that the kernel need not be asked for each of its
// pages.
func inMemory(f *os.File, size int64) bool {
	const parts, pages = 64, 16
	page := int64(os.Getpagesize())
	for i := range int64(parts) {
		at := size / parts * i / page * page
		var c unix.Cachestat_t
		err := unix.Cachestat(uint(f.Fd()), &unix.CachestatRange{Off: uint64(at), Len: uint64(min(pages*page, size-at))}, &c, 0)
		if err != nil || c.Cache < uint64(min(pages, (size-at)/page)) {
			return false
		}
	}
	return true
}

// soon asks the kernel for a part of the file that is about to be read.
func soon(data []byte) { _ = syscall.Madvise(data, syscall.MADV_WILLNEED) }

// scattered says that pages of the file are read here and there: without it a read of one page may read megabytes around it.
func scattered(m *mapping) { _ = syscall.Madvise(m.data, syscall.MADV_RANDOM) }

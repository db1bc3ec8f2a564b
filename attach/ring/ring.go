// Package ring reads BPF ring buffers in place, from the memory that the kernel shares: kernel/bpf/ringbuf.c.
//
// Programs may submit their records with flags 0 or with BPF_RB_NO_WAKEUP. Either way an event costs the traced system no interrupt
// while records flow: Follow comes by in time. With flags 0 it also costs nothing to wait while none do.
package ring

import (
	"fmt"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The header of a record: 32 bits of length with two flags on top, 32 bits that are the kernel's own.
const (
	headerSize = 8
	busy       = 1 << 31 // reserved and not yet submitted
	discarded  = 1 << 30
)

// Ring is a mapped ring buffer. It has one consumer: Read, Follow and Close must not be called at once. Fill may be called at
// any time before Close.
type Ring struct {
	fd                 int
	consumer, producer *uintptr // positions in bytes, which only grow
	data               unsafe.Pointer
	size, mask         uintptr
	quantum            uintptr // how far Read goes before it gives room back
	pos                uintptr // what is read; *consumer may be behind it
	whole              []byte  // a record that wraps around, put together

	consumerPage, producerPages []byte
}

// Open maps the ring buffer behind a file descriptor, which Follow uses until it returns. The size is the map's number of entries,
// in bytes. Linux 5.8.
func Open(fd, size int) (*Ring, error) {
	page := os.Getpagesize()
	if size <= 0 || size%page != 0 || size&(size-1) != 0 {
		return nil, fmt.Errorf("map ring buffer: %d bytes are not a power of two of pages", size)
	}
	consumer, err := unix.Mmap(fd, 0, page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map consumer page of ring buffer: %w", err)
	}
	// The kernel has the data twice in a row, so that a record that wraps around is in one piece, and would map it so. That would count twice
	// as memory of this process; one record in a round is copied instead.
	producer, err := unix.Mmap(fd, int64(page), page+size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		_ = unix.Munmap(consumer)
		return nil, fmt.Errorf("map %d bytes of ring buffer: %w", size, err)
	}
	r := &Ring{
		fd:       fd,
		consumer: (*uintptr)(unsafe.Pointer(&consumer[0])),
		producer: (*uintptr)(unsafe.Pointer(&producer[0])),
		data:     unsafe.Pointer(&producer[page]),
		size:     uintptr(size),
		mask:     uintptr(size - 1),
		quantum:  min(uintptr(size)/8, 64<<10),

		consumerPage:  consumer,
		producerPages: producer,
	}
	r.pos = atomic.LoadUintptr(r.consumer)
	return r, nil
}

// Close removes the mapping.
func (r *Ring) Close() error {
	err := unix.Munmap(r.consumerPage)
	if err2 := unix.Munmap(r.producerPages); err == nil {
		err = err2
	}
	return err
}

// Size is the room of the ring in bytes.
func (r *Ring) Size() int { return int(r.size) }

// Fill is the number of bytes in use, headers and padding included.
func (r *Ring) Fill() int {
	return int(atomic.LoadUintptr(r.producer) - atomic.LoadUintptr(r.consumer))
}

// Read calls fn for each record, in order, that was reserved before Read was called, and stops early at one that is not yet
// submitted. The data is in the ring itself, but for a record that wraps around: it is read-only and only valid during the call. Read
// returns how many bytes of the ring it consumed.
func (r *Ring) Read(fn func(data []byte)) int {
	n, _ := r.read(fn)
	r.release(r.pos)
	return n
}

// read is Read, except that it keeps the room of the last records. It also returns where the last one starts.
func (r *Ring) read(fn func(data []byte)) (n int, last uintptr) {
	end := atomic.LoadUintptr(r.producer)
	start, last, released := r.pos, r.pos, r.pos
	for r.pos != end {
		rec := unsafe.Add(r.data, r.pos&r.mask)
		// The kernel clears the busy bit after it has written the data; this load pairs with that exchange.
		head := atomic.LoadUint32((*uint32)(rec))
		if head&busy != 0 {
			break
		}
		n := uintptr(head &^ discarded)
		next := r.pos + headerSize + (n+7)&^7
		if next-r.pos > end-r.pos {
			next, head = end, discarded // the kernel writes no such record; what is behind it can't be found
		}
		if head&discarded == 0 {
			fn(r.record((r.pos+headerSize)&r.mask, n))
		}
		last, r.pos = r.pos, next
		if last-released >= r.quantum {
			r.release(last)
			released = last
		}
	}
	return int(r.pos - start), last
}

// record is what n bytes from an offset on hold.
func (r *Ring) record(at, n uintptr) []byte {
	if at+n <= r.size {
		return unsafe.Slice((*byte)(unsafe.Add(r.data, at)), n)
	}
	first := r.size - at
	r.whole = append(r.whole[:0], unsafe.Slice((*byte)(unsafe.Add(r.data, at)), first)...)
	r.whole = append(r.whole, unsafe.Slice((*byte)(r.data), n-first)...)
	return r.whole
}

// release gives the room up to a position back to the kernel.
func (r *Ring) release(pos uintptr) { atomic.StoreUintptr(r.consumer, pos) }

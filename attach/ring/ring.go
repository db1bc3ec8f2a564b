// Package ring reads BPF ring buffers in place, from the memory that the kernel shares: kernel/bpf/ringbuf.c.
//
// Programs are expected to submit their records without waking anybody (BPF_RB_NO_WAKEUP), so that an event costs the traced
// system no interrupt. Follow comes by in time instead.
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
	consumer, producer *uintptr // positions in bytes, which only grow
	data               unsafe.Pointer
	size, mask         uintptr
	quantum            uintptr // how far Read goes before it gives room back

	consumerPage, producerPages []byte
}

// Open maps the ring buffer behind a file descriptor, which may be closed afterwards. The size is the map's number of entries,
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
	// The kernel maps the data twice in a row, so that a record that wraps around is in one piece.
	producer, err := unix.Mmap(fd, int64(page), page+2*size, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		_ = unix.Munmap(consumer)
		return nil, fmt.Errorf("map %d bytes of ring buffer: %w", size, err)
	}
	return &Ring{
		consumer: (*uintptr)(unsafe.Pointer(&consumer[0])),
		producer: (*uintptr)(unsafe.Pointer(&producer[0])),
		data:     unsafe.Pointer(&producer[page]),
		size:     uintptr(size),
		mask:     uintptr(size - 1),
		quantum:  min(uintptr(size)/8, 64<<10),

		consumerPage:  consumer,
		producerPages: producer,
	}, nil
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
// submitted. The data is in the ring itself: it is read-only and only valid during the call. Read returns how many bytes of the
// ring it freed.
func (r *Ring) Read(fn func(data []byte)) int {
	start := atomic.LoadUintptr(r.consumer)
	end := atomic.LoadUintptr(r.producer)
	pos, released := start, start
	for pos != end {
		rec := unsafe.Add(r.data, pos&r.mask)
		// The kernel clears the busy bit after it has written the data; this load pairs with that exchange.
		head := atomic.LoadUint32((*uint32)(rec))
		if head&busy != 0 {
			break
		}
		n := uintptr(head &^ discarded)
		if head&discarded == 0 {
			fn(unsafe.Slice((*byte)(unsafe.Add(rec, headerSize)), n))
		}
		pos += headerSize + (n+7)&^7
		if pos-released >= r.quantum {
			atomic.StoreUintptr(r.consumer, pos)
			released = pos
		}
	}
	if pos != released {
		atomic.StoreUintptr(r.consumer, pos)
	}
	return int(pos - start)
}

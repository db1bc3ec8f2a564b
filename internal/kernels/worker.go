package main

import (
	"net"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// work does something an exact number of times, and then ends: "calls N" of getppid, "functions N" of called, "datagrams N" over the
// loopback device.
func work(args []string) {
	if len(args) != 2 {
		os.Exit(2)
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		os.Exit(2)
	}
	var peer net.Conn
	total := 0
	if args[0] == "datagrams" {
		here, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		if peer, err = net.Dial("udp4", here.LocalAddr().String()); err != nil {
			panic(err)
		}
	}
	for i := range n {
		switch args[0] {
		case "calls":
			_, _, _ = unix.RawSyscall(unix.SYS_GETPPID, 0, 0, 0)
		case "datagrams":
			_, _ = peer.Write([]byte("x"))
		case "functions":
			total += called(i)
		}
	}
	runtime.KeepAlive(total)
}

// called is what is probed: a function that needs no stack of its own, so that nothing moves while a probe stands at its return.
//
//go:noinline
//go:nosplit
func called(n int) int { return n*3 + 1 }

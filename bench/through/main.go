// Through moves bytes between two ends of its own, by way of a proxy, for
// bench/proxy.sh: up or down so many megabytes, or a thousand short connections
// one after the other, of which it prints the microseconds for each.
package main

import (
	"bufio"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"strings"
	"time"
)

func main() {
	kind := flag.String("kind", "direct", "direct, connect or socks")
	proxy := flag.String("proxy", "", "its address")
	direction := flag.String("direction", "up", "up, down or requests")
	mb := flag.Int64("mb", 512, "how many megabytes")
	flag.Parse()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	check(err)
	dial := func() net.Conn { return connect(*kind, *proxy, l.Addr().(*net.TCPAddr)) }

	if *direction == "requests" {
		go func() {
			for {
				c, err := l.Accept()
				check(err)
				c.Write([]byte("."))
				c.Close()
			}
		}()
		const times = 1000
		began := time.Now()
		for range times {
			c := dial()
			_, err := io.ReadAll(c)
			check(err)
			c.Close()
		}
		fmt.Println(time.Since(began).Microseconds() / times)
		return
	}

	accepted := make(chan net.Conn)
	go func() {
		c, err := l.Accept()
		check(err)
		accepted <- c
	}()
	from := dial()
	to := <-accepted
	if *direction == "down" {
		from, to = to, from
	}
	go func() {
		buf := make([]byte, 256<<10)
		for left := *mb << 20; left > 0; left -= int64(len(buf)) {
			_, err := from.Write(buf)
			check(err)
		}
		check(from.(*net.TCPConn).CloseWrite())
	}()
	buf := make([]byte, 256<<10)
	var n int64
	for {
		m, err := to.Read(buf)
		n += int64(m)
		if err == io.EOF {
			break
		}
		check(err)
	}
	if n != *mb<<20 {
		log.Fatalf("%d bytes came, want %d", n, *mb<<20)
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// connect connects to a port by way of a proxy.
func connect(kind, proxy string, to *net.TCPAddr) net.Conn {
	if kind == "direct" {
		proxy = to.String()
	}
	c, err := net.Dial("tcp4", proxy)
	check(err)
	switch kind {
	case "connect":
		fmt.Fprintf(c, "CONNECT %s HTTP/1.0\r\n\r\n", to)
		// Nothing else comes before the client has said something, or is read
		// with it: a byte at a time.
		var head strings.Builder
		for b := [1]byte{}; !strings.HasSuffix(head.String(), "\r\n\r\n"); head.Write(b[:]) {
			_, err := io.ReadFull(c, b[:])
			check(err)
		}
		if line, _ := bufio.NewReader(strings.NewReader(head.String())).ReadString('\n'); !strings.Contains(line, " 200 ") {
			log.Fatal(line)
		}
	case "socks":
		c.Write([]byte{5, 1, 0})
		var answer [10]byte
		_, err := io.ReadFull(c, answer[:2])
		check(err)
		c.Write(binary.BigEndian.AppendUint16(append([]byte{5, 1, 0, 1}, to.IP.To4()...), uint16(to.Port)))
		_, err = io.ReadFull(c, answer[:])
		check(err)
		if answer[1] != 0 {
			log.Fatalf("SOCKS reply %d", answer[1])
		}
	}
	return c
}

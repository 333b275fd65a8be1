package sockstat

import (
	"errors"
	"strings"
	"testing"

	"sosh/internal/rawsock"

	"golang.org/x/sys/unix"
)

func TestRecvQueue(t *testing.T) {
	for _, name := range []string{"tcp4", "tcp6", "unix", "unixpacket"} {
		k := rawsock.Named(t, name)
		client, server := rawsock.Pair(t, k)
		if n, err := RecvQueue(server); err != nil || n != 0 {
			t.Errorf("%s: %d, %v before anything", name, n, err)
		}
		rawsock.Write(t, client, "12345")
		rawsock.Wait(t, server, unix.POLLIN)
		if n, err := RecvQueue(server); err != nil || n != 5 {
			t.Errorf("%s: %d, %v with 5 bytes unread", name, n, err)
		}
		rawsock.Write(t, client, "678")
		rawsock.Eventually(t, "the queue", func() bool { n, err := RecvQueue(server); return err == nil && n == 8 })
		rawsock.Read(t, server)
		if n, err := RecvQueue(server); err != nil || n != 0 && name != "unixpacket" {
			t.Errorf("%s: %d, %v after reading", name, n, err)
		}
	}
	for _, name := range []string{"udp4", "unixgram"} {
		k := rawsock.Named(t, name)
		server := rawsock.New(t, k)
		client := rawsock.Dial(t, k, rawsock.Bind(t, server, k))
		rawsock.Write(t, client, "12345")
		rawsock.Write(t, client, "678")
		rawsock.Wait(t, server, unix.POLLIN)
		if n, err := RecvQueue(server); err != nil || n != 5 {
			t.Errorf("%s: %d, %v, want the first datagram's 5", name, n, err)
		}
	}
}

func TestSendQueue(t *testing.T) {
	for _, name := range []string{"tcp4", "unix"} {
		k := rawsock.Named(t, name)
		client, server := rawsock.Pair(t, k)
		if err := unix.SetNonblock(client, true); err != nil {
			t.Fatal(err)
		}
		sent := 0
		for {
			n, err := unix.Write(client, make([]byte, 65536))
			if err == unix.EAGAIN {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			sent += n
		}
		n, err := SendQueue(client)
		if err != nil || n == 0 {
			t.Errorf("%s: %d, %v with a full buffer", name, n, err)
		}
		for got := 0; got < sent; {
			n, err := unix.Read(server, make([]byte, 1<<20))
			if err != nil || n == 0 {
				t.Fatalf("read %d, %v", n, err)
			}
			got += n
		}
		rawsock.Eventually(t, "the queue", func() bool { n, err := SendQueue(client); return err == nil && n == 0 })
	}
}

func TestAcceptQueue(t *testing.T) {
	for _, name := range []string{"tcp4", "tcp6", "unix", "unixpacket"} {
		k := rawsock.Named(t, name)
		listener, addr := rawsock.Listen(t, k, 5)
		if waiting, limit, err := AcceptQueue(listener); err != nil || waiting != 0 || limit != 5 {
			t.Errorf("%s: %d of %d, %v", name, waiting, limit, err)
		}
		rawsock.Dial(t, k, addr)
		rawsock.Dial(t, k, addr)
		rawsock.Eventually(t, "the queue", func() bool { waiting, _, err := AcceptQueue(listener); return err != nil || waiting == 2 })
		if waiting, limit, err := AcceptQueue(listener); err != nil || waiting != 2 || limit != 5 {
			t.Errorf("%s: %d of %d, %v with two connections", name, waiting, limit, err)
		}
		accepted := rawsock.Accept(t, listener)
		if waiting, _, err := AcceptQueue(listener); err != nil || waiting != 1 {
			t.Errorf("%s: %d, %v after one accept", name, waiting, err)
		}
		if _, _, err := AcceptQueue(accepted); !errors.Is(err, unix.EINVAL) {
			t.Errorf("%s: the queue of a connection: %v", name, err)
		}
		if _, err := RecvQueue(listener); !errors.Is(err, unix.EINVAL) {
			t.Errorf("%s: bytes unread of a listener: %v", name, err)
		}
	}
	if _, _, err := AcceptQueue(rawsock.New(t, rawsock.Named(t, "udp4"))); !errors.Is(err, unix.EINVAL) {
		t.Errorf("the queue of a datagram socket: %v", err)
	}
}

// Datagrams for which the buffer has no room are counted.
func TestDropCount(t *testing.T) {
	k := rawsock.Named(t, "udp4")
	server := rawsock.New(t, k)
	if err := unix.SetsockoptInt(server, unix.SOL_SOCKET, unix.SO_RCVBUF, 4096); err != nil {
		t.Fatal(err)
	}
	if err := EnableDropCount(server); err != nil {
		t.Fatal(err)
	}
	client := rawsock.Dial(t, k, rawsock.Bind(t, server, k))
	payload := strings.Repeat("x", 1000)
	const sent = 100
	for range sent {
		rawsock.Write(t, client, payload)
	}
	if err := unix.SetNonblock(server, true); err != nil {
		t.Fatal(err)
	}
	rawsock.Wait(t, server, unix.POLLIN)
	drops, err := Drops(server)
	if err != nil || drops == 0 || drops >= sent {
		t.Fatalf("%d dropped, %v", drops, err)
	}
	received := 0
	for {
		if _, _, _, _, err := unix.Recvmsg(server, make([]byte, 2000), make([]byte, 256), 0); err != nil {
			break
		}
		received++
	}
	if received+int(drops) != sent {
		t.Errorf("%d received and %d dropped, of %d", received, drops, sent)
	}
	// The count goes with each datagram from here on.
	rawsock.Write(t, client, "after")
	rawsock.Wait(t, server, unix.POLLIN)
	oob := make([]byte, 256)
	_, oobn, _, _, err := unix.Recvmsg(server, make([]byte, 2000), oob, 0)
	if err != nil {
		t.Fatal(err)
	}
	if n, ok := DropCount(oob[:oobn]); !ok || n != drops {
		t.Errorf("the message says %d, %v, want %d", n, ok, drops)
	}
	for _, oob := range [][]byte{nil, {1, 2, 3}, oob[:4]} {
		if n, ok := DropCount(oob); ok {
			t.Errorf("%v says %d", oob, n)
		}
	}
}

func FuzzUnixDiag(f *testing.F) {
	f.Add(unixDiagRequest(1))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, _, err := parseUnixDiag(b); err == nil && len(b) < 16+sizeofUnixDiagMsg {
			t.Fatal("an answer in so few bytes")
		}
	})
}

package sockets

import (
	"testing"

	"sosh/sockets/tlsconf"
)

// openFunc makes two handles of one kind that are connected to each other.
type openFunc func(t *testing.T) (a, b *Handle)

// conformKinds are the kinds of connection that the suite runs on.
var conformKinds = []struct {
	name string
	open openFunc
}{
	{"tcp4", openStream(TCP4, false)},
	{"tcp6", openStream(TCP6, false)},
	{"tcp", openStream(TCP, false)},
	{"tls", openStream(TLS, false)},
	{"tls4", openStream(TLS4, false)},
	{"tls6", openStream(TLS6, false)},
	{"dtls4", openDTLS(DTLS4)},
	{"dtls6", openDTLS(DTLS6)},
	{"dtls", openDTLS(DTLS)},
	{"unix", openStream(Unix, false)},
	{"unix-abstract", openStream(Unix, true)},
	{"unixpacket", openStream(UnixPacket, false)},
	{"unixpacket-abstract", openStream(UnixPacket, true)},
	{"vsock", openStream(Vsock, false)},
	{"udp4", openDatagrams(UDP4, false)},
	{"udp6", openDatagrams(UDP6, false)},
	{"udp", openDatagrams(UDP, false)},
	{"unixgram", openDatagrams(UnixGram, false)},
	{"unixgram-abstract", openDatagrams(UnixGram, true)},
	{"udp4-served", openServed(UDP4)},
	{"udp6-served", openServed(UDP6)},
	{"unixgram-served", openServed(UnixGram)},
}

// TestHandles runs the suite on every kind of connection, without receivers
// and with.
func TestHandles(t *testing.T) {
	t.Parallel()
	for _, k := range conformKinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			testHandle(t, k.open)
		})
		t.Run(k.name+"-watched", func(t *testing.T) {
			t.Parallel()
			testHandle(t, watched(k.open))
		})
	}
}

// testHandle checks what every connected handle has to do, as nettest.TestConn
// does for a net.Conn.
func testHandle(t *testing.T, open openFunc) {
	for _, s := range []struct {
		name string
		test func(t *testing.T, open openFunc)
	}{
		{"BothWays", testBothWays},
		{"Documented", testDocumented},
		{"Counters", testCounters},
		{"Events", testEvents},
		{"Options", testOptions},
		{"LargeTransfer", testLargeTransfer},
		{"GatherLeavesTheRest", testGather},
		{"Boundaries", testBoundaries},
		{"Cut", testCut},
		{"EmptyThenEnd", testEmptyThenEnd},
		{"End", testEnd},
		{"HalfCloseWriteFirst", testHalfCloseWrite},
		{"HalfCloseReadFirst", testHalfCloseRead},
		{"ShutdownReadWakes", testShutdownReadWakes},
		{"Reset", testReset},
		{"Timeout", testTimeout},
		{"Cancel", testCancel},
		{"SendTimeout", testSendTimeout},
		{"CloseWakes", testCloseWakes},
		{"ClosedHandle", testClosedHandle},
		{"ConcurrentSenders", testConcurrentSenders},
		{"ConcurrentReceivers", testConcurrentReceivers},
		{"WatchOnOff", testWatchOnOff},
		{"BadLimits", testBadLimits},
	} {
		t.Run(s.name, func(t *testing.T) { s.test(t, open) })
	}
}

func openStream(kind Kind, abstract bool) openFunc {
	return func(t *testing.T) (a, b *Handle) {
		t.Helper()
		needFamily(t, kind)
		table := newTable(t)
		srv := newSocketHandle(t, table, kind, "srv")
		must(t, srv.Bind(patient(t), localAddress(t, kind, abstract)))
		must(t, srv.Listen(8))
		a, b = connectPair(t, srv)
		must(t, srv.Close())
		return a, b
	}
}

func openDatagrams(kind Kind, abstract bool) openFunc {
	return func(t *testing.T) (a, b *Handle) {
		t.Helper()
		needFamily(t, kind)
		table := newTable(t)
		a, b = newSocketHandle(t, table, kind, "a"), newSocketHandle(t, table, kind, "b")
		must(t, a.Bind(patient(t), localAddress(t, kind, abstract)))
		must(t, b.Bind(patient(t), localAddress(t, kind, abstract)))
		must(t, a.Connect(patient(t), b.LocalAddr().String()))
		must(t, b.Connect(patient(t), a.LocalAddr().String()))
		return a, b
	}
}

// openServed makes the second handle one peer of a served datagram socket.
func openServed(kind Kind) openFunc {
	return func(t *testing.T) (a, b *Handle) {
		t.Helper()
		needFamily(t, kind)
		table := newTable(t)
		srv := newBound(t, table, kind, "srv")
		came := make(chan *Handle, 1)
		must(t, srv.Serve(func(h *Handle) { came <- h }))
		a = newBound(t, table, kind, "a")
		must(t, a.Connect(patient(t), srv.LocalAddr().String()))
		send(t, a, "hello")
		select {
		case b = <-came:
		case <-patient(t).Done():
			t.Fatal("no peer came")
		}
		wantRecv(t, b, "hello")
		b.counters.in.Store(0)
		b.counters.inMsgs.Store(0)
		a.counters.out.Store(0)
		a.counters.outMsgs.Store(0)
		return a, b
	}
}

// openDTLS makes a client of a served socket, and its peer.
func openDTLS(kind Kind) openFunc {
	return func(t *testing.T) (a, b *Handle) {
		t.Helper()
		needFamily(t, kind)
		table := newTable(t)
		srv := newBound(t, table, kind, "srv")
		came := make(chan *Handle, 1)
		must(t, srv.Serve(func(h *Handle) { came <- h }))
		a = newSocketHandle(t, table, kind, "a")
		must(t, a.SetTLS(tlsconf.Options{NoVerify: true}))
		must(t, a.Connect(patient(t), srv.LocalAddr().String()))
		select {
		case b = <-came:
		case <-patient(t).Done():
			t.Fatal("no peer came")
		}
		return a, b
	}
}

// watched has receivers run on both handles.
func watched(open openFunc) openFunc {
	return func(t *testing.T) (a, b *Handle) {
		t.Helper()
		a, b = open(t)
		a.Watch(true)
		b.Watch(true)
		return a, b
	}
}

// served reports whether h is a peer of a served datagram socket.
func served(h *Handle) bool { return h.parent != nil }

// skipUnless skips what a kind of handle cannot do.
func skipUnless(t *testing.T, can bool, what string) {
	t.Helper()
	if !can {
		t.Skip(what)
	}
}

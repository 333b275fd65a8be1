package sockets

import (
	"bytes"
	"runtime"
	"strings"
	"sync"
	"testing"

	"sosh/sockets/tlsconf"
)

// A wireLog has the events of TLS of a table, in order.
type wireLog struct {
	mu     sync.Mutex
	events []Event
}

// logWire subscribes to the events of TLS.
func logWire(t testing.TB, table *Table) *wireLog {
	l := new(wireLog)
	t.Cleanup(table.Subscribe(func(ev Event) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.events = append(l.events, ev)
	}, EventWire, EventSecret, EventTLS, EventConnected, EventAccepted))
	return l
}

// of returns the events of a type with a local address; of wire, in one direction.
func (l *wireLog) of(typ EventType, local Addr, out bool) (list []Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, ev := range l.events {
		if ev.Type == typ && ev.TLS != nil && ev.TLS.Local == local && ev.TLS.Out == out {
			list = append(list, ev)
		}
	}
	return list
}

func (l *wireLog) bytes(local Addr, out bool) (all []byte) {
	for _, ev := range l.of(EventWire, local, out) {
		all = append(all, ev.Data...)
	}
	return all
}

// TestWire has one side of a connection send what the other receives, below TLS, and the
// secrets before what needs them.
func TestWire(t *testing.T) {
	for _, kind := range []Kind{TLS4, DTLS4} {
		for _, version := range []uint16{0x0303, 0x0304} {
			if kind == DTLS4 && version > 0x0303 {
				continue
			}
			table := newTable(t)
			log := logWire(t, table)
			srv, came := serveTLS(t, table, kind, tlsconf.Options{})
			c, err := dialTLS(t, srv, tlsconf.Options{NoVerify: true, Max: version})
			must(t, err)
			s := next(t, came)
			send(t, c, "from the client")
			wantRecv(t, s, "from the client")
			send(t, s, "from the server")
			wantRecv(t, c, "from the server")
			client, server := c.LocalAddr(), s.LocalAddr()
			eventually(t, "both sides tell the same", func() bool {
				return bytes.Equal(log.bytes(client, true), log.bytes(server, false)) && bytes.Equal(log.bytes(client, false), log.bytes(server, true))
			})
			if all := log.bytes(client, true); len(all) < 100 || all[0] != 22 || bytes.Contains(all, []byte("from the")) {
				t.Errorf("%s: the client sent % x", kind, all)
			}
			for _, end := range []struct {
				h    *Handle
				addr Addr
			}{{c, client}, {s, server}} {
				outcome := log.of(EventTLS, end.addr, false)
				if len(outcome) != 1 || outcome[0].Handle != end.h || outcome[0].TLS.Info.Cipher == "" || outcome[0].TLS.Server != (end.h == s) {
					t.Errorf("%s: the outcome is %+v", kind, outcome)
				}
				secrets := 0
				log.mu.Lock()
				for _, ev := range log.events {
					switch {
					case ev.TLS == nil || ev.TLS.Local != end.addr:
					case ev.Type == EventSecret:
						secrets++
						if strings.Count(string(ev.Data), " ") != 2 {
							t.Errorf("%s: the secret is %q", kind, ev.Data)
						}
					case ev.Type == EventWire && secrets == 0 && encrypted(ev.Data):
						t.Errorf("%s: ciphertext of %s comes before its secret", kind, end.h.Name())
					}
				}
				log.mu.Unlock()
			}
		}
	}
}

// encrypted reports whether there is a record after the cipher was changed.
func encrypted(p []byte) bool {
	return p[0] == 23 || bytes.Contains(p, []byte{20, 3, 3, 0, 1, 1}) || bytes.Contains(p, []byte{20, 0xfe, 0xfd, 0, 0})
}

func TestWireOfFailedHandshakes(t *testing.T) {
	for _, kind := range []Kind{TLS4, DTLS4} {
		table := newTable(t)
		log := logWire(t, table)
		srv, _ := serveTLS(t, table, kind, tlsconf.Options{})
		if _, err := dialTLS(t, srv, tlsconf.Options{}); err == nil {
			t.Fatal("an ephemeral certificate is trusted")
		}
		eventually(t, "both outcomes are told", func() bool {
			log.mu.Lock()
			defer log.mu.Unlock()
			n := 0
			for _, ev := range log.events {
				if ev.Type == EventTLS && ev.Err != nil && ev.TLS.Info == nil && (ev.Handle == srv) == ev.TLS.Server && ev.Peer.HasPort() {
					n++
				}
			}
			return n == 2
		})
	}
}

// TestWireFromBeginning subscribes while TLS is in use: only new connections are told.
func TestWireFromBeginning(t *testing.T) {
	table := newTable(t)
	cancel := table.Subscribe(func(Event) {}, EventWire)
	srv, came := serveTLS(t, table, TLS4, tlsconf.Options{})
	c, err := dialTLS(t, srv, tlsconf.Options{NoVerify: true})
	must(t, err)
	s := next(t, came)
	log := logWire(t, table)
	all := false
	t.Cleanup(table.Subscribe(func(ev Event) { all = all || ev.TLS != nil }))
	send(t, c, "old")
	wantRecv(t, s, "old")
	cancel()
	d, err := dialTLS(t, srv, tlsconf.Options{NoVerify: true})
	must(t, err)
	next(t, came)
	if got := log.bytes(c.LocalAddr(), true); got != nil || len(log.bytes(d.LocalAddr(), true)) == 0 {
		t.Errorf("of the old connection there are %d bytes", len(got))
	}
	if all {
		t.Error("a subscriber that names no types gets the events of TLS")
	}
}

func TestWireOfStartTLS(t *testing.T) {
	a, b := streamPair(t, Unix)
	log := logWire(t, a.table)
	client := start(func() (int, error) {
		return 0, a.StartTLS(patient(t), tlsconf.Options{NoVerify: true}, false)
	})
	must(t, b.StartTLS(patient(t), tlsconf.Options{}, true))
	_, err := await(t, client)
	must(t, err)
	send(t, a, "hidden")
	wantRecv(t, b, "hidden")
	server := b.LocalAddr()
	if in := log.bytes(server, false); len(in) < 100 || in[0] != 22 || len(log.of(EventTLS, server, false)) != 1 {
		t.Errorf("the server received % x", in)
	}
}

// TestOwnPeer says of unix sockets whether the other end is in this process.
func TestOwnPeer(t *testing.T) {
	table := newTable(t)
	log := logWire(t, table)
	cancel := table.Subscribe(func(Event) {}, EventData)
	srv := newListener(t, table, Unix, 1)
	connectPair(t, srv)
	cancel()
	log.mu.Lock()
	defer log.mu.Unlock()
	for _, ev := range log.events {
		if ev.Own != (runtime.GOOS == "linux") {
			t.Errorf("%s: the peer is not known as this process's", ev.Type)
		}
	}
	if len(log.events) != 2 {
		t.Errorf("%d events", len(log.events))
	}
}

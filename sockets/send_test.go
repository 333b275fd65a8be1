package sockets

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestDatagramSizes(t *testing.T) {
	for kind, most := range map[Kind]int{UDP4: 65507, UDP6: 65527} {
		t.Run(string(kind), func(t *testing.T) {
			table := newTable(t)
			a, b := newBound(t, table, kind, "a"), newBound(t, table, kind, "b")
			must(t, b.SetOption("rcvbuf", "400000"))
			must(t, a.SetOption("sndbuf", "400000"))
			p := randomBytes(most + 1)
			n, err := a.SendTo(patient(t), b.LocalAddr().String(), p[:most])
			if err != nil || n != most {
				t.Fatalf("%d bytes: %d, %v", most, n, err)
			}
			if m := recvOne(t, b); !bytes.Equal(m.Data, p[:most]) || m.Cut || m.Size != most || m.From != a.LocalAddr() {
				t.Errorf("%d bytes came from %v, cut %v, size %d", len(m.Data), m.From, m.Cut, m.Size)
			}
			_, err = a.SendTo(patient(t), b.LocalAddr().String(), p)
			e := wantErr(t, err, "sendto", unix.EMSGSIZE)
			if kind == UDP4 && !strings.Contains(e.Hint, "65507") || kind == UDP6 && !strings.Contains(e.Hint, "65527") {
				t.Errorf("hint %q", e.Hint)
			}

			must(t, a.Connect(patient(t), b.LocalAddr().String()))
			for _, size := range []int{0, 1, most, most + 1} {
				datagrams, n, err := a.SendSplit(patient(t), "", p[:size])
				want := max((size+most-1)/most, 1)
				if err != nil || n != size || datagrams != want {
					t.Fatalf("%d bytes split: %d in %d datagrams, %v, want %d", size, n, datagrams, err, want)
				}
				var got []byte
				for range datagrams {
					got = append(got, recvOne(t, b).Data...)
				}
				if !bytes.Equal(got, p[:size]) {
					t.Errorf("%d bytes split came as %d", size, len(got))
				}
			}
		})
	}
}

// TestMappedDatagrams: to an IPv4 address an IPv6 socket sends no more than
// IPv4 carries, and says so.
func TestMappedDatagrams(t *testing.T) {
	table := newTable(t)
	u, err := table.Socket(UDP6, "u")
	must(t, err)
	v := newBound(t, table, UDP4, "v")
	must(t, v.SetOption("rcvbuf", "400000"))
	must(t, u.SetOption("sndbuf", "400000"))
	p := randomBytes(65508)
	to := fmt.Sprintf("[::ffff:127.0.0.1]:%d", v.LocalAddr().Port())
	_, err = u.SendTo(patient(t), to, p)
	if e := wantErr(t, err, "sendto", unix.EMSGSIZE); !strings.Contains(e.Hint, "65507") {
		t.Errorf("hint %q", e.Hint)
	}
	if datagrams, n, err := u.SendSplit(patient(t), to, p); datagrams != 2 || n != len(p) || err != nil {
		t.Errorf("split: %d bytes in %d, %v", n, datagrams, err)
	}
}

func TestSplitFailure(t *testing.T) {
	table := newTable(t)
	u := newBound(t, table, UDP4, "u")
	_, _, err := u.SendSplit(patient(t), "", []byte("x"))
	wantErr(t, err, "send", unix.EDESTADDRREQ)
	_, _, err = u.SendSplit(patient(t), "nowhere", []byte("x"))
	if err == nil || !strings.HasPrefix(err.Error(), "sendto u: address") {
		t.Errorf("%v", err)
	}
	a, _ := streamPair(t, TCP4)
	if _, _, err := a.SendSplit(patient(t), "", []byte("x")); err == nil || !strings.Contains(err.Error(), "only datagrams") {
		t.Errorf("%v", err)
	}
}

func TestManyPeers(t *testing.T) {
	for _, watch := range []bool{false, true} {
		table := newTable(t)
		srv := newBound(t, table, UDP4, "srv")
		srv.Watch(watch)
		peers := map[Addr]*Handle{}
		for range 20 {
			p := newBound(t, table, UDP4, "")
			peers[p.LocalAddr()] = p
			_, err := p.SendTo(patient(t), srv.LocalAddr().String(), []byte(p.Name()))
			must(t, err)
		}
		for range peers {
			m, err := srv.RecvFrom(patient(t), DefaultLimit)
			must(t, err)
			p := peers[m.From]
			if p == nil || string(m.Data) != p.Name() {
				t.Fatalf("received %q from %v", m.Data, m.From)
			}
			_, err = srv.SendTo(patient(t), m.From.String(), []byte("re: "+p.Name()))
			must(t, err)
			wantRecv(t, p, "re: "+p.Name())
		}
		if srv.State() != "bound" || !srv.PeerAddr().IsZero() {
			t.Errorf("srv is %s to %v", srv.State(), srv.PeerAddr())
		}
	}
}

// TestSendBinds shows the address that the first datagram gave a socket.
func TestSendBinds(t *testing.T) {
	table := newTable(t)
	to := newBound(t, table, UDP4, "to")
	u := newSocketHandle(t, table, UDP, "u")
	u.Watch(true)
	_, err := u.SendTo(patient(t), to.LocalAddr().String(), []byte("x"))
	must(t, err)
	if u.State() != "bound" || u.LocalAddr().Port() == 0 {
		t.Errorf("u is %s at %v", u.State(), u.LocalAddr())
	}
	m := recvOne(t, to)
	if m.From.Port() != u.LocalAddr().Port() {
		t.Errorf("came from %v, u has %v", m.From, u.LocalAddr())
	}
	_, err = to.SendTo(patient(t), m.From.String(), []byte("y"))
	must(t, err)
	if ev := waitEvent(t, u, EventData); string(ev.Data) != "y" {
		t.Errorf("event %+v", ev)
	}
}

// TestResetMidSend says how much of a send went out before the peer reset.
func TestResetMidSend(t *testing.T) {
	a, b := streamPair(t, TCP4)
	p := make([]byte, 16<<20)
	sending := start(func() (int, error) { return a.Send(patient(t), p) })
	recvN(t, b, 1000)
	must(t, b.Abort())
	n, err := await(t, sending)
	e := wantErr(t, err, "send", unix.ECONNRESET)
	if n < 1000 || n == len(p) || e.Sent != n || e.Size != len(p) || !strings.Contains(err.Error(), "bytes were sent") {
		t.Errorf("sent %d: %v", n, err)
	}
	i, err := a.Info()
	must(t, err)
	if i.Out != int64(n) {
		t.Errorf("%d bytes are counted, %d were sent", i.Out, n)
	}
}

// TestUnixgramUnnamed receives from a socket that has no name to answer to.
func TestUnixgramUnnamed(t *testing.T) {
	table := newTable(t)
	srv := newBound(t, table, UnixGram, "srv")
	u := newSocketHandle(t, table, UnixGram, "u")
	_, err := u.SendTo(patient(t), srv.LocalAddr().String(), []byte("hi"))
	must(t, err)
	if m := recvOne(t, srv); string(m.Data) != "hi" || !m.From.IsZero() {
		t.Errorf("received %q from %q", m.Data, m.From)
	}
}

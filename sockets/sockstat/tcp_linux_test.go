package sockstat

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sosh/internal/rawsock"

	"golang.org/x/sys/unix"
)

func TestTCPInfo(t *testing.T) {
	for _, name := range []string{"tcp4", "tcp6"} {
		k := rawsock.Named(t, name)
		listener, addr := rawsock.Listen(t, k, 8)
		client := rawsock.Dial(t, k, addr)
		server := rawsock.Accept(t, listener)
		rawsock.Write(t, client, "ping ping")
		rawsock.Read(t, server)
		rawsock.Write(t, server, "pong")
		rawsock.Read(t, client)
		rawsock.Eventually(t, "TCP_INFO", func() bool { i, err := ReadTCP(client); return err != nil || i.BytesAcked >= 9 })
		i, err := ReadTCP(client)
		if err != nil {
			t.Fatal(err)
		}
		// The SYN takes a number too, so BytesAcked may be one more.
		if i.State != "ESTABLISHED" || i.BytesSent != 9 || i.BytesReceived != 4 || i.BytesAcked > 10 {
			t.Errorf("%s: %+v", name, i)
		}
		if i.RTT <= 0 || i.RTT > 10*time.Second || i.RTO < i.RTT || i.SndCwnd == 0 || i.SndMSS == 0 || i.PMTU == 0 || i.SegsIn == 0 || i.SegsOut == 0 {
			t.Errorf("%s: %+v", name, i)
		}
		for _, c := range []struct {
			fd    int
			state string
		}{{listener, "LISTEN"}, {rawsock.New(t, k), "CLOSED"}} {
			i, err := ReadTCP(c.fd)
			if err != nil || i.State != c.state {
				t.Errorf("%s: %+v, %v, want %s", name, i, err, c.state)
			} else if f := i.Fields(); len(f) != 1 || f[0] != (Field{Name: "state", Value: c.state}) {
				t.Errorf("%s shows %v", c.state, f)
			}
		}
		if err := unix.Shutdown(client, unix.SHUT_WR); err != nil {
			t.Fatal(err)
		}
		rawsock.Wait(t, server, unix.POLLIN)
		if i, err := ReadTCP(server); err != nil || i.State != "CLOSE_WAIT" {
			t.Errorf("%s: %+v, %v, want CLOSE_WAIT", name, i, err)
		}
		rawsock.Eventually(t, "TCP_INFO", func() bool { i, err := ReadTCP(client); return err == nil && i.State == "FIN_WAIT2" })
	}
	for _, name := range []string{"udp4", "unix"} {
		if _, err := ReadTCP(rawsock.New(t, rawsock.Named(t, name))); !errors.Is(err, unix.ENOPROTOOPT) && !errors.Is(err, unix.EOPNOTSUPP) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTCPInfoFields(t *testing.T) {
	i := &TCP{
		State: "ESTABLISHED", Options: []string{"timestamps", "sack"}, RTT: 1234 * time.Microsecond, RTO: 201 * time.Millisecond,
		SndCwnd: 10, SndMSS: 1448, RcvSpace: 65536, BytesSent: 2 << 20, DeliveryRate: 1 << 30, LastDataSent: 90 * time.Second,
	}
	want := "state=ESTABLISHED options=timestamps sack rtt=1.2ms rto=201ms cwnd=10 mss=1448 rcvspace=64.0 KiB " +
		"total_retrans=0 bytes_sent=2.0 MiB bytes_acked=0 B bytes_received=0 B last_data_sent=1m30s delivery_rate=1.0 GiB/s"
	var got []string
	for _, f := range i.Fields() {
		got = append(got, f.Name+"="+f.Value)
	}
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
}

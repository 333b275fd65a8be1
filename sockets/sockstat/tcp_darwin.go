package sockstat

import (
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// tcpStates are the states by number, from netinet/tcp_fsm.h, in the spelling
// of Linux.
var tcpStates = []string{
	"CLOSED", "LISTEN", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT",
	"FIN_WAIT1", "CLOSING", "LAST_ACK", "FIN_WAIT2", "TIME_WAIT",
}

// ReadTCP reads what the kernel knows of a TCP socket: TCP_CONNECTION_INFO of
// netinet/tcp.h. The error is the system's.
func ReadTCP(fd int) (*TCP, error) {
	t, err := unix.GetsockoptTCPConnectionInfo(fd, unix.IPPROTO_TCP, unix.TCP_CONNECTION_INFO)
	if err != nil {
		return nil, err
	}
	i := &TCP{
		State:         strconv.Itoa(int(t.State)),
		RTT:           millis(t.Srtt),
		RTTVar:        millis(t.Rttvar),
		RTO:           millis(t.Rto),
		SndCwnd:       t.Snd_cwnd,
		SndSsthresh:   t.Snd_ssthresh,
		SndMSS:        t.Maxseg,
		SndWnd:        t.Snd_wnd,
		RcvWnd:        t.Rcv_wnd,
		TotalRetrans:  uint32(t.Txretransmitpackets),
		BytesSent:     t.Txbytes,
		BytesRetrans:  t.Txretransmitbytes,
		BytesReceived: t.Rxbytes,
		SegsOut:       t.Txpackets,
		SegsIn:        t.Rxpackets,
	}
	if int(t.State) < len(tcpStates) {
		i.State = tcpStates[t.State]
	}
	return i, nil
}

func millis(n uint32) time.Duration { return time.Duration(n) * time.Millisecond }

// window shows a congestion figure, which darwin counts in bytes.
func (i *TCP) window(n uint32) string { return size(uint64(n)) }

package sockstat

import (
	"math"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// tcpStates are the states by number, from the kernel's net/tcp_states.h,
// spelt as RFC 9293 has them with underscores.
var tcpStates = []string{
	1: "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT",
	"CLOSED", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV",
}

// tcpListen is the number of LISTEN.
const tcpListen = 10

func tcpStateName(state uint8) string {
	if int(state) < len(tcpStates) && tcpStates[state] != "" {
		return tcpStates[state]
	}
	return strconv.Itoa(int(state))
}

// ReadTCP reads what the kernel knows of a TCP socket. The error is the
// system's: of a socket that is not TCP, ENOPROTOOPT or EOPNOTSUPP. A kernel
// older than a field leaves it 0.
func ReadTCP(fd int) (*TCP, error) {
	t, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return nil, err
	}
	i := &TCP{
		State:  tcpStateName(t.State),
		RTT:    micros(t.Rtt),
		RTTVar: micros(t.Rttvar),
		RcvRTT: micros(t.Rcv_rtt),
		RTO:    micros(t.Rto),
		ATO:    micros(t.Ato),

		SndCwnd:  t.Snd_cwnd,
		SndMSS:   t.Snd_mss,
		RcvMSS:   t.Rcv_mss,
		AdvMSS:   t.Advmss,
		PMTU:     t.Pmtu,
		SndWnd:   t.Snd_wnd,
		RcvWnd:   t.Rcv_wnd,
		RcvSpace: t.Rcv_space,

		Unacked:      t.Unacked,
		Sacked:       t.Sacked,
		Lost:         t.Lost,
		Retrans:      t.Retrans,
		TotalRetrans: t.Total_retrans,
		Retransmits:  t.Retransmits,
		Probes:       t.Probes,
		Backoff:      t.Backoff,
		Reordering:   t.Reordering,
		OutOfOrder:   t.Rcv_ooopack,

		LastDataSent: millis(t.Last_data_sent),
		LastDataRecv: millis(t.Last_data_recv),
		LastAckRecv:  millis(t.Last_ack_recv),

		BytesSent:     t.Bytes_sent,
		BytesRetrans:  t.Bytes_retrans,
		BytesAcked:    t.Bytes_acked,
		BytesReceived: t.Bytes_received,
		NotSentBytes:  t.Notsent_bytes,
		SegsOut:       uint64(t.Segs_out),
		SegsIn:        uint64(t.Segs_in),
		DeliveryRate:  t.Delivery_rate,

		Options: tcpOptions(t),
	}
	if t.Min_rtt != math.MaxUint32 {
		i.MinRTT = micros(t.Min_rtt)
	}
	if t.Snd_ssthresh < math.MaxInt32 {
		i.SndSsthresh = t.Snd_ssthresh
	}
	if t.Pacing_rate != math.MaxUint64 {
		i.PacingRate = t.Pacing_rate
	}
	return i, nil
}

func micros(n uint32) time.Duration { return time.Duration(n) * time.Microsecond }

func millis(n uint32) time.Duration { return time.Duration(n) * time.Millisecond }

// window shows a congestion figure, which Linux counts in segments.
func (i *TCP) window(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

// tcpOptions names the bits TCPI_OPT_* of the kernel's linux/tcp.h.
func tcpOptions(t *unix.TCPInfo) []string {
	var list []string
	for bit, name := range []string{"timestamps", "sack", "wscale", "ecn", "ecn_seen", "syn_data"} {
		if t.Options&(1<<bit) == 0 {
			continue
		}
		list = append(list, name)
	}
	return list
}

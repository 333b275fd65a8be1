package sockstat

import (
	"math"
	"strconv"
	"strings"
	"time"

	"sosh/internal/show"
)

// A TCP is the kernel's state of a TCP connection: TCP_INFO of tcp(7) on Linux, TCP_CONNECTION_INFO
// on darwin. A field that the system does not report is 0. Windows are in bytes, except for the two
// congestion windows, which Linux counts in segments.
type TCP struct {
	State string // "ESTABLISHED", "TIME_WAIT"..., as in netstat

	RTT    time.Duration // smoothed round-trip time (RFC 6298)
	RTTVar time.Duration // its variation
	MinRTT time.Duration // recent minimum; 0 if there is none yet
	RcvRTT time.Duration // as estimated by the receiving side
	RTO    time.Duration // retransmission timeout
	ATO    time.Duration // delay of acknowledgements

	SndCwnd     uint32 // congestion window, segments (bytes on darwin)
	SndSsthresh uint32 // slow start threshold, in the same unit; 0: no limit
	SndMSS      uint32 // bytes in a sent segment
	RcvMSS      uint32 // bytes in a received segment
	AdvMSS      uint32 // as announced to the peer
	PMTU        uint32 // path MTU, bytes
	SndWnd      uint32 // the window that the peer offers, bytes
	RcvWnd      uint32 // the window offered to it, bytes
	RcvSpace    uint32 // receive buffer as tuned by the kernel, bytes

	Unacked      uint32 // segments in flight
	Sacked       uint32 // of those, acknowledged out of order
	Lost         uint32 // of those, considered lost
	Retrans      uint32 // of those, retransmitted
	TotalRetrans uint32 // segments retransmitted since the start
	Retransmits  uint8  // timeouts in a row
	Probes       uint8  // probes without an answer, of keepalive or a zero window
	Backoff      uint8  // doublings of RTO
	Reordering   uint32 // how far out of order segments may arrive
	OutOfOrder   uint32 // segments that arrived out of order

	LastDataSent time.Duration // since data was last sent
	LastDataRecv time.Duration // since data was last received
	LastAckRecv  time.Duration // since the last acknowledgement

	BytesSent     uint64 // data sent, including retransmissions
	BytesRetrans  uint64 // of that, retransmissions
	BytesAcked    uint64 // acknowledged by the peer
	BytesReceived uint64 // received and acknowledged
	NotSentBytes  uint32 // waiting in the send buffer, not sent yet
	SegsOut       uint64 // segments sent
	SegsIn        uint64 // segments received

	DeliveryRate uint64 // recent delivery rate, bytes per second
	PacingRate   uint64 // limit of the kernel's pacing, bytes per second; 0: none

	Options []string // negotiated options: "timestamps", "sack", "wscale", "ecn"
}

// A Field is one name and value to show.
type Field struct {
	Name  string // "rtt"
	Value string // "1.2ms"
	// Number is the value for programs: seconds, bytes, or a count; nil if the value is
	// not a number.
	Number any // float64 or uint64
}

// Fields returns the fields worth showing, in an order for reading, in readable units.
// For a socket without a connection that is only its state. Counts of failures that are
// 0 are left out.
func (i *TCP) Fields() []Field {
	fields := []Field{{"state", i.State, nil}}
	add := func(name, value string, n any) { fields = append(fields, Field{name, value, n}) }
	count := func(name string, n uint64) {
		if n != 0 {
			add(name, strconv.FormatUint(n, 10), n)
		}
	}
	nonzero := func(name string, n uint64) {
		if n != 0 {
			add(name, size(n), n)
		}
	}
	since := func(name string, d time.Duration) {
		if d != 0 {
			add(name, formatDuration(d), d.Seconds())
		}
	}
	if i.State == "LISTEN" || i.State == "CLOSED" {
		return fields
	}
	if len(i.Options) > 0 {
		add("options", strings.Join(i.Options, " "), nil)
	}
	since("rtt", i.RTT)
	since("rttvar", i.RTTVar)
	since("minrtt", i.MinRTT)
	since("rto", i.RTO)
	add("cwnd", i.window(i.SndCwnd), uint64(i.SndCwnd))
	if i.SndSsthresh != 0 {
		add("ssthresh", i.window(i.SndSsthresh), uint64(i.SndSsthresh))
	}
	count("mss", uint64(i.SndMSS))
	count("rcvmss", uint64(i.RcvMSS))
	count("pmtu", uint64(i.PMTU))
	nonzero("sndwnd", uint64(i.SndWnd))
	nonzero("rcvwnd", uint64(i.RcvWnd))
	nonzero("rcvspace", uint64(i.RcvSpace))
	count("unacked", uint64(i.Unacked))
	count("sacked", uint64(i.Sacked))
	count("lost", uint64(i.Lost))
	count("retrans", uint64(i.Retrans))
	add("total_retrans", strconv.FormatUint(uint64(i.TotalRetrans), 10), uint64(i.TotalRetrans))
	count("retransmits", uint64(i.Retransmits))
	count("probes", uint64(i.Probes))
	count("backoff", uint64(i.Backoff))
	count("out_of_order", uint64(i.OutOfOrder))
	nonzero("notsent", uint64(i.NotSentBytes))
	add("bytes_sent", size(i.BytesSent), i.BytesSent)
	nonzero("bytes_retrans", i.BytesRetrans)
	add("bytes_acked", size(i.BytesAcked), i.BytesAcked)
	add("bytes_received", size(i.BytesReceived), i.BytesReceived)
	count("segs_out", i.SegsOut)
	count("segs_in", i.SegsIn)
	if i.BytesSent != 0 {
		since("last_data_sent", i.LastDataSent)
	}
	if i.BytesReceived != 0 {
		since("last_data_recv", i.LastDataRecv)
	}
	since("last_ack_recv", i.LastAckRecv)
	if i.DeliveryRate != 0 {
		add("delivery_rate", size(i.DeliveryRate)+"/s", i.DeliveryRate)
	}
	if i.PacingRate != 0 {
		add("pacing_rate", size(i.PacingRate)+"/s", i.PacingRate)
	}
	return fields
}

// formatDuration shows a time with two or three figures: "850µs", "1.2ms",
// "45s", "2m10s".
func formatDuration(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(100 * time.Microsecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// size is [show.Size] for the kernel's numbers.
func size(n uint64) string { return show.Size(int64(min(n, math.MaxInt64))) }

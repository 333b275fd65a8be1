package pcapng

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"net/netip"
	"strings"

	"sosh/internal/recording"
	"sosh/internal/recording/packet"
)

// maxDatagram is the longest payload that UDP carries over IPv4, in bytes.
const maxDatagram = 65535 - 20 - 8

// datagramEvent writes the packets of an event of a datagram socket.
func (w *writer) datagramEvent(h *handle, ev *recording.Event) {
	switch ev.Type {
	case recording.Sent, recording.Data, recording.Wire, recording.ICMP:
	case recording.Connected, recording.Accepted:
		h.peer = clip(ev.Peer)
		return
	default:
		return
	}
	peer := ev.Peer
	if peer == "" {
		peer = h.peer
	}
	out := ev.Type == recording.Sent || ev.Type == recording.Wire && ev.Out
	named := h.kind == "unixgram"
	local := w.localEnd(h, peer)
	if named && !out && w.flight.arrived(flightKey(address{}, local, named, ev.Data)) {
		return // it stands there since it was sent
	}
	local, remote := sameFamily(local, w.remoteEnd(h, peer))
	if ev.Type == recording.ICMP {
		w.unreachable(h, local, remote, ev)
		return
	}
	if secure := strings.HasPrefix(h.kind, "dtls"); secure && w.plaintext != (ev.Type != recording.Wire) {
		if !w.plaintext && w.inClear(local, remote) {
			// The recording began after the handshake.
		} else {
			return
		}
	}
	src, dst := local, remote
	if !out {
		src, dst = remote, local
	}
	switch {
	case ev.Fault == "dropped" || ev.Fault == "held back":
		return
	case ev.Type == recording.Wire:
		w.secure.put(pairOf(local, remote), struct{}{})
	}
	if out {
		w.flight.sent(flightKey(src, dst, named, ev.Data))
		h.lastSent = len(ev.Data)
	} else if !named && w.flight.arrived(flightKey(src, dst, named, ev.Data)) {
		return
	}
	what := comment(h, ev.Type)
	if ev.Type == recording.Wire {
		what = h.name + ": DTLS"
	}
	if ev.Cut {
		what += " (cut)"
	}
	if ev.Fault != "" {
		what += " (" + label(ev.Fault) + ")"
	}
	w.datagram(src, dst, ev.Data, what)
}

// datagram writes one datagram, as several if it is longer than UDP can carry.
func (w *writer) datagram(src, dst address, p []byte, comment string) {
	parts := max(1, (len(p)+maxDatagram-1)/maxDatagram)
	for i := range parts {
		piece := p[i*maxDatagram : min(len(p), (i+1)*maxDatagram)]
		what := comment
		if parts > 1 {
			what = fmt.Sprintf("%s (part %d of %d, of a datagram of %d bytes)", comment, i+1, parts, len(p))
		}
		w.file.datagram(src, dst, piece, what)
	}
}

// localEnd returns the address of the handle, for datagrams to and from a peer.
func (w *writer) localEnd(h *handle, peer string) address {
	local, ok := parse(h.local)
	switch {
	case ok && local.Addr().IsUnspecified():
		remote, ok := parse(peer)
		if !ok {
			remote = local
		}
		return netip.AddrPortFrom(w.names.ownAddress(remote.Addr()), local.Port())
	case ok:
		return local
	case h.local == "" || strings.HasPrefix(h.local, noName):
		if !h.noLocal.IsValid() {
			h.noLocal = w.names.unnamed(h.name)
		}
		return h.noLocal
	}
	return w.names.named(h.local)
}

// remoteEnd returns the address of a peer.
func (w *writer) remoteEnd(h *handle, peer string) address {
	remote, ok := parse(peer)
	switch {
	case ok:
		return remote
	case peer == "" || strings.HasPrefix(peer, noName):
		if !h.noPeer.IsValid() {
			h.noPeer = w.names.unnamed("peer of " + h.name)
		}
		return h.noPeer
	}
	return w.names.named(peer)
}

// inClear reports whether there is no ciphertext of a conversation of DTLS.
func (w *writer) inClear(local, remote address) bool {
	_, ok := w.secure.get(pairOf(local, remote))
	return !ok
}

// unreachable writes an ICMP error about the last datagram that the handle has sent. It
// has the headers of that, and no data.
func (w *writer) unreachable(h *handle, local, remote address, ev *recording.Event) {
	why := packet.PortUnreachable
	switch text := strings.ToLower(ev.Error); {
	case strings.Contains(text, "network"):
		why = packet.NetworkUnreachable
	case strings.Contains(text, "host"), strings.Contains(text, "route"):
		why = packet.HostUnreachable
	}
	size := min(h.lastSent, maxDatagram)
	w.packet(packet.AppendUnreachable(w.buf[:0], local, remote, w.nextID(), why, size), comment(h, ev.Type))
}

// A flight has the datagrams that were sent and have not been received, as far as the
// recording knows: if the receiver is a handle of the recording too, it has the same
// datagram once more. They are compared by a hash of their ports and data.
type flight struct {
	count map[uint64]int // how many there are
	gone  map[uint64]int // how many of the keys in order have arrived
	order []uint64       // the keys in the order of sending, as a ring
	next  int
}

// maxFlight is how many datagrams a flight remembers.
const maxFlight = 1 << 16

func newFlight() *flight { return &flight{count: make(map[uint64]int), gone: make(map[uint64]int)} }

var flightSeed = maphash.MakeSeed()

// flightKey returns the key of a datagram. The addresses of IP are not a part of it, since
// a socket that is bound to all addresses does not know its own.
func flightKey(src, dst address, named bool, p []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(flightSeed)
	if named { // the receiver may not know the sender's name
		h.Write(dst.Addr().AsSlice())
	} else {
		h.Write(binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, src.Port()), dst.Port()))
	}
	h.Write(p)
	return h.Sum64()
}

// sent notes a datagram.
func (f *flight) sent(key uint64) {
	if len(f.order) < maxFlight {
		f.order = append(f.order, key)
	} else {
		if old := f.order[f.next]; f.gone[old] > 0 {
			decrease(f.gone, old)
		} else {
			decrease(f.count, old)
		}
		f.order[f.next] = key
		f.next = (f.next + 1) % maxFlight
	}
	f.count[key]++
}

// arrived removes a datagram, and reports whether it was there.
func (f *flight) arrived(key uint64) bool {
	if f.count[key] == 0 {
		return false
	}
	decrease(f.count, key)
	f.gone[key]++
	return true
}

func decrease(m map[uint64]int, key uint64) {
	if m[key]--; m[key] == 0 {
		delete(m, key)
	}
}

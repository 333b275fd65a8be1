package procnet

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// maxText is how much of a file of /proc is read at most.
const maxText = 64 << 20

// readInet reads the sockets of /proc/net/tcp, tcp6, udp or udp6, and calls each for every one
// until it returns false. Lines that it does not understand are left out.
func readInet(r io.Reader, network string, each func(Socket) bool) error {
	lines := bufio.NewScanner(io.LimitReader(r, maxText))
	for lines.Scan() {
		if s, ok := parseInet(lines.Text(), network); ok && !each(s) {
			return nil
		}
	}
	return lines.Err()
}

// parseInet parses a line such as
//
//	0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000 0 23591 ...
//
// The addresses are in the machine's byte order, 32 bits at a time.
func parseInet(line, network string) (Socket, bool) {
	f := strings.Fields(line)
	if len(f) < 10 || !strings.HasSuffix(f[0], ":") {
		return Socket{}, false
	}
	local, ok := parseHexAddr(f[1])
	peer, ok2 := parseHexAddr(f[2])
	state, err := strconv.ParseUint(f[3], 16, 8)
	if !ok || !ok2 || err != nil {
		return Socket{}, false
	}
	s := Socket{Network: network, State: State(state), Local: local, Peer: peer, UID: -1}
	if s.Peer.Port() == 0 && s.Peer.Addr().IsUnspecified() {
		s.Peer = netip.AddrPort{}
	}
	send, recv, _ := strings.Cut(f[4], ":")
	s.SendQueue, s.RecvQueue = parseHex32(send), parseHex32(recv)
	if timer, when, ok := strings.Cut(f[5], ":"); ok && timer == "03" {
		s.Expires = time.Duration(parseHex32(when)) * 10 * time.Millisecond
	}
	if uid, err := strconv.ParseUint(f[7], 10, 32); err == nil && s.State != TimeWait {
		s.UID = int(uid)
	}
	s.Inode, err = strconv.ParseUint(f[9], 10, 64)
	return s, err == nil
}

func parseHex32(s string) uint32 {
	n, _ := strconv.ParseUint(s, 16, 32)
	return uint32(n)
}

// parseHexAddr parses "0100007F:1F90", or the same with the 32 digits of IPv6.
func parseHexAddr(s string) (netip.AddrPort, bool) {
	host, port, ok := strings.Cut(s, ":")
	b, err := hex.DecodeString(host)
	n, perr := strconv.ParseUint(port, 16, 16)
	if !ok || err != nil || perr != nil || len(b) != 4 && len(b) != 16 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(b); i += 4 {
		binary.NativeEndian.PutUint32(b[i:], binary.BigEndian.Uint32(b[i:]))
	}
	ip, _ := netip.AddrFromSlice(b)
	return netip.AddrPortFrom(ip, uint16(n)), true
}

// unixTypes are the networks by type of socket: SOCK_STREAM, SOCK_DGRAM and SOCK_SEQPACKET.
var unixTypes = map[uint64]string{1: "unix", 2: "unixgram", 5: "unixpacket"}

// readUnix reads the sockets of /proc/net/unix as readInet does.
func readUnix(r io.Reader, each func(Socket) bool) error {
	lines := bufio.NewScanner(io.LimitReader(r, maxText))
	for lines.Scan() {
		if s, ok := parseUnix(lines.Text()); ok && !each(s) {
			return nil
		}
	}
	return lines.Err()
}

// parseUnix parses a line such as
//
//	ffff88: 00000002 00000000 00010000 0001 01 23591 /run/x.sock
//
// Flag 0x10000 marks a listener. The path is written as it is, so that one with a newline in it
// can look like two lines.
func parseUnix(line string) (Socket, bool) {
	f := strings.SplitN(strings.Join(strings.Fields(line), " "), " ", 8)
	if len(f) < 7 || !strings.HasSuffix(f[0], ":") {
		return Socket{}, false
	}
	flags, err := strconv.ParseUint(f[3], 16, 32)
	typ, err2 := strconv.ParseUint(f[4], 16, 16)
	state, err3 := strconv.ParseUint(f[5], 16, 8)
	inode, err4 := strconv.ParseUint(f[6], 10, 64)
	if err != nil || err2 != nil || err3 != nil || err4 != nil || unixTypes[typ] == "" {
		return Socket{}, false
	}
	s := Socket{Network: unixTypes[typ], State: Closed, Inode: inode, UID: -1}
	switch {
	case flags&0x10000 != 0:
		s.State = Listen
	case state == 3: // SS_CONNECTED of linux/net.h
		s.State = Established
	}
	if len(f) == 8 {
		// Blanks of the path count.
		s.Path = line[strings.Index(line, f[6]+" ")+len(f[6])+1:]
	}
	return s, true
}

// parseStat parses /proc/PID/stat: the name, the parent and the start, in clock ticks since the
// system started. The name is in parentheses and may contain any character.
func parseStat(text string) (name string, parent int, start uint64, ok bool) {
	from, to := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if from < 0 || to < from {
		return "", 0, 0, false
	}
	f := strings.Fields(text[to+1:])
	if len(f) < 20 {
		return "", 0, 0, false
	}
	parent, err := strconv.Atoi(f[1])
	start, err2 := strconv.ParseUint(f[19], 10, 64)
	return text[from+1 : to], parent, start, err == nil && err2 == nil
}

// parseUser finds the name of a user in /etc/passwd, "" if it has none.
func parseUser(r io.Reader, uid int) string {
	lines := bufio.NewScanner(io.LimitReader(r, 1<<20))
	want := strconv.Itoa(uid)
	for lines.Scan() {
		f := strings.SplitN(lines.Text(), ":", 4)
		if len(f) == 4 && f[2] == want {
			return f[0]
		}
	}
	return ""
}

// parseSocketLink parses the target of a link in /proc/PID/fd: "socket:[23591]".
func parseSocketLink(target string) (inode uint64, ok bool) {
	digits, ok := strings.CutPrefix(target, "socket:[")
	digits, ok2 := strings.CutSuffix(digits, "]")
	if !ok || !ok2 {
		return 0, false
	}
	inode, err := strconv.ParseUint(digits, 10, 64)
	return inode, err == nil
}

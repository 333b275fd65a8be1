package procnet

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// request returns a netlink message of that type and content.
func request(typ, flags uint16, content []byte) []byte {
	e := binary.NativeEndian
	b := e.AppendUint32(nil, uint32(unix.SizeofNlMsghdr+len(content)))
	b = e.AppendUint16(b, typ)
	b = e.AppendUint16(b, unix.NLM_F_REQUEST|flags)
	b = e.AppendUint32(b, 1) // sequence
	b = e.AppendUint32(b, 0) // port: the kernel fills it in
	return append(b, content...)
}

// appendAttr appends an attribute to a message.
func appendAttr(b []byte, typ uint16, data []byte) []byte {
	b = binary.NativeEndian.AppendUint16(b, uint16(unix.SizeofNlAttr+len(data)))
	b = binary.NativeEndian.AppendUint16(b, typ)
	b = append(b, data...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// attrs calls each for the attributes in b, until they end or make no sense.
func attrs(b []byte, each func(typ uint16, data []byte)) {
	for len(b) >= unix.SizeofNlAttr {
		size := int(binary.NativeEndian.Uint16(b))
		if size < unix.SizeofNlAttr || size > len(b) {
			return
		}
		each(binary.NativeEndian.Uint16(b[2:])&^(unix.NLA_F_NESTED|unix.NLA_F_NET_BYTEORDER), b[unix.SizeofNlAttr:size])
		b = b[min((size+3)&^3, len(b)):]
	}
}

// netlinkLimit is how long a call waits for the kernel if its context has no deadline.
const netlinkLimit = time.Second

// converse sends a request, and calls each for every message of the answer until it returns
// false. Of a request without NLM_F_DUMP the answer is one message. An error that the kernel
// answers is a unix.Errno.
func converse(ctx context.Context, protocol int, req []byte, each func(data []byte) bool) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	wait := netlinkLimit
	if end, ok := ctx.Deadline(); ok {
		wait = min(wait, time.Until(end))
	}
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	tv := unix.NsecToTimeval(max(wait, time.Millisecond).Nanoseconds())
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv); err != nil {
		return err
	}
	if err := unix.Sendto(fd, req, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	dump := binary.NativeEndian.Uint16(req[6:])&unix.NLM_F_DUMP != 0
	buf := make([]byte, 64<<10)
	for {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		n, _, err := unix.Recvfrom(fd, buf, 0)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return context.DeadlineExceeded
		case err != nil:
			return err
		}
		done, err := messages(buf[:n], each)
		if done || err != nil || !dump {
			return err
		}
	}
}

var errMalformed = errors.New("malformed answer of the kernel")

// messages calls each for the messages in b. done is true after the last one, and when each
// returns false.
func messages(b []byte, each func(data []byte) bool) (done bool, err error) {
	e := binary.NativeEndian
	for len(b) > 0 {
		if len(b) < unix.SizeofNlMsghdr {
			return true, errMalformed
		}
		size := int(e.Uint32(b))
		if size < unix.SizeofNlMsghdr || size > len(b) {
			return true, errMalformed
		}
		data := b[unix.SizeofNlMsghdr:size]
		switch e.Uint16(b[4:]) {
		case unix.NLMSG_DONE:
			return true, nil
		case unix.NLMSG_ERROR:
			if len(data) < 4 {
				return true, errMalformed
			}
			if code := int32(e.Uint32(data)); code != 0 {
				return true, unix.Errno(-code)
			}
			return true, nil
		case unix.NLMSG_NOOP:
		default:
			if !each(data) {
				return true, nil
			}
		}
		b = b[min((size+3)&^3, len(b)):]
	}
	return false, nil
}

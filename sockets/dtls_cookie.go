package sockets

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"reflect"
	"time"

	"github.com/pion/dtls/v3"
)

// A served DTLS socket answers a ClientHello without a cookie by a
// HelloVerifyRequest with one, and keeps nothing of it (RFC 6347, section
// 4.2.1). Only who shows the cookie, and so receives at the address that it sends
// from, is given a connection of pion/dtls. That has a cookie of its own for each
// connection, so it is made to take ours; see adoptCookie.

const (
	recordHeader = 13 // of DTLS: type, version, epoch, sequence number, length
	helloHeader  = 12 // of a handshake message: type, length, its number, fragment
	cookieSize   = 20 // as pion's
	cookieLife   = time.Minute
)

// A dtlsHello is a ClientHello at the beginning of a datagram, or its first
// fragment, which OpenSSL sends where it does not know how long datagrams may be.
// Its slices lie in that.
type dtlsHello struct {
	datagram []byte
	random   [32]byte
	cookie   []byte
	before   []byte // the body before the length of the cookie
	params   []byte // what follows the cookie, but for the extensions
}

// parseHello returns the ClientHello that a datagram begins with. A first fragment
// has to have all that the cookie is made of: to put fragments together would be
// to keep them.
func parseHello(p []byte) (h dtlsHello, ok bool) {
	const handshake, clientHello = 22, 1
	if len(p) < recordHeader+helloHeader || p[0] != handshake || p[1] != 0xfe || p[3] != 0 || p[4] != 0 || p[13] != clientHello {
		return h, false
	}
	size := int(binary.BigEndian.Uint16(p[11:]))
	if size < helloHeader || len(p) < recordHeader+size {
		return h, false
	}
	h.datagram = p[:recordHeader+size]
	body := h.datagram[recordHeader+helloHeader:]
	if uint24(p[14:]) < len(body) || uint24(p[19:]) != 0 || uint24(p[22:]) != len(body) {
		return h, false
	}
	at := 2 + 32 // behind the version and the random
	if len(body) <= at || len(body) <= at+1+int(body[at]) {
		return h, false
	}
	copy(h.random[:], body[2:])
	at += 1 + int(body[at]) // and the session
	h.before, body = body[:at], body[at:]
	n := int(body[0])
	if len(body) < 1+n+2 {
		return h, false
	}
	h.cookie, body = body[1:1+n], body[1+n:]
	at = 2 + int(binary.BigEndian.Uint16(body)) // the suites
	if len(body) <= at || len(body) < at+1+int(body[at]) {
		return h, false
	}
	h.params = body[:at+1+int(body[at])] // and the methods of compression
	return h, true
}

func uint24(p []byte) int { return int(p[0])<<16 | int(p[1])<<8 | int(p[2]) }

// sequence is the number of the hello's record, and message that of the hello
// among the messages of its sender.
func (h dtlsHello) sequence() uint64 {
	return uint64(binary.BigEndian.Uint16(h.datagram[5:]))<<32 | uint64(binary.BigEndian.Uint32(h.datagram[7:]))
}

func (h dtlsHello) message() int { return int(binary.BigEndian.Uint16(h.datagram[17:])) }

// A cookieMaker makes the cookies of a socket, and knows them again for one to
// two minutes.
type cookieMaker [sha256.Size]byte

func newCookieMaker() (c cookieMaker) {
	rand.Read(c[:]) // it does not fail
	return c
}

func (c *cookieMaker) cookie(from Addr, h dtlsHello, slot int64) []byte {
	mac := hmac.New(sha256.New, c[:])
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(slot)))
	address := from.Raw()
	mac.Write(binary.BigEndian.AppendUint16(nil, uint16(len(address))))
	mac.Write([]byte(address))
	mac.Write(h.before)
	mac.Write(h.params)
	return mac.Sum(nil)[:cookieSize]
}

func cookieSlot(now time.Time) int64 { return now.Unix() / int64(cookieLife/time.Second) }

func (c *cookieMaker) valid(from Addr, h dtlsHello, now time.Time) bool {
	slot := cookieSlot(now)
	return hmac.Equal(h.cookie, c.cookie(from, h, slot)) || hmac.Equal(h.cookie, c.cookie(from, h, slot-1))
}

// verifyRequest asks the sender of a hello to send it again with the cookie. It
// is shorter than any hello.
func verifyRequest(h dtlsHello, cookie []byte) []byte {
	const helloVerifyRequest = 3
	body := append([]byte{0xfe, 0xff, byte(len(cookie))}, cookie...)
	p := []byte{22, 0xfe, 0xff}
	p = append(p, h.datagram[3:11]...) // with the number of the hello's record
	p = binary.BigEndian.AppendUint16(p, uint16(helloHeader+len(body)))
	p = append(p, helloVerifyRequest, 0, 0, byte(len(body)), 0, 0, 0, 0, 0, 0, 0, byte(len(body)))
	return append(p, body...)
}

// first is the hello that came before h, without its cookie, which was answered
// and forgotten. Extensions may differ from one to the other; it has none.
func (h dtlsHello) first() []byte {
	body := append(append([]byte{}, h.before...), 0)
	body = append(body, h.params...)
	p := append([]byte{}, h.datagram[:recordHeader+helloHeader]...)
	seq := uint64(1)
	if n := h.sequence(); n > 0 {
		seq = n - 1
	}
	putSequence(p, seq)
	binary.BigEndian.PutUint16(p[11:], uint16(helloHeader+len(body)))
	for _, at := range []int{14, 22} {
		p[at], p[at+1], p[at+2] = byte(len(body)>>16), byte(len(body)>>8), byte(len(body))
	}
	p[17], p[18] = 0, 0
	return append(p, body...)
}

func putSequence(record []byte, n uint64) {
	binary.BigEndian.PutUint16(record[5:], uint16(n>>32))
	binary.BigEndian.PutUint32(record[7:], uint32(n))
}

// isVerifyRequest reports whether a datagram of pion's is a HelloVerifyRequest.
func isVerifyRequest(p []byte) bool {
	return len(p) > recordHeader && p[0] == 22 && p[3] == 0 && p[4] == 0 && p[13] == 3
}

// shifted adds n to the numbers of the records in the clear of a datagram, so
// that none is one that a HelloVerifyRequest of ours has had. Those in the clear
// are not protected.
func shifted(p []byte, n uint64) []byte {
	p = append([]byte{}, p...)
	for rest := p; len(rest) >= recordHeader; {
		if rest[3] == 0 && rest[4] == 0 {
			putSequence(rest, dtlsHello{datagram: rest}.sequence()+n)
		}
		rest = rest[min(recordHeader+int(binary.BigEndian.Uint16(rest[11:])), len(rest)):]
	}
	return p
}

var errNoCookie = errors.New("the cookie of pion/dtls is not where it was in v3.1.15")

// pionCookie is where pion has the cookie of a connection: reflection may read the
// slice, and the bytes that it shares are what we set.
func pionCookie(conn *dtls.Conn) (cookie []byte, err error) {
	v := reflect.ValueOf(conn).Elem().FieldByName("state")
	if v.Kind() != reflect.Struct {
		return nil, errNoCookie
	}
	v = v.FieldByName("cookie")
	if !v.IsValid() || v.Type() != reflect.TypeFor[[]byte]() {
		return nil, errNoCookie
	}
	return v.Bytes(), nil
}

// adoptCookie has pion take the cookie that the client was given by us for its
// own. It runs on the goroutine of pion's that made that and will compare it,
// in between.
func (d *dtlsConn) adoptCookie() error {
	cookie, err := pionCookie(d.conn)
	if err == nil && len(cookie) != len(d.hello.cookie) {
		err = errNoCookie
	}
	if err != nil {
		return err
	}
	copy(cookie, d.hello.cookie)
	return nil
}

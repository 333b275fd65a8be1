// Package dtlscookie has the cookies by which a served DTLS socket tells clients that receive
// at their address from those that only claim it. It makes and reads datagrams, and knows no
// sockets.
package dtlscookie

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

// A served DTLS socket answers a ClientHello without a cookie with a HelloVerifyRequest
// that has one, and keeps no state (RFC 6347, section 4.2.1). Only a client that returns
// the cookie, and so receives at the address that it sends from, gets a connection of
// pion/dtls. pion makes a cookie of its own for each connection, so we make it accept
// ours; see [Adopt].

const (
	recordHeader = 13 // of DTLS: type, version, epoch, sequence number, length
	helloHeader  = 12 // of a handshake message: type, length, its number, fragment
	cookieSize   = 20 // as pion's
	cookieLife   = time.Minute
)

// A Hello is a ClientHello at the beginning of a datagram, or its first fragment,
// which OpenSSL sends if it does not know how long datagrams may be. Its slices share
// the datagram.
type Hello struct {
	Datagram []byte // the record of the hello
	Random   [32]byte
	Cookie   []byte
	before   []byte // the body before the length of the cookie
	params   []byte // the body after the cookie, without the extensions
}

// ParseHello parses the ClientHello at the beginning of a datagram. A first fragment has
// to contain everything that the cookie depends on: reassembling fragments would need
// state.
func ParseHello(p []byte) (h Hello, ok bool) {
	const handshake, clientHello = 22, 1
	if len(p) < recordHeader+helloHeader || p[0] != handshake || p[1] != 0xfe || p[3] != 0 || p[4] != 0 || p[13] != clientHello {
		return h, false
	}
	size := int(binary.BigEndian.Uint16(p[11:]))
	if size < helloHeader || len(p) < recordHeader+size {
		return h, false
	}
	h.Datagram = p[:recordHeader+size]
	body := h.Datagram[recordHeader+helloHeader:]
	if uint24(p[14:]) < len(body) || uint24(p[19:]) != 0 || uint24(p[22:]) != len(body) {
		return h, false
	}
	at := 2 + 32 // behind the version and the random
	if len(body) <= at || len(body) <= at+1+int(body[at]) {
		return h, false
	}
	copy(h.Random[:], body[2:])
	at += 1 + int(body[at]) // and the session
	h.before, body = body[:at], body[at:]
	n := int(body[0])
	if len(body) < 1+n+2 {
		return h, false
	}
	h.Cookie, body = body[1:1+n], body[1+n:]
	at = 2 + int(binary.BigEndian.Uint16(body)) // the suites
	if len(body) <= at || len(body) < at+1+int(body[at]) {
		return h, false
	}
	h.params = body[:at+1+int(body[at])] // and the methods of compression
	return h, true
}

func uint24(p []byte) int { return int(p[0])<<16 | int(p[1])<<8 | int(p[2]) }

// Sequence returns the sequence number of the record.
func (h Hello) Sequence() uint64 {
	return uint64(binary.BigEndian.Uint16(h.Datagram[5:]))<<32 | uint64(binary.BigEndian.Uint32(h.Datagram[7:]))
}

// Message returns the number of the hello among the messages of its sender.
func (h Hello) Message() int { return int(binary.BigEndian.Uint16(h.Datagram[17:])) }

// A Maker makes the cookies of a socket, which are valid for one to two minutes.
type Maker [sha256.Size]byte

// NewMaker returns a Maker with a key of its own. It may be used concurrently.
func NewMaker() (c Maker) {
	rand.Read(c[:]) // never fails
	return c
}

// Cookie returns the cookie of a hello from an address, in a slot of time.
func (c *Maker) Cookie(from string, h Hello, slot int64) []byte {
	mac := hmac.New(sha256.New, c[:])
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(slot)))
	mac.Write(binary.BigEndian.AppendUint16(nil, uint16(len(from))))
	mac.Write([]byte(from))
	mac.Write(h.before)
	mac.Write(h.params)
	return mac.Sum(nil)[:cookieSize]
}

// Slot returns the slot of a time.
func Slot(now time.Time) int64 { return now.Unix() / int64(cookieLife/time.Second) }

// Valid reports whether the cookie of a hello is one that the Maker has made for the address
// not long ago.
func (c *Maker) Valid(from string, h Hello, now time.Time) bool {
	slot := Slot(now)
	return hmac.Equal(h.Cookie, c.Cookie(from, h, slot)) || hmac.Equal(h.Cookie, c.Cookie(from, h, slot-1))
}

// VerifyRequest returns the request to send a hello again with the cookie. It is shorter
// than any hello.
func VerifyRequest(h Hello, cookie []byte) []byte {
	const helloVerifyRequest = 3
	body := append([]byte{0xfe, 0xff, byte(len(cookie))}, cookie...)
	p := []byte{22, 0xfe, 0xff}
	p = append(p, h.Datagram[3:11]...) // with the number of the hello's record
	p = binary.BigEndian.AppendUint16(p, uint16(helloHeader+len(body)))
	p = append(p, helloVerifyRequest, 0, 0, byte(len(body)), 0, 0, 0, 0, 0, 0, 0, byte(len(body)))
	return append(p, body...)
}

// First returns a hello like the one before h, which had no cookie and which was
// answered and forgotten. It has no extensions: they may differ between the two.
func (h Hello) First() []byte {
	body := append(append([]byte{}, h.before...), 0)
	body = append(body, h.params...)
	p := append([]byte{}, h.Datagram[:recordHeader+helloHeader]...)
	seq := uint64(1)
	if n := h.Sequence(); n > 0 {
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

// IsVerifyRequest reports whether a datagram of pion's is a HelloVerifyRequest.
func IsVerifyRequest(p []byte) bool {
	return len(p) > recordHeader && p[0] == 22 && p[3] == 0 && p[4] == 0 && p[13] == 3
}

// Shifted adds n to the sequence numbers of the unencrypted records in a datagram, so
// that none has the number of one of our HelloVerifyRequests. Unencrypted records are
// not authenticated, so they can be changed.
func Shifted(p []byte, n uint64) []byte {
	p = append([]byte{}, p...)
	for rest := p; len(rest) >= recordHeader; {
		if rest[3] == 0 && rest[4] == 0 {
			putSequence(rest, Hello{Datagram: rest}.Sequence()+n)
		}
		rest = rest[min(recordHeader+int(binary.BigEndian.Uint16(rest[11:])), len(rest)):]
	}
	return p
}

var errNoCookie = errors.New("the cookie of pion/dtls is not where it was in v3.1.15")

// OfConn returns the cookie of a connection of pion, sharing its bytes: reflection may read
// the slice, and writing to the bytes changes the cookie.
func OfConn(conn *dtls.Conn) (cookie []byte, err error) {
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

// Adopt replaces the cookie that pion has made by the one that the client got from us. It
// must run on the goroutine of pion that makes and compares the cookie, in between.
func Adopt(conn *dtls.Conn, h Hello) error {
	cookie, err := OfConn(conn)
	if err == nil && len(cookie) != len(h.Cookie) {
		err = errNoCookie
	}
	if err != nil {
		return err
	}
	copy(cookie, h.Cookie)
	return nil
}

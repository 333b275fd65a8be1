package luasocket

import (
	"encoding/base64"
	"strings"

	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// crlf is the end of a line in mail (RFC 5321).
const crlf = "\r\n"

// mimeFunctions are the functions of mime.core. Functions with two strings encode the first one and
// as much of the second as possible, and return the code and the rest. Without the second string,
// they encode everything.
var mimeFunctions = map[string]lua.LGFunction{
	"b64": coder(encodeBase64), "unb64": coder(decodeBase64),
	"qp": coder(encodeQuoted), "unqp": coder(decodeQuoted),
	"wrp": wrap, "qpwrp": wrapQuoted, "eol": endOfLine, "dot": stuffDots,
}

// coder returns a Lua function f(C [, D [, marker]]). code returns the encoded bytes of p, and the
// rest for the next call; at the end there is no rest.
func coder(code func(p []byte, end bool, marker string) (out, left []byte)) lua.LGFunction {
	return func(L *lua.LState) int {
		if L.Get(1) == lua.LNil {
			L.Push(lua.LNil)
			L.Push(lua.LNil)
			return 2
		}
		p := []byte(lua51.CheckString(L, 1))
		marker := optMarker(L)
		if L.Get(2) == lua.LNil {
			out, _ := code(p, true, marker)
			if len(out) == 0 {
				L.Push(lua.LNil)
			} else {
				L.Push(lua.LString(out))
			}
			L.Push(lua.LNil)
			return 2
		}
		p = append(p, lua51.CheckString(L, 2)...)
		out, left := code(p, false, marker)
		L.Push(lua.LString(out))
		L.Push(lua.LString(left))
		return 2
	}
}

// optMarker returns the third argument, the end of a line. It ends at a zero byte, as in C.
func optMarker(L *lua.LState) string {
	marker, _, _ := strings.Cut(lua51.OptString(L, 3, crlf), "\x00")
	return marker
}

func encodeBase64(p []byte, end bool, _ string) (out, left []byte) {
	whole := len(p)
	if !end {
		whole -= whole % 3
	}
	return base64.StdEncoding.AppendEncode(nil, p[:whole]), p[whole:]
}

// decodeBase64 skips characters outside the base64 alphabet. The rest is an incomplete group of
// four characters.
func decodeBase64(p []byte, _ bool, _ string) (out, left []byte) {
	var group [4]byte
	n := 0
	for _, c := range p {
		v := base64Value(c)
		if v == noBase64 {
			continue
		}
		group[n] = v
		left = append(left, c)
		if n++; n < 4 {
			continue
		}
		n, left = 0, left[:0]
		v0, v1, v2, v3 := group[0]&63, group[1]&63, group[2]&63, group[3]&63
		three := [3]byte{v0<<2 | v1>>4, v1<<4 | v2>>2, v2<<6 | v3}
		valid := 3
		switch {
		case group[2] == padBase64:
			valid = 1
		case group[3] == padBase64:
			valid = 2
		}
		out = append(out, three[:valid]...)
	}
	return out, left
}

const (
	noBase64  = 0xff
	padBase64 = 64 // the value of =
)

func base64Value(c byte) byte {
	switch {
	case 'A' <= c && c <= 'Z':
		return c - 'A'
	case 'a' <= c && c <= 'z':
		return c - 'a' + 26
	case '0' <= c && c <= '9':
		return c - '0' + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	case c == '=':
		return padBase64
	}
	return noBase64
}

const upperHex = "0123456789ABCDEF"

func appendQuoted(out []byte, c byte) []byte {
	return append(out, '=', upperHex[c>>4], upperHex[c&15])
}

// plainQuoted reports whether quoted-printable leaves c as it is (RFC 2045, 6.7).
func plainQuoted(c byte) bool { return '!' <= c && c <= '~' && c != '=' }

// encodeQuoted holds back blanks and CRs until it knows whether the line ends there.
func encodeQuoted(p []byte, end bool, marker string) (out, left []byte) {
	for i := 0; i < len(p); {
		c, rest := p[i], p[i:]
		switch {
		case c == '\r':
			if len(rest) < 2 {
				return finishQuoted(out, rest, end)
			}
			if rest[1] == '\n' {
				out = append(out, marker...)
				i++
			} else {
				out = appendQuoted(out, c)
			}
		case c == ' ', c == '\t':
			if len(rest) < 3 {
				return finishQuoted(out, rest, end)
			}
			if rest[1] == '\r' && rest[2] == '\n' {
				out = append(appendQuoted(out, c), marker...)
				i += 2
			} else {
				out = append(out, c)
			}
		case plainQuoted(c):
			out = append(out, c)
		default:
			out = appendQuoted(out, c)
		}
		i++
	}
	return out, nil
}

// finishQuoted encodes the held back bytes, followed by a soft break.
func finishQuoted(out, rest []byte, end bool) (code, left []byte) {
	if !end {
		return out, rest
	}
	for _, c := range rest {
		if plainQuoted(c) {
			out = append(out, c)
		} else {
			out = appendQuoted(out, c)
		}
	}
	return append(out, "="+crlf...), nil
}

// decodeQuoted copies invalid codes unchanged, and drops control characters and bytes that are
// not allowed in quoted-printable.
func decodeQuoted(p []byte, _ bool, _ string) (out, left []byte) {
	for i := 0; i < len(p); {
		c, rest := p[i], p[i:]
		switch {
		case c == '=':
			if len(rest) < 3 {
				return out, rest
			}
			if rest[1] != '\r' || rest[2] != '\n' {
				high, low := hexValue(rest[1]), hexValue(rest[2])
				if high < 0 || low < 0 {
					out = append(out, rest[:3]...)
				} else {
					out = append(out, byte(high<<4|low))
				}
			}
			i += 2
		case c == '\r':
			if len(rest) < 2 {
				return out, rest
			}
			if rest[1] == '\n' {
				out = append(out, crlf...)
			}
			i++
		case c == '\t', ' ' <= c && c < 0x7f:
			out = append(out, c)
		}
		i++
	}
	return out, nil
}

func hexValue(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// wrap is wrp(left, B [, n]): it breaks lines after n bytes; left is the space in the current line.
func wrap(L *lua.LState) int {
	return wrapLines(L, func(c byte, left int) (brk string, before bool) {
		return crlf, left <= 0
	}, crlf)
}

// wrapQuoted is qpwrp(left, B [, n]): it inserts soft line breaks, but not inside a code.
func wrapQuoted(L *lua.LState) int {
	return wrapLines(L, func(c byte, left int) (brk string, before bool) {
		if c == '=' {
			return "=" + crlf, left <= 3
		}
		return "=" + crlf, left <= 1
	}, "="+crlf)
}

// wrapLines asks full for each byte whether a break goes before it. last ends the last line.
func wrapLines(L *lua.LState, full func(c byte, left int) (string, bool), last string) int {
	left := lua51.CheckInt(L, 1)
	n := lua51.OptInt(L, 3, 76)
	if L.Get(2) == lua.LNil {
		if left < n {
			L.Push(lua.LString(last))
		} else {
			L.Push(lua.LNil)
		}
		L.Push(lua.LNumber(n))
		return 2
	}
	var out []byte
	for _, c := range []byte(lua51.CheckString(L, 2)) {
		switch c {
		case '\r':
		case '\n':
			out = append(out, crlf...)
			left = n
		default:
			if brk, before := full(c, left); before {
				out = append(out, brk...)
				left = n
			}
			out = append(out, c)
			left--
		}
	}
	L.Push(lua.LString(out))
	L.Push(lua.LNumber(left))
	return 2
}

// endOfLine is eol(ctx, B [, marker]): CR, LF, CRLF and LFCR become the marker. ctx is the
// code of a CR or LF that the next byte may belong to, or 0.
func endOfLine(L *lua.LState) int {
	pending := byte(lua51.CheckInt(L, 1))
	if L.Get(2) == lua.LNil {
		L.Push(lua.LNil)
		L.Push(lua.LNumber(0))
		return 2
	}
	marker := optMarker(L)
	var out []byte
	for _, c := range []byte(lua51.CheckString(L, 2)) {
		if c != '\r' && c != '\n' {
			out = append(out, c)
			pending = 0
			continue
		}
		if pending == 0 {
			out = append(out, marker...)
			pending = c
			continue
		}
		if c == pending {
			out = append(out, marker...)
		}
		pending = 0
	}
	L.Push(lua.LString(out))
	L.Push(lua.LNumber(pending))
	return 2
}

// stuffDots is dot(ctx, B): a dot at the start of a line is doubled (RFC 5321, 4.5.2). ctx is
// 2 at the start of a line, 1 after a CR.
func stuffDots(L *lua.LState) int {
	state := lua51.CheckInt(L, 1)
	if L.Get(2) == lua.LNil {
		L.Push(lua.LNil)
		L.Push(lua.LNumber(2))
		return 2
	}
	var out []byte
	for _, c := range []byte(lua51.CheckString(L, 2)) {
		out = append(out, c)
		switch {
		case c == '\r':
			state = 1
		case c == '\n' && state == 1:
			state = 2
		case c == '.' && state == 2:
			out = append(out, '.')
			state = 0
		default:
			state = 0
		}
	}
	L.Push(lua.LString(out))
	L.Push(lua.LNumber(state))
	return 2
}

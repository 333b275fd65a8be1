package luasocket

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"strconv"
	"unsafe"

	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
	"golang.org/x/sys/unix"
)

// fill waits for bytes and reads the available ones into p or, if p is nil, into the object's own
// memory. The buffer must be empty. It returns the bytes read.
func (o *object) fill(L *lua.LState, s span, p []byte) ([]byte, error) {
	if o.ended != nil {
		return nil, o.ended
	}
	h, into := o.stream(), p
	if h == nil {
		return nil, errClosed
	}
	if into == nil {
		if o.room == nil {
			o.room = make([]byte, o.roomSize())
		}
		into = o.room
	}
	// Read available bytes without releasing the machine's lock.
	n, err := h.RecvInto(past, into)
	if err != nil && errors.Is(err, os.ErrDeadlineExceeded) && s.left() != 0 {
		err = s.wait(L, func(ctx context.Context) (err error) {
			n, err = h.RecvInto(ctx, into)
			return err
		})
	}
	if err != nil {
		return nil, o.wants(err, "wantread")
	}
	if o.secure != nil {
		n = o.drain(into, n)
	}
	return into[:n], nil
}

// wants returns LuaSec's text for a call that timed out, and err otherwise.
func (o *object) wants(err error, what word) error {
	if o.secure != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		return what
	}
	return err
}

// secureRoom is how much an object of ssl reads ahead: several records of TLS.
const secureRoom = 64 << 10

func (o *object) roomSize() int {
	if o.secure != nil {
		return secureRoom
	}
	return bufferSize
}

// drain reads bytes that TLS has already decrypted, since poll(2) does not see them.
func (o *object) drain(into []byte, n int) int {
	o.secure.more = true
	for n < len(into) {
		m, err := o.h.RecvInto(past, into[n:])
		if err != nil {
			o.secure.more = false
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				o.ended = err
			}
			break
		}
		n += m
	}
	return n
}

// more waits until the buffer contains a byte.
func (o *object) more(L *lua.LState, s span) error {
	if len(o.buf) > 0 {
		return nil
	}
	got, err := o.fill(L, s, nil)
	if err == nil {
		o.buf = got
	}
	return err
}

// receive is receive([pattern [, prefix]]) of a stream.
func receive(L *lua.LState, o *object) int {
	if p, ok := o.atHand(L); ok {
		L.Push(lua.LString(p))
		L.Push(lua.LNil)
		L.Push(lua.LNil)
		return 3
	}
	s := o.span()
	prefix := lua51.OptString(L, 3, "")
	out := []byte(prefix)
	var err error
	pattern, isString := L.Get(2).(lua.LString)
	n, isNumber := lua51.ToNumber(L.Get(2))
	switch {
	case L.Get(2) == lua.LNil:
		out, err = o.receiveLine(L, s, out, math.MaxInt)
	case isNumber:
		if n < 0 || math.IsNaN(n) {
			lua51.ArgError(L, 2, "invalid receive pattern")
		}
		want := int(min(n, math.MaxInt32))
		if want <= len(out) && want > 0 || want < len(out) {
			break // the prefix is enough
		}
		out, err = o.receiveBytes(L, s, out, want-len(out))
	case !isString:
		lua51.TypeError(L, 2, "string")
	case len(pattern) >= 2 && pattern[:2] == "*l":
		out, err = o.receiveLine(L, s, out, lineLimit(string(pattern[2:])))
	case len(pattern) >= 2 && pattern[:2] == "*a":
		out, err = o.receiveAll(L, s, out, len(prefix))
	default:
		lua51.ArgError(L, 2, "invalid receive pattern")
	}
	if err != nil {
		L.Push(lua.LNil)
		L.Push(lua.LString(errorText(err)))
		L.Push(lua.LString(out))
		return 3
	}
	L.Push(lua.LString(out))
	L.Push(lua.LNil)
	L.Push(lua.LNil)
	return 3
}

// atHand returns the result of a receive without prefix if the buffer contains it unchanged.
func (o *object) atHand(L *lua.LState) (p []byte, ok bool) {
	if len(o.buf) == 0 || L.GetTop() > 2 {
		return nil, false
	}
	switch pattern := L.Get(2).(type) {
	case lua.LNumber:
		if pattern >= 1 && pattern <= lua.LNumber(len(o.buf)) {
			return o.take(int(pattern)), true
		}
		return nil, false
	case lua.LString:
		if pattern != "*l" {
			return nil, false
		}
	case *lua.LNilType:
	default:
		return nil, false
	}
	n := bytes.IndexByte(o.buf, '\n')
	if n < 0 || bytes.IndexByte(o.buf[:n], '\r') >= 0 {
		return nil, false
	}
	return o.take(n + 1)[:n], true
}

// take takes n bytes from the buffer.
func (o *object) take(n int) []byte {
	p := o.buf[:n]
	o.buf = o.buf[n:]
	o.received += int64(n)
	return p
}

// lineLimit returns how long a line may be, by what follows *l in a pattern. LuaSocket ignores
// that: http.lua and tp.lua say there what they take from a server.
func lineLimit(pattern string) int {
	if n, err := strconv.Atoi(pattern); err == nil && n > 0 {
		return n
	}
	return math.MaxInt
}

// receiveLine appends a line. Every CR of it is dropped. It is an error if there are more than
// limit bytes then.
func (o *object) receiveLine(L *lua.LState, s span, out []byte, limit int) ([]byte, error) {
	for {
		if len(out) > limit {
			return out, errLongLine
		}
		if err := o.more(L, s); err != nil {
			return out, err
		}
		n := bytes.IndexByte(o.buf, '\n')
		part := n
		if n < 0 {
			part = len(o.buf)
		}
		out = appendWithoutCR(out, o.buf[:part])
		o.take(part)
		if n >= 0 {
			o.take(1)
			return out, nil
		}
	}
}

func appendWithoutCR(out, p []byte) []byte {
	for {
		i := bytes.IndexByte(p, '\r')
		if i < 0 {
			return append(out, p...)
		}
		out = append(out, p[:i]...)
		p = p[i+1:]
	}
}

// maxStep is how many bytes one read of a long receive asks for.
const maxStep = 256 << 10

// receiveBytes appends n bytes. For 0 it waits for a byte, and takes none.
func (o *object) receiveBytes(L *lua.LState, s span, out []byte, n int) ([]byte, error) {
	if n == 0 {
		return out, o.more(L, s)
	}
	for {
		k := min(n, len(o.buf))
		out = append(out, o.take(k)...)
		if n -= k; n == 0 {
			return out, nil
		}
		if n < bufferSize || o.secure != nil {
			if err := o.more(L, s); err != nil {
				return out, err
			}
			continue
		}
		// Long data is read directly to its destination, without the buffer.
		out = grow(out, min(n, maxStep))
		got, err := o.fill(L, s, out[len(out):min(cap(out), len(out)+n)])
		if err != nil {
			return out, err
		}
		out = out[:len(out)+len(got)]
		o.received += int64(len(got))
		if n -= len(got); n == 0 {
			return out, nil
		}
	}
}

// grow reserves space for n more bytes.
func grow(p []byte, n int) []byte {
	if cap(p)-len(p) >= n {
		return p
	}
	return append(make([]byte, 0, max(2*cap(p), len(p)+n)), p...)
}

// receiveAll appends everything up to the end, which is a success if there was a byte.
func (o *object) receiveAll(L *lua.LState, s span, out []byte, prefix int) ([]byte, error) {
	for {
		out = append(out, o.take(len(o.buf))...)
		if o.secure != nil {
			if err := o.more(L, s); err != nil {
				return out, wholeStream(err, len(out) > prefix)
			}
			continue
		}
		out = grow(out, bufferSize)
		got, err := o.fill(L, s, out[len(out):cap(out)][:min(cap(out)-len(out), maxStep)])
		if err != nil {
			return out, wholeStream(err, len(out) > prefix)
		}
		out = out[:len(out)+len(got)]
		o.received += int64(len(got))
	}
}

// wholeStream returns nil for the end of a stream that contained data.
func wholeStream(err error, some bool) error {
	if some && errorText(err) == string(errClosed) {
		return nil
	}
	return err
}

// send is send(data [, i [, j]]) of a stream: it counts as an index in data.
func send(L *lua.LState, o *object) int {
	data := lua51.CheckString(L, 2)
	i, j := lua51.OptInt(L, 3, 1), lua51.OptInt(L, 4, -1)
	size := len(data)
	if i < 0 {
		i = max(size+i+1, 1)
	} else if i == 0 {
		i = 1
	}
	if j < 0 {
		j = size + j + 1
	}
	j = min(j, size)
	sent := 0
	var err error
	if i <= j {
		sent, err = o.sendAll(L, readOnly(data[i-1:j]))
	}
	o.sent += int64(sent)
	if err != nil {
		L.Push(lua.LNil)
		L.Push(lua.LString(errorText(err)))
		L.Push(lua.LNumber(sent + i - 1))
		return 3
	}
	L.Push(lua.LNumber(sent + i - 1))
	L.Push(lua.LNil)
	L.Push(lua.LNil)
	return 3
}

// readOnly returns the bytes of a string without a copy. The caller must not write to them.
func readOnly(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// sendAll sends p. If each wait has a limit, it sends in steps, each with that limit.
func (o *object) sendAll(L *lua.LState, p []byte) (sent int, _ error) {
	s := o.span()
	h := o.stream()
	if h == nil {
		return 0, errClosed
	}
	for sent < len(p) {
		step := p[sent:]
		if o.block > 0 && len(step) > bufferSize {
			step = step[:bufferSize]
		}
		n, err := h.Send(past, step)
		if err != nil && errors.Is(err, os.ErrDeadlineExceeded) && s.left() != 0 {
			sent += n
			err = s.wait(L, func(ctx context.Context) (err error) {
				n, err = h.Send(ctx, step[n:])
				return err
			})
		}
		sent += n
		if err != nil {
			return sent, o.wants(err, "wantwrite")
		}
	}
	return sent, nil
}

var shutdownWays = map[string]int{"receive": unix.SHUT_RD, "send": unix.SHUT_WR, "both": unix.SHUT_RDWR}

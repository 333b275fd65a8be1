package lua51

import (
	"bufio"
	"context"
	"io"
	"strings"
	"syscall"

	lua "github.com/yuin/gopher-lua"
)

// fileRead is file:read (5.7).
func (in *Interp) fileRead(L *lua.LState) int { return in.read(L, checkFile(L, 1), 2) }

// ioRead is io.read (5.7).
func (in *Interp) ioRead(L *lua.LState) int { return in.read(L, in.standard(L, in.io.input), 1) }

func (in *Interp) read(L *lua.LState, f *file, arg int) int {
	n := L.GetTop()
	if arg > n {
		v, err := in.readLine(L, f)
		if err != nil {
			return result(L, err, "")
		}
		L.Push(v)
		return 1
	}
	var vals []lua.LValue
	for ; arg <= n; arg++ {
		v, err := in.readFormat(L, f, arg)
		if err != nil {
			return result(L, err, "")
		}
		vals = append(vals, v)
		if v == lua.LNil {
			break
		}
	}
	return PushAll(L, vals)
}

func (in *Interp) readFormat(L *lua.LState, f *file, arg int) (lua.LValue, error) {
	if n, ok := L.Get(arg).(lua.LNumber); ok {
		return in.readBytes(L, f, toInt(float64(n)))
	}
	s, ok := L.Get(arg).(lua.LString)
	if !ok || len(s) < 1 || s[0] != '*' {
		ArgError(L, arg, "invalid option")
	}
	switch (s + " ")[1] {
	case 'n':
		return in.readNumber(L, f)
	case 'l':
		return in.readLine(L, f)
	case 'a':
		var b []byte
		err := in.reading(L, f, func() (err error) { b, err = io.ReadAll(f.r); return err })
		return lua.LString(b), err
	}
	ArgError(L, arg, "invalid format")
	return nil, nil
}

// reading reads from a file, and lets other tasks run if it may have to wait.
func (in *Interp) reading(L *lua.LState, f *file, read func() error) (err error) {
	if !f.reads {
		return syscall.EBADF
	}
	if f.busy {
		Raise(L, 1, "another task reads from the file")
	}
	if err := in.flush(f); err != nil {
		return err
	}
	if f.r == nil {
		f.r = bufio.NewReader(f.f)
		if f.waits && f.child == nil {
			f.wait.File = f.f
			f.r.Reset(&f.wait)
		}
	}
	if f.waits {
		err = in.readSlowly(L, f, read)
	} else {
		err = read()
	}
	if err == io.EOF {
		err = nil
	}
	return err
}

// readSlowly reads from a file while other tasks run.
func (in *Interp) readSlowly(L *lua.LState, f *file, read func() error) error {
	f.busy = true
	defer func() { f.busy = false }()
	return in.Wait(L, func(ctx context.Context) (err error) {
		if f.child == nil {
			f.wait.Context = ctx
			return read()
		}
		endWith(ctx, f.child, func() { err = read() })
		return err
	})
}

// readLine reads a line without its end; nil at the end of the file.
func (in *Interp) readLine(L *lua.LState, f *file) (lua.LValue, error) {
	var line string
	err := in.reading(L, f, func() (err error) { line, err = f.r.ReadString('\n'); return err })
	if err != nil || line == "" {
		return lua.LNil, err
	}
	return lua.LString(strings.TrimSuffix(line, "\n")), nil
}

// readBytes reads up to n bytes; nil at the end of the file.
func (in *Interp) readBytes(L *lua.LState, f *file, n int) (lua.LValue, error) {
	var b []byte
	err := in.reading(L, f, func() (err error) {
		if n <= 0 {
			_, err = f.r.Peek(1)
			return err
		}
		b, err = io.ReadAll(io.LimitReader(f.r, int64(n)))
		return err
	})
	if err != nil {
		return lua.LNil, err
	}
	if n > 0 && len(b) == 0 || n <= 0 && f.r.Buffered() == 0 {
		return lua.LNil, nil
	}
	return lua.LString(b), nil
}

// readNumber reads a number, as far as the text is one.
func (in *Interp) readNumber(L *lua.LState, f *file) (lua.LValue, error) {
	v := lua.LValue(lua.LNil)
	err := in.reading(L, f, func() error {
		if n, ok := scanNumber(f.r); ok {
			v = lua.LNumber(n)
		}
		return nil
	})
	return v, err
}

// scanNumber reads the longest text that may begin a number.
func scanNumber(r *bufio.Reader) (float64, bool) {
	var b []byte
	next := func(ok func(c byte) bool) bool {
		c, err := r.ReadByte()
		if err != nil {
			return false
		}
		if len(b) < 200 && ok(c) {
			b = append(b, c)
			return true
		}
		r.UnreadByte()
		return false
	}
	one := func(set string) bool { return next(func(c byte) bool { return strings.IndexByte(set, c) >= 0 }) }
	for {
		if !one(" \t\n\v\f\r") {
			break
		}
		b = b[:0]
	}
	one("+-")
	digits := "0123456789"
	if one("0") && one("xX") {
		digits = "0123456789abcdefABCDEF"
	}
	for one(digits) {
	}
	if len(digits) == 10 {
		if one(".") {
			for one(digits) {
			}
		}
		if len(b) > 0 && one("eE") {
			one("+-")
			for one(digits) {
			}
		}
	}
	return parseNumber(string(b))
}

package lualib

import (
	"errors"
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// errMore is the error of decoding when more bytes are needed.
var errMore = errors.New("more bytes are needed")

// A schemaPath is where in a message something is.
type schemaPath []string

func (p schemaPath) String() string {
	var b strings.Builder
	for _, step := range p {
		if b.Len() > 0 && step[0] != '[' {
			b.WriteByte('.')
		}
		b.WriteString(step)
	}
	return b.String()
}

// A schemaError says where a message is wrong.
type schemaError struct {
	path   string
	offset int // in bytes, or -1 if the error has no position
	msg    string
}

func (e *schemaError) Error() string {
	where := e.path
	if e.offset >= 0 {
		where = strings.TrimPrefix(fmt.Sprintf("%s at byte %d", e.path, e.offset), " ")
	}
	if where == "" {
		return e.msg
	}
	return where + ": " + e.msg
}

// raiseSchema raises an error of decoding or encoding: a table with code "bad", path
// and offset.
func raiseSchema(L *lua.LState, op string, err error) {
	var e *schemaError
	if !errors.As(err, &e) {
		raiseCode(L, op, "bad", err.Error())
	}
	t := codeError(L, op, "bad", e.Error())
	t.RawSetString("path", lua.LString(e.path))
	if e.offset >= 0 {
		t.RawSetString("offset", lua.LNumber(e.offset))
	}
	L.Error(t, 1)
}

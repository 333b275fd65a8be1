package lua51

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/ncruces/go-strftime"
	lua "github.com/yuin/gopher-lua"
)

func openOS(in *Interp, L *lua.LState) {
	Register(L, lua.OsLibName, map[string]lua.LGFunction{
		"clock":     osClock,
		"date":      Date,
		"difftime":  osDifftime,
		"execute":   in.osExecute,
		"exit":      in.osExit,
		"getenv":    osGetenv,
		"remove":    osRemove,
		"rename":    osRename,
		"setlocale": osSetlocale,
		"time":      osTime,
		"tmpname":   osTmpname,
	})
	lib := L.G.Global.RawGetString(lua.OsLibName).(*lua.LTable)
	lib.RawSetString("setenv", lua.LNil) // gopher-lua's own
}

// osClock is os.clock (5.8).
func osClock(L *lua.LState) int {
	L.Push(lua.LNumber(cpuTime().Seconds()))
	return 1
}

// Date is os.date (5.8).
func Date(L *lua.LState) int {
	f := OptString(L, 1, "%c")
	t := time.Now()
	if L.Get(2) != lua.LNil {
		t = unixTime(CheckNumber(L, 2))
	}
	if strings.HasPrefix(f, "!") {
		f = f[1:]
		t = t.In(time.FixedZone("GMT", 0))
	}
	if strings.HasPrefix(f, "*t") {
		d := L.CreateTable(0, 9)
		for name, n := range map[string]int{
			"year": t.Year(), "month": int(t.Month()), "day": t.Day(),
			"hour": t.Hour(), "min": t.Minute(), "sec": t.Second(),
			"wday": int(t.Weekday()) + 1, "yday": t.YearDay(),
		} {
			d.RawSetString(name, lua.LNumber(n))
		}
		d.RawSetString("isdst", lua.LBool(t.IsDST()))
		L.Push(d)
		return 1
	}
	L.Push(lua.LString(strftime.Format(f, t)))
	return 1
}

// unixTime is the time of a number of seconds, within what C can do.
func unixTime(s float64) time.Time {
	const most = 1 << 55
	return time.Unix(int64(min(max(s, -most), most)), 0)
}

// osTime is os.time (5.8).
func osTime(L *lua.LState) int {
	if L.Get(1) == lua.LNil {
		L.Push(lua.LNumber(time.Now().Unix()))
		return 1
	}
	d := CheckTable(L, 1)
	field := func(name string, def int) int {
		v, ok := ToNumber(L.GetField(d, name))
		if !ok {
			if def < 0 {
				Raise(L, 1, "field '%s' missing in date table", name)
			}
			return def
		}
		return toInt(v)
	}
	sec, minute, hour := field("sec", 0), field("min", 0), field("hour", 12)
	day, month, year := field("day", -1), field("month", -1), field("year", -1)
	t := time.Date(year, time.Month(month), day, hour, minute, sec, 0, time.Local)
	if isdst := L.GetField(d, "isdst"); isdst != lua.LNil && lua.LVAsBool(isdst) != t.IsDST() {
		// The fields are in the other time of the year, one hour off.
		if t.IsDST() {
			t = t.Add(time.Hour)
		} else {
			t = t.Add(-time.Hour)
		}
	}
	L.Push(lua.LNumber(t.Unix()))
	return 1
}

// osDifftime is os.difftime (5.8).
func osDifftime(L *lua.LState) int {
	L.Push(lua.LNumber(CheckNumber(L, 1) - OptNumber(L, 2, 0)))
	return 1
}

// osExit is os.exit (5.8).
func (in *Interp) osExit(L *lua.LState) int {
	code := OptInt(L, 1, 0)
	in.Close()
	in.Exit(code)
	return 0
}

// osGetenv is os.getenv (5.8).
func osGetenv(L *lua.LState) int {
	if v, ok := os.LookupEnv(CheckString(L, 1)); ok {
		L.Push(lua.LString(v))
	} else {
		L.Push(lua.LNil)
	}
	return 1
}

// osRemove is os.remove (5.8).
func osRemove(L *lua.LState) int {
	name := CheckString(L, 1)
	return result(L, os.Remove(name), name)
}

// osRename is os.rename (5.8).
func osRename(L *lua.LState) int {
	from, to := CheckString(L, 1), CheckString(L, 2)
	return result(L, os.Rename(from, to), from)
}

// osSetlocale is os.setlocale (5.8). There is the C locale only.
func osSetlocale(L *lua.LState) int {
	s := L.Get(1)
	if s != lua.LNil {
		s = lua.LString(CheckString(L, 1))
	}
	CheckOption(L, 2, "all", "all", "collate", "ctype", "monetary", "numeric", "time")
	switch s {
	case lua.LNil, lua.LString(""), lua.LString("C"), lua.LString("POSIX"):
		L.Push(lua.LString("C"))
	default:
		L.Push(lua.LNil)
	}
	return 1
}

// osTmpname is os.tmpname (5.8).
func osTmpname(L *lua.LState) int {
	f, err := os.CreateTemp("", "lua_")
	if err != nil {
		Raise(L, 1, "unable to generate a unique filename")
	}
	f.Close()
	L.Push(lua.LString(f.Name()))
	return 1
}

// result pushes true, or nil, C's text of the error and its number.
func result(L *lua.LState, err error, name string) int {
	if err == nil {
		L.Push(lua.LTrue)
		return 1
	}
	text, code := cError(err)
	if name != "" {
		text = name + ": " + text
	}
	L.Push(lua.LNil)
	L.Push(lua.LString(text))
	L.Push(lua.LNumber(code))
	return 3
}

// cError is the text and the number that C has for an error.
func cError(err error) (string, int) {
	var e syscall.Errno
	switch {
	case errors.As(err, &e):
	case errors.Is(err, fs.ErrClosed):
		e = syscall.EBADF
	default:
		return err.Error(), 0
	}
	text := e.Error()
	if text != "" {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	return text, int(e)
}

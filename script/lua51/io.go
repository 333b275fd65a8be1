package lua51

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"sosh/internal/child"
	"sosh/internal/ctxfile"

	lua "github.com/yuin/gopher-lua"
)

// file is a file of the io library (5.7).
type file struct {
	f        *os.File
	r        *bufio.Reader // of wait, or of f where reading does not wait
	wait     ctxfile.Reader
	w        io.Writer     // where writing goes: bw, or past it
	bw       *bufio.Writer // nil when nothing is kept
	child    *child.Child  // of popen
	name     string
	waits    bool // reading may have to wait for somebody
	standard bool // stdin, stdout or stderr, which are not closed
	closed   bool
	reads    bool // the mode allows to read
	busy     bool // a task waits in a read
}

// files is the part of an interp that the io library uses.
type files struct {
	mt             *lua.LTable
	input, output  *lua.LUserData
	dirty          map[*file]struct{} // files with something unwritten
	stdout, stderr *file
}

// outputOf writes to the interp's output, whichever that is when it writes.
type outputOf struct {
	in  *Interp
	err bool
}

func (o outputOf) Write(p []byte) (int, error) {
	if o.err {
		return o.in.Stderr.Write(p)
	}
	return o.in.Stdout.Write(p)
}

func openIO(in *Interp, L *lua.LState) {
	in.io.dirty = map[*file]struct{}{}
	in.io.mt = L.NewTable()
	in.io.mt.RawSetString("__index", in.io.mt)
	in.io.mt.RawSetString("__tostring", L.NewFunction(fileTostring))
	for name, f := range map[string]lua.LGFunction{
		"__gc":    in.fileCollect,
		"close":   in.fileClose,
		"flush":   in.fileFlush,
		"lines":   in.fileLines,
		"read":    in.fileRead,
		"seek":    in.fileSeek,
		"setvbuf": in.fileSetvbuf,
		"write":   in.fileWrite,
	} {
		in.io.mt.RawSetString(name, L.NewFunction(f))
	}
	lib := L.NewTable()
	L.G.Global.RawSetString(lua.IoLibName, lib)
	if loaded, ok := L.G.Registry.RawGetString("_LOADED").(*lua.LTable); ok {
		loaded.RawSetString(lua.IoLibName, lib)
	}
	for name, f := range map[string]lua.LGFunction{
		"close":   in.ioClose,
		"flush":   in.ioFlush,
		"input":   in.ioInput,
		"lines":   in.ioLines,
		"open":    in.ioOpen,
		"output":  in.ioOutput,
		"popen":   in.ioPopen,
		"read":    in.ioRead,
		"tmpfile": in.ioTmpfile,
		"type":    ioType,
		"write":   in.ioWrite,
	} {
		lib.RawSetString(name, L.NewFunction(f))
	}
	stdin := &file{f: os.Stdin, name: "stdin", waits: true, reads: true, standard: true}
	in.io.stdout = &file{w: outputOf{in: in}, name: "stdout", standard: true}
	in.io.stderr = &file{w: outputOf{in: in, err: true}, name: "stderr", standard: true}
	in.io.input = in.newFile(L, stdin)
	in.io.output = in.newFile(L, in.io.stdout)
	lib.RawSetString("stdin", in.io.input)
	lib.RawSetString("stdout", in.io.output)
	lib.RawSetString("stderr", in.newFile(L, in.io.stderr))
}

func (in *Interp) newFile(L *lua.LState, f *file) *lua.LUserData {
	ud := L.NewUserData()
	ud.Value = f
	ud.Metatable = in.io.mt
	return ud
}

func (in *Interp) flushAll() {
	for f := range in.io.dirty {
		in.flush(f)
	}
}

// flush writes what a file has kept back.
func (in *Interp) flush(f *file) error {
	delete(in.io.dirty, f)
	if f.bw == nil {
		return nil
	}
	return f.bw.Flush()
}

// maxDirty is how many files may have something unwritten. A file that no one
// closes is closed when it is collected, which what is unwritten prevents.
const maxDirty = 64

// checkAnyFile takes a file, open or not.
func checkAnyFile(L *lua.LState, n int) *file {
	if ud, ok := L.Get(n).(*lua.LUserData); ok {
		if f, ok := ud.Value.(*file); ok {
			return f
		}
	}
	TypeError(L, n, "FILE*")
	return nil
}

// checkFile takes an open file.
func checkFile(L *lua.LState, n int) *file {
	f := checkAnyFile(L, n)
	if f.closed {
		Raise(L, 1, "attempt to use a closed file")
	}
	return f
}

// ioType is io.type (5.7).
func ioType(L *lua.LState) int {
	v := lua.LValue(lua.LNil)
	if ud, ok := CheckAny(L, 1).(*lua.LUserData); ok {
		if f, ok := ud.Value.(*file); ok {
			if v = lua.LString("file"); f.closed {
				v = lua.LString("closed file")
			}
		}
	}
	L.Push(v)
	return 1
}

func fileTostring(L *lua.LState) int {
	f := checkAnyFile(L, 1)
	s := "file (closed)"
	if !f.closed {
		s = fmt.Sprintf("file (%p)", f)
	}
	L.Push(lua.LString(s))
	return 1
}

// open opens a file as fopen does.
func (in *Interp) open(L *lua.LState, name, mode string) (*file, error) {
	m := strings.Replace(mode, "b", "", 1)
	flags, ok := map[string]int{
		"r":  os.O_RDONLY,
		"r+": os.O_RDWR,
		"w":  os.O_WRONLY | os.O_CREATE | os.O_TRUNC,
		"w+": os.O_RDWR | os.O_CREATE | os.O_TRUNC,
		"a":  os.O_WRONLY | os.O_CREATE | os.O_APPEND,
		"a+": os.O_RDWR | os.O_CREATE | os.O_APPEND,
	}[m]
	if !ok {
		return nil, syscall.EINVAL
	}
	var f *os.File
	err := in.Wait(L, func(ctx context.Context) (err error) { f, err = ctxfile.Open(ctx, name, flags); return err })
	if err != nil {
		return nil, err
	}
	plus := strings.HasSuffix(m, "+")
	return newOSFile(f, name, m == "r" || plus, m != "r"), nil
}

// newOSFile makes a file of an open one.
func newOSFile(f *os.File, name string, reads, writes bool) *file {
	n := &file{f: f, name: name, waits: true, reads: reads}
	if writes {
		n.bw = bufio.NewWriterSize(f, 4096)
		n.w = n.bw
	}
	if st, err := f.Stat(); err == nil && st.Mode().IsRegular() {
		n.waits = false
	}
	return n
}

// ioOpen is io.open (5.7).
func (in *Interp) ioOpen(L *lua.LState) int {
	name, mode := CheckString(L, 1), OptString(L, 2, "r")
	f, err := in.open(L, name, mode)
	if err != nil {
		return result(L, err, name)
	}
	L.Push(in.newFile(L, f))
	return 1
}

// ioPopen is io.popen (5.7).
func (in *Interp) ioPopen(L *lua.LState) int {
	line, mode := CheckString(L, 1), OptString(L, 2, "r")
	if mode != "r" && mode != "w" {
		return result(L, syscall.EINVAL, line)
	}
	c, err := in.startProgram(in.shell(line), mode == "w", mode == "r")
	if err != nil {
		return result(L, err, line)
	}
	f := newOSFile(cmp.Or(c.In, c.Out), line, mode == "r", mode == "w")
	f.child = c
	L.Push(in.newFile(L, f))
	return 1
}

// ioTmpfile is io.tmpfile (5.7).
func (in *Interp) ioTmpfile(L *lua.LState) int {
	f, err := os.CreateTemp("", "lua_")
	if err != nil {
		return result(L, err, "")
	}
	os.Remove(f.Name())
	L.Push(in.newFile(L, newOSFile(f, f.Name(), true, true)))
	return 1
}

// close closes a file, and waits for the process of one from popen.
func (in *Interp) close(L *lua.LState, f *file) error {
	if f.standard {
		return errors.New("cannot close standard file")
	}
	if f.busy {
		Raise(L, 1, "another task reads from the file")
	}
	err := in.flush(f)
	if e := f.f.Close(); err == nil {
		err = e
	}
	f.closed = true
	f.r, f.w, f.bw = nil, nil, nil
	if f.child != nil {
		in.await(L, f.child, func() { f.child.Wait() })
	}
	return err
}

// fileClose is file:close (5.7).
func (in *Interp) fileClose(L *lua.LState) int {
	return result(L, in.close(L, checkFile(L, 1)), "")
}

// fileCollect is the __gc of files, which scripts may call: it closes a file that is
// open.
func (in *Interp) fileCollect(L *lua.LState) int {
	if f := checkAnyFile(L, 1); !f.closed && !f.standard {
		in.close(L, f)
	}
	return 0
}

// ioClose is io.close (5.7).
func (in *Interp) ioClose(L *lua.LState) int {
	if L.GetTop() == 0 {
		L.Push(in.io.output)
	}
	return in.fileClose(L)
}

// flushed flushes a file for a script.
func (in *Interp) flushed(L *lua.LState, f *file) int { return result(L, in.flush(f), "") }

// fileFlush is file:flush (5.7).
func (in *Interp) fileFlush(L *lua.LState) int { return in.flushed(L, checkFile(L, 1)) }

// ioFlush is io.flush (5.7).
func (in *Interp) ioFlush(L *lua.LState) int { return in.flushed(L, in.standard(L, in.io.output)) }

// standard is the standard input or output, which must be open.
func (in *Interp) standard(L *lua.LState, ud *lua.LUserData) *file {
	f := ud.Value.(*file)
	if f.closed {
		kind := "output"
		if ud == in.io.input {
			kind = "input"
		}
		Raise(L, 1, "standard %s file is closed", kind)
	}
	return f
}

// ioInput is io.input (5.7).
func (in *Interp) ioInput(L *lua.LState) int { return in.redirect(L, &in.io.input, "r") }

// ioOutput is io.output (5.7).
func (in *Interp) ioOutput(L *lua.LState) int { return in.redirect(L, &in.io.output, "w") }

func (in *Interp) redirect(L *lua.LState, ud **lua.LUserData, mode string) int {
	switch v := L.Get(1).(type) {
	case lua.LString, lua.LNumber:
		name := CheckString(L, 1)
		f, err := in.open(L, name, mode)
		if err != nil {
			text, _ := cError(err)
			ArgError(L, 1, name+": "+text)
		}
		*ud = in.newFile(L, f)
	case *lua.LUserData:
		checkFile(L, 1)
		*ud = v
	default:
		if v != lua.LNil {
			TypeError(L, 1, "FILE*")
		}
	}
	L.Push(*ud)
	return 1
}

// ioLines is io.lines (5.7).
func (in *Interp) ioLines(L *lua.LState) int {
	if L.Get(1) == lua.LNil {
		in.lines(L, in.standard(L, in.io.input), false)
		return 1
	}
	name := CheckString(L, 1)
	f, err := in.open(L, name, "r")
	if err != nil {
		text, _ := cError(err)
		ArgError(L, 1, name+": "+text)
	}
	in.lines(L, f, true)
	return 1
}

// fileLines is file:lines (5.7).
func (in *Interp) fileLines(L *lua.LState) int {
	in.lines(L, checkFile(L, 1), false)
	return 1
}

func (in *Interp) lines(L *lua.LState, f *file, closing bool) {
	L.Push(L.NewFunction(func(L *lua.LState) int {
		if f.closed {
			Raise(L, 1, "file is already closed")
		}
		v, err := in.readLine(L, f)
		if err != nil {
			text, _ := cError(err)
			Raise(L, 1, "%s", text)
		}
		if v != lua.LNil {
			L.Push(v)
			return 1
		}
		if closing {
			in.close(L, f)
		}
		return 0
	}))
}

// fileSetvbuf is file:setvbuf (5.7).
func (in *Interp) fileSetvbuf(L *lua.LState) int {
	f := checkFile(L, 1)
	mode := CheckOption(L, 2, "", "no", "full", "line")
	size := OptInt(L, 3, 4096)
	if f.bw != nil {
		in.flush(f)
		switch mode {
		case "full":
			f.bw = bufio.NewWriterSize(f.f, min(max(size, 16), 1<<20))
			f.w = f.bw
		default:
			f.w = f.f
		}
	}
	L.Push(lua.LTrue)
	return 1
}

// fileSeek is file:seek (5.7).
func (in *Interp) fileSeek(L *lua.LState) int {
	f := checkFile(L, 1)
	whence := map[string]int{"set": io.SeekStart, "cur": io.SeekCurrent, "end": io.SeekEnd}[CheckOption(L, 2, "cur", "set", "cur", "end")]
	offset := int64(OptInt(L, 3, 0))
	if f.f == nil {
		return result(L, syscall.ESPIPE, "")
	}
	if err := in.flush(f); err != nil {
		return result(L, err, "")
	}
	if f.r != nil && whence == io.SeekCurrent {
		offset -= int64(f.r.Buffered())
	}
	n, err := f.f.Seek(offset, whence)
	if err != nil {
		return result(L, err, "")
	}
	if f.r != nil {
		f.r.Reset(f.f)
	}
	L.Push(lua.LNumber(n))
	return 1
}

// fileWrite is file:write (5.7).
func (in *Interp) fileWrite(L *lua.LState) int { return in.write(L, checkFile(L, 1), 2) }

// ioWrite is io.write (5.7).
func (in *Interp) ioWrite(L *lua.LState) int { return in.write(L, in.standard(L, in.io.output), 1) }

func (in *Interp) write(L *lua.LState, f *file, arg int) int {
	var b strings.Builder
	for ; arg <= L.GetTop(); arg++ {
		b.WriteString(CheckString(L, arg))
	}
	if b.Len() > 0 {
		if err := in.put(L, f, b.String()); err != nil {
			return result(L, err, "")
		}
	}
	L.Push(lua.LTrue)
	return 1
}

// put writes text to a file.
func (in *Interp) put(L *lua.LState, f *file, text string) error {
	if f.w == nil {
		return syscall.EBADF
	}
	if f.r != nil && f.r.Buffered() > 0 {
		// What was read ahead has not been read.
		f.f.Seek(int64(-f.r.Buffered()), io.SeekCurrent)
		f.r.Reset(f.f)
	}
	var err error
	write := func() { _, err = io.WriteString(f.w, text) }
	if f.child != nil {
		in.await(L, f.child, write) // a pipe may be full
	} else {
		write()
	}
	if f.w == f.bw && f.bw.Buffered() > 0 {
		if len(in.io.dirty) >= maxDirty {
			in.flushAll()
		} else {
			in.io.dirty[f] = struct{}{}
		}
	}
	return err
}

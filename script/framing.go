package script

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"

	"sosh/script/lualib"

	lua "github.com/yuin/gopher-lua"
)

// frameLimit is how long a message may be unless told, with what frames it.
const frameLimit = 16 << 20

// A framing is how a stream is cut into messages.
type framing struct {
	max int
	// size says how many bytes the first message takes in a stream, 0 if that
	// is not to be seen yet; body cuts the message out of them.
	size func(p []byte) (int, error)
	// delim ends each message, in the place of size; nil: it is size that says.
	delim []byte
	body  func(p []byte) []byte
	// wrap makes a message what is sent.
	wrap func(message string) (string, error)

	// The functions of a codec, in the place of all these.
	decode, encode *lua.LFunction
}

const framingForms = `expected "line", "crlf", "netstring", "reply", "dot", "head", {delimiter="..."}, {length="<I4"} or a codec`

// newFraming reads how a stream is framed.
func newFraming(how lua.LValue) (*framing, error) {
	f := &framing{max: frameLimit}
	switch how := how.(type) {
	case *lua.LUserData:
		if f, ok := how.Value.(*framing); ok {
			return f, nil
		}
	case lua.LString:
		return f, f.named(string(how))
	case *lua.LTable:
		return f, f.fields(how)
	}
	return nil, fmt.Errorf("bad framing %s (%s)", how.Type(), framingForms)
}

func (f *framing) named(name string) error {
	switch name {
	case "line":
		f.delimited("\n")
		f.body = func(p []byte) []byte { return bytes.TrimSuffix(p[:len(p)-1], []byte("\r")) }
	case "crlf":
		f.delimited("\r\n")
	case "netstring":
		f.netstring()
	case "reply":
		f.reply()
	case "dot":
		f.dotted()
	case "head":
		f.head()
	default:
		return fmt.Errorf("bad framing %q (%s)", name, framingForms)
	}
	return nil
}

// fields reads a framing from the fields of a table.
func (f *framing) fields(t *lua.LTable) error {
	set := 0
	for k, v := t.Next(lua.LNil); k != lua.LNil; k, v = t.Next(k) {
		text, isText := v.(lua.LString)
		number, isNumber := v.(lua.LNumber)
		switch key := lua.LVAsString(k); key {
		case "max":
			if !isNumber || number < 1 || number > 1<<30 {
				return errors.New("bad max (expected 1 to 1G bytes)")
			}
			f.max = int(number)
		case "line", "crlf", "netstring", "reply", "dot", "head":
			set++
			if err := f.named(key); err != nil {
				return err
			}
		case "delimiter":
			set++
			if !isText || text == "" {
				return errors.New("bad delimiter (expected a string)")
			}
			f.delimited(string(text))
		case "length":
			set++
			l, err := lualib.ParseLength(string(text))
			includes := lua.LVAsBool(t.RawGetString("includes_header"))
			switch {
			case err != nil:
				return err
			case includes && l.Size() == 0:
				return errors.New("includes_header does not go with a length of variable size")
			}
			f.prefixed(l, includes)
		case "includes_header":
		case "decode", "encode":
			fn, ok := v.(*lua.LFunction)
			if !ok {
				return fmt.Errorf("bad %s (expected a function)", key)
			}
			if key == "decode" {
				f.decode = fn
			} else {
				f.encode = fn
			}
		default:
			return fmt.Errorf("no field %q of a framing (%s)", key, framingForms)
		}
	}
	if codec := f.decode != nil || f.encode != nil; codec && set > 0 || !codec && set != 1 {
		return errors.New("bad framing (" + framingForms + ")")
	}
	return nil
}

func (f *framing) delimited(delim string) {
	d := []byte(delim)
	f.delim = d
	f.size = func(p []byte) (int, error) {
		if i := bytes.Index(p, d); i >= 0 {
			return i + len(d), nil
		}
		return 0, nil
	}
	f.body = func(p []byte) []byte { return p[:len(p)-len(d)] }
	f.wrap = func(s string) (string, error) { return s + delim, nil }
}

// netstring is D. J. Bernstein's: the length in digits, a colon, the bytes, a
// comma.
func (f *framing) netstring() {
	f.size = func(p []byte) (int, error) {
		colon := bytes.IndexByte(p[:min(len(p), 12)], ':')
		if colon < 0 {
			if len(p) < 12 && len(bytes.Trim(p, "0123456789")) == 0 {
				return 0, nil
			}
			return 0, fmt.Errorf("bad netstring: it begins with %q (expected digits and a colon)", p[:min(len(p), 12)])
		}
		n, err := strconv.Atoi(string(p[:colon]))
		if err != nil || n < 0 || colon > 1 && p[0] == '0' || p[0] == '+' {
			return 0, fmt.Errorf("bad netstring: its length is %q (expected digits, the first not 0)", p[:colon])
		}
		total := colon + 1 + n + 1
		if len(p) >= total && p[total-1] != ',' {
			return 0, fmt.Errorf("bad netstring: %q follows its %d bytes (expected a comma)", p[total-1:total], n)
		}
		return total, nil
	}
	f.body = func(p []byte) []byte { return p[bytes.IndexByte(p, ':')+1 : len(p)-1] }
	f.wrap = func(s string) (string, error) { return strconv.Itoa(len(s)) + ":" + s + ",", nil }
}

// prefixed is a length as a binary number before the bytes.
func (f *framing) prefixed(length *lualib.Length, includes bool) {
	header := 0
	if includes {
		header = length.Size()
	}
	f.size = func(p []byte) (int, error) {
		size, n, err := length.Read(p)
		switch {
		case err != nil || size == 0:
			return 0, err
		case int64(n) < int64(header):
			return 0, fmt.Errorf("bad length %d in a header of %d bytes", int64(n), size)
		}
		return size + int(min(n-uint64(header), uint64(math.MaxInt-size))), nil
	}
	f.body = func(p []byte) []byte {
		size, _, _ := length.Read(p)
		return p[size:]
	}
	f.wrap = func(s string) (string, error) {
		head, ok := length.Append(nil, uint64(len(s)+header))
		if !ok {
			return "", fmt.Errorf("a message of %d bytes does not fit a length of %d bytes", len(s), length.Size())
		}
		return string(head) + s, nil
	}
}

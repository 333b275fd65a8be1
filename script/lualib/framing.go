package lualib

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"

	"sosh/internal/show"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// frameLimit is the default of max: the size of a message with its frame, in bytes.
const frameLimit = 16 << 20

// A Framing divides a stream into messages, by one of the built-in forms or by the
// functions of a codec. Without such functions it may be used concurrently.
type Framing struct {
	Max int // the largest message, in bytes
	// Decode and Encode are the functions of a codec, in place of the methods; a
	// codec may lack one of them.
	Decode, Encode *lua.LFunction

	// size returns the number of bytes of the first frame in a stream, 0 if more
	// bytes are needed to tell; body returns the message in such a frame.
	size func(p []byte) (int, error)
	// delim ends each message; if it is set, size is not used.
	delim []byte
	body  func(p []byte) []byte
	// wrap returns a message with its frame.
	wrap func(message string) (string, error)
}

// Codec reports whether the framing is a codec, whose functions are in Lua.
func (f *Framing) Codec() bool { return f.Decode != nil || f.Encode != nil }

// Size returns the number of bytes of the first frame in p, or 0 if more bytes are
// needed to tell. The first scanned bytes of p were passed to Size before.
func (f *Framing) Size(p []byte, scanned int) (int, error) {
	if f.delim == nil {
		return f.size(p)
	}
	from := max(scanned-len(f.delim)+1, 0)
	if i := bytes.Index(p[from:], f.delim); i >= 0 {
		return from + i + len(f.delim), nil
	}
	return 0, nil
}

// Body returns the message in the frame p, which has the length that [Framing.Size]
// returned.
func (f *Framing) Body(p []byte) []byte { return f.body(p) }

// Wrap returns a message with its frame, or an error if the message is too long or
// does not fit the form.
func (f *Framing) Wrap(message string) (string, error) {
	if len(message) > f.Max {
		return "", fmt.Errorf("the message has %s and max is %d", show.Count(len(message), "byte"), f.Max)
	}
	return f.wrap(message)
}

const framingForms = `expected "line", "crlf", "netstring", "reply", "dot", "head", {delimiter="..."}, {length="<I4"} or a codec`

// ParseFraming reads a framing as scripts have it: a name, a table, or a value
// whose Go value is a *Framing.
func ParseFraming(how lua.LValue) (*Framing, error) {
	f := &Framing{Max: frameLimit}
	switch how := how.(type) {
	case *lua.LUserData:
		switch v := how.Value.(type) {
		case *Framing:
			return v, nil
		case *Schema:
			f.Max, f.Decode, f.Encode = v.max, v.Decode, v.Encode
			return f, nil
		}
	case lua.LString:
		return f, f.named(string(how))
	case *lua.LTable:
		return f, f.fields(how)
	}
	return nil, fmt.Errorf("bad framing %s (%s)", how.Type(), framingForms)
}

func (f *Framing) named(name string) error {
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

// fields sets the framing from the fields of a table.
func (f *Framing) fields(t *lua.LTable) error {
	set := 0
	for k, v := range lua51.Each(t) {
		text, isText := v.(lua.LString)
		number, isNumber := v.(lua.LNumber)
		switch key := lua.LVAsString(k); key {
		case "max":
			if !isNumber || number < 1 || number > 1<<30 {
				return errors.New("bad max (expected 1 to 1G bytes)")
			}
			f.Max = int(number)
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
			l, err := parseLength(string(text))
			includes := lua.LVAsBool(t.RawGetString("includes_header"))
			switch {
			case err != nil:
				return err
			case includes && l.size() == 0:
				return errors.New("includes_header does not go with a length of variable size")
			}
			f.prefixed(l, includes)
		case "includes_header", "show":
		case "decode", "encode":
			fn, ok := v.(*lua.LFunction)
			if !ok {
				return fmt.Errorf("bad %s (expected a function)", key)
			}
			if key == "decode" {
				f.Decode = fn
			} else {
				f.Encode = fn
			}
		default:
			return fmt.Errorf("no field %q of a framing (%s)", key, framingForms)
		}
	}
	if codec := f.Codec(); codec && set > 0 || !codec && set != 1 {
		return errors.New("bad framing (" + framingForms + ")")
	}
	return nil
}

func (f *Framing) delimited(delim string) {
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

// netstring is D. J. Bernstein's form: the length in decimal digits, a colon, the
// bytes, a comma.
func (f *Framing) netstring() {
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

// prefixed is a binary length before the bytes; with includes it counts itself.
func (f *Framing) prefixed(length *packLength, includes bool) {
	header := 0
	if includes {
		header = length.size()
	}
	f.size = func(p []byte) (int, error) {
		size, n, err := length.read(p)
		switch {
		case err != nil || size == 0:
			return 0, err
		case int64(n) < int64(header):
			return 0, fmt.Errorf("bad length %d in a header of %d bytes", int64(n), size)
		}
		return size + int(min(n-uint64(header), uint64(math.MaxInt-size))), nil
	}
	f.body = func(p []byte) []byte {
		size, _, _ := length.read(p)
		return p[size:]
	}
	f.wrap = func(s string) (string, error) {
		head, ok := length.append(nil, uint64(len(s)+header))
		if !ok {
			return "", fmt.Errorf("a message of %s does not fit a length of %s", show.Count(len(s), "byte"), show.Count(length.size(), "byte"))
		}
		return string(head) + s, nil
	}
}

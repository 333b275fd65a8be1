package lualib

import "fmt"

// A packLength is the format of an integer that is the length of what follows it.
// It may be used concurrently.
type packLength struct{ item packItem }

// parseLength parses a format of pack that is one integer, of at most 8 bytes or
// of variable size, such as ">I2" or "V".
func parseLength(format string) (*packLength, error) {
	l, err := packFormat(format)
	if err != nil || len(l.items) != 1 || l.items[0].kind > packVarint || l.items[0].size > 8 {
		return nil, fmt.Errorf("bad length %q (expected one integer in the formats of pack, such as <I4)", format)
	}
	return &packLength{l.items[0]}, nil
}

// size returns the number of bytes of the length, 0 if that depends on its value.
func (l *packLength) size() int { return l.item.size }

// append appends n to out. It reports whether n fits; if not, out is as it was.
func (l *packLength) append(out []byte, n uint64) ([]byte, bool) {
	it := &l.item
	if it.kind == packVarint {
		if it.form == varQUIC && n > maxQUIC {
			return out, false
		}
		return appendVarint(out, it.form, n), true
	}
	bits := 8 * it.size
	if it.kind == packInt {
		bits--
	}
	if bits < 64 && n>>bits != 0 {
		return out, false
	}
	return appendBytes(out, it, it.size, n), true
}

// read decodes the length at the beginning of p and returns its size in bytes, 0
// if p is too short. A negative length is n as an int64.
func (l *packLength) read(p []byte) (size int, n uint64, err error) {
	it := &l.item
	if it.kind == packVarint {
		n, size, err := readVarint(string(p[:min(len(p), 10)]), it.form)
		switch {
		case err == errVarShort && len(p) < 10:
			return 0, 0, nil
		case err != nil:
			return 0, 0, fmt.Errorf("bad length: %w", errVarLarge)
		}
		return size, n, nil
	}
	if len(p) < it.size {
		return 0, 0, nil
	}
	n = it.bytes(string(p[:it.size]))
	if it.kind == packInt && it.size < 8 {
		n = uint64(int64(n<<(64-8*it.size)) >> (64 - 8*it.size))
	}
	return it.size, n, nil
}

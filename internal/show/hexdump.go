package show

// HexdumpWidth returns p in lines of 16 bytes, the first numbered offset:
//
//	00000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  |GET / HTTP/1.1..|
//
// Anything but printable ASCII is a point on the right. A line has as many of 16,
// 8 or 4 bytes as fit into columns; where not even 4 do, the offsets are left
// out. With columns 0 or less there are 16.
func HexdumpWidth(p []byte, offset int64, columns int) string {
	digits := 8
	for last := uint64(offset) + uint64(len(p)); digits < 16 && last>>(4*digits) != 0; {
		digits++
	}
	perLine := hexdumpBytes(digits, columns)
	if columns > 0 && hexdumpWidth(perLine, digits) > columns {
		digits = 0
	}

	lines := (len(p) + perLine - 1) / perLine
	out := make([]byte, 0, lines*(hexdumpWidth(perLine, digits)+1))
	for len(p) > 0 {
		n := min(perLine, len(p))
		if digits > 0 {
			for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
				out = append(out, hexDigits[uint64(offset)>>shift&15])
			}
			out = append(out, ' ', ' ')
		}
		for i := range perLine {
			if i == 8 {
				out = append(out, ' ')
			}
			if i < n {
				out = append(out, hexDigits[p[i]>>4], hexDigits[p[i]&15], ' ')
			} else {
				out = append(out, ' ', ' ', ' ')
			}
		}
		out = append(out, ' ', '|')
		for _, c := range p[:n] {
			if c < ' ' || c > '~' {
				c = '.'
			}
			out = append(out, c)
		}
		out = append(out, '|', '\n')
		p = p[n:]
		offset += int64(n)
	}
	return string(out)
}

// hexdumpBytes returns how many bytes are in a line.
func hexdumpBytes(digits, columns int) int {
	perLine := 16
	for columns > 0 && perLine > 4 && hexdumpWidth(perLine, digits) > columns {
		perLine /= 2
	}
	return perLine
}

// hexdumpRow returns how many bytes are in a line of the hexdump of size bytes, which is numbered
// from 0.
func hexdumpRow(size, columns int) int {
	digits := 8
	for digits < 16 && uint64(size)>>(4*digits) != 0 {
		digits++
	}
	return hexdumpBytes(digits, columns)
}

// hexdumpCells returns a hexdump of up to 16 bytes in one line, without an offset; "" for more.
//
//	c0 00 41  |..A|
func hexdumpCells(p []byte) string {
	if len(p) > 16 {
		return ""
	}
	out := make([]byte, 0, 4*len(p)+4)
	for _, c := range p {
		out = append(out, hexDigits[c>>4], hexDigits[c&15], ' ')
	}
	out = append(out, ' ', '|')
	for _, c := range p {
		if c < ' ' || c > '~' {
			c = '.'
		}
		out = append(out, c)
	}
	return string(append(out, '|'))
}

// hexdumpWidth returns the width of a line.
func hexdumpWidth(perLine, digits int) int {
	width := perLine*3 + 1 + perLine + 2
	if perLine > 8 {
		width++
	}
	if digits > 0 {
		width += digits + 2
	}
	return width
}

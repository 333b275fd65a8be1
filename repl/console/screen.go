package console

// picture is how a rune of the line looks on screen.
func picture(r rune) rune {
	switch c := r - runeControl; {
	case isFormat(r - runeFormat):
	case c < 0 || c >= 0xA0:
		return r
	case c == '\n':
		return '␤'
	case c == '\t':
		return ' '
	case c < 0x20:
		return 0x2400 + c
	case c == 0x7f:
		return '␡'
	}
	return '\uFFFD'
}

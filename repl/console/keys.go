package console

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The runes from runeFormat up are the console's own; typed or pasted text never contains them. In
// the stream of keys, and in the line being edited, they represent things that are not text. They
// are in the private use area, because readline counts such a rune as one column and treats it as
// a letter.
const (
	runeFormat  = 0x100000 // + c: the format character c, such as a change of direction
	runeControl = 0x10FF00 // + c: the control character c, within the line
	runeStop    = 0x10FFF9 // Ctrl-]
	runeEscape  = 0x10FFFA // the Escape key alone was pressed
	runeDelete  = 0x10FFFB // the Ctrl-D after this one is the Delete key
	runePaste   = 0x10FFFC // the next text of console.pastes
	runeDraw    = 0x10FFFD // there is something to draw
)

// The marks that a terminal sends before and after a paste.
const (
	pasteStart = "[200~"
	pasteEnd   = "\x1b[201~"
)

// maxPaste limits the size of one paste, since readline redraws the whole line at each key.
const maxPaste = 1 << 20

// keys translates the bytes from the terminal to input for readline, one whole key at a time, so
// that other runes can be inserted between two keys. Only one goroutine may use it.
type keys struct {
	held     []byte // the beginning of a sequence or of a rune
	reported bool   // the Escape in held was reported
	pasting  bool   // between the two marks of a paste
	paste    []byte // data since the start mark
	cut      bool   // paste has lost text to maxPaste
	answer   answer // the terminal's answer that is being received
}

// An answer is the terminal's reply to a query of another program, which is not text: a control
// string (OSC, DCS, SOS, PM, APC), which ends at ST or BEL, or the three bytes of a mouse report.
type answer struct {
	text   bool // within a control string
	begun  bool // part of it was received
	escape bool // an Escape was received that may begin its ST
	mouse  int  // bytes to come
}

// consume reports whether b belongs to the answer. If the end of an answer is lost, a control key
// ends it.
func (a *answer) consume(b byte) bool {
	switch {
	case a.mouse > 0:
		a.mouse--
	case !a.text:
		return false
	case a.escape:
		*a = answer{text: b == 0x1b, escape: b == 0x1b}
		return b == '\\' || b == 0x1b
	case b == 0x1b:
		a.escape, a.begun = true, true
	case b == 0x07:
		*a = answer{}
	case b == 0x03 || b == '\r':
		*a = answer{}
		return false
	default:
		a.begun = true
	}
	return true
}

// sequences translates key sequences that readline does not know, or not in all the forms that
// terminals send. Other sequences are dropped: readline would insert their end as text.
var sequences = map[string]string{
	"[A": "\x10", "[B": "\x0e", "[C": "\x06", "[D": "\x02", "[H": "\x01", "[F": "\x05",
	"OA": "\x10", "OB": "\x0e", "OC": "\x06", "OD": "\x02", "OH": "\x01", "OF": "\x05",
	"[1~": "\x01", "[7~": "\x01", "[4~": "\x05", "[8~": "\x05", // Home, End: tmux, screen, rxvt, Linux
	"[1;5C": "\x1bf", "[1;3C": "\x1bf", "[5C": "\x1bf", "O5C": "\x1bf", // Ctrl-Right, Alt-Right
	"[1;5D": "\x1bb", "[1;3D": "\x1bb", "[5D": "\x1bb", "O5D": "\x1bb",
	"[3~":   string(rune(runeDelete)) + "\x04",
	"[3;5~": "\x1bd", "[3;3~": "\x1bd", // Ctrl-Delete, Alt-Delete
}

// dropped are the control keys that must not reach readline: it takes NUL for the end of input,
// Ctrl-Z stops the parent process too, and it would insert the others.
const dropped = "\x00\x0f\x11\x16\x18\x1a\x1c\x1e\x1f"

// readSize returns how many bytes may be read at once: never more than belong to
// this key or paste, since what follows an Enter may be for a child process.
func (k *keys) readSize() int {
	if !k.pasting {
		return 1
	}
	return len(pasteEnd) - k.marked()
}

// marked returns how many bytes at the end of the paste may be its end mark.
func (k *keys) marked() int {
	for n := min(len(pasteEnd)-1, len(k.paste)); n > 0; n-- {
		if strings.HasPrefix(pasteEnd, string(k.paste[len(k.paste)-n:])) {
			return n
		}
	}
	return 0
}

// feed takes one byte from the terminal and returns the input for readline, which is empty while
// the key is incomplete. After a runePaste, takePaste returns the text.
func (k *keys) feed(b byte) string {
	switch {
	case k.answer.escape && b != '\\' && b != 0x1b: // the end was lost; this is a key
		k.answer, k.held = answer{}, []byte{0x1b}
		return k.feed(b)
	case k.answer.consume(b):
		return ""
	case k.pasting:
		return k.feedPaste(b)
	case len(k.held) == 0 && b != 0x1b && b < utf8.RuneSelf:
		return plain(b)
	case len(k.held) > 0 && k.held[0] == 0x1b:
		return k.feedSequence(b)
	}
	if len(k.held) > 0 && !utf8.RuneStart(b) || len(k.held) == 0 {
		k.held = append(k.held, b)
	} else { // the rune before is incomplete; handle the new byte
		k.held = nil
		return k.feed(b)
	}
	if b == 0x1b {
		k.reported = false
		return ""
	}
	if !utf8.FullRune(k.held) {
		return ""
	}
	r, size := utf8.DecodeRune(k.held)
	k.held = nil
	switch r {
	case 0x90, 0x98, 0x9d, 0x9e, 0x9f: // DCS, SOS, OSC, PM, APC
		k.answer = answer{text: true}
	case 0x9b: // CSI
		k.held = []byte("\x1b[")
	}
	if size == 1 || unicode.IsControl(r) {
		return ""
	}
	return encodeLine(string(r))
}

// plain is the key of one ASCII byte.
func plain(b byte) string {
	if b == 0x1d {
		return string(rune(runeStop))
	}
	if strings.IndexByte(dropped, b) >= 0 {
		return ""
	}
	return string(rune(b))
}

// feedSequence continues a sequence that an Escape has begun.
func (k *keys) feedSequence(b byte) string {
	first := len(k.held) == 1
	k.reported = k.reported && b != 0x1b
	switch {
	case b == 0x1b:
		k.held = append(k.held[:0], b)
		return ""
	case first && strings.IndexByte("]PX^_", b) >= 0:
		k.held, k.answer = nil, answer{text: true}
		return ""
	case first && (b == '[' || b == 'O'), string(k.held) == "\x1b[" && b == '[':
		k.held = append(k.held, b)
		return ""
	case first && (b == 'b' || b == 'f' || b == 'd' || b == 0x7f || b == 0x08):
		k.held = nil
		if b == 0x08 {
			b = 0x7f
		}
		return "\x1b" + string(rune(b))
	case b < 0x20 || b >= 0x7f: // the sequence is incomplete; Enter and Ctrl-C always count
		k.held = nil
		return k.feed(b)
	case first: // Alt and a key without a meaning
		k.held = nil
		return ""
	case b < 0x40: // a parameter
		if len(k.held) <= 32 { // longer sequences have no meaning here
			k.held = append(k.held, b)
		}
		return ""
	}
	name := string(append(k.held[1:], b))
	k.held = nil
	switch name {
	case pasteStart:
		k.pasting = true
	case "[M":
		k.answer.mouse = 3
	}
	return sequences[name]
}

// feedPaste continues a paste.
func (k *keys) feedPaste(b byte) string {
	if b == 0x03 && len(k.paste) == 0 { // the end mark was lost: a way out
		k.pasting = false
		return plain(b)
	}
	k.paste = append(k.paste, b)
	if n := len(k.paste) - len(pasteEnd); n > maxPaste {
		k.paste = append(k.paste[:maxPaste], k.paste[n:]...)
		k.cut = true
	}
	if !strings.HasSuffix(string(k.paste[max(0, len(k.paste)-len(pasteEnd)):]), pasteEnd) {
		return ""
	}
	k.pasting = false
	k.held = k.paste[:len(k.paste)-len(pasteEnd)]
	k.paste = nil
	return string(rune(runePaste))
}

// takePaste returns the text of the paste that feed or idle has just reported, in the form for the
// line, and whether it was truncated.
func (k *keys) takePaste() (text string, cut bool) {
	text, cut = string(k.held), k.cut
	k.held, k.cut = nil, false
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return encodeLine(strings.ReplaceAll(text, "\r", "\n")), cut
}

// waiting reports whether idle would return something.
func (k *keys) waiting() bool {
	return len(k.paste) > 0 || len(k.held) == 1 && k.held[0] == 0x1b && !k.reported || k.answer.text && !k.answer.begun
}

// idle is called when no byte has arrived for [idleAfter]. It reports an Escape, which still begins
// a sequence if the rest of that is only slow, and the received part of a paste.
func (k *keys) idle() string {
	if k.answer.text && !k.answer.begun { // the user has pressed Alt-]
		k.answer = answer{}
		return ""
	}
	if !k.pasting {
		k.reported = true
		return string(rune(runeEscape))
	}
	n := len(k.paste) - k.marked()
	if n == len(k.paste) { // not an incomplete rune
		for i := 1; i < utf8.UTFMax && i <= n; i++ {
			if utf8.RuneStart(k.paste[n-i]) {
				if !utf8.FullRune(k.paste[n-i:]) {
					n -= i
				}
				break
			}
		}
	}
	k.held = append([]byte(nil), k.paste[:n]...)
	k.paste = append([]byte(nil), k.paste[n:]...)
	return string(rune(runePaste))
}

// encodeLine encodes a text for the edited line and for one line of the history:
// control and format characters, which a terminal would not show but may act on,
// become runes of one column.
func encodeLine(s string) string {
	if isPlain(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= runeFormat || r == 0:
			return -1
		case isFormat(r):
			return runeFormat + r
		case unicode.IsControl(r):
			return runeControl + r
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// decodeLine undoes encodeLine.
func decodeLine(s string) string {
	if isPlain(s) {
		return s
	}
	return strings.Map(decodeRune, s)
}

// decodeRune undoes encodeLine for one rune.
func decodeRune(r rune) rune {
	switch {
	case r >= runeControl && r < runeControl+0xA0:
		return r - runeControl
	case isFormat(r - runeFormat):
		return r - runeFormat
	}
	return r
}

// isPlain reports whether s is printable ASCII, as nearly every line is.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// isFormat reports whether r is a format character that has a rune from runeFormat
// on.
func isFormat(r rune) bool { return r < runeControl-runeFormat && unicode.Is(unicode.Cf, r) }

package lineedit

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// An Event is a key, or a text that was pasted if Key is empty.
type Event struct {
	Key  Key
	Text string // with \n at the end of each line
	Cut  bool   // the text has lost its end to MaxPaste
}

// MaxPaste limits the size of one paste, in bytes.
const MaxPaste = 1 << 20

// When no byte comes for EscapeAfter, an Escape is the Escape key. It may still begin a sequence until ForgetAfter,
// as far as what follows is no command of vi.
const (
	EscapeAfter = 50 * time.Millisecond
	ForgetAfter = 500 * time.Millisecond
)

// The marks that a terminal sends before and after a paste.
const (
	pasteStart = "[200~"
	pasteEnd   = "\x1b[201~"
)

// A Decoder makes keys of the bytes that a terminal sends. The zero value is ready. The terminal's answers to the
// queries of other programs are not keys: control strings (OSC, DCS, SOS, PM, APC), reports of the cursor, the mouse
// and the focus. It must not be used concurrently.
type Decoder struct {
	Vi bool // an Escape that was reported does not make P, X and ^ the beginning of an answer

	held     []byte // the beginning of a sequence or of a character
	reported bool   // the Escape in held was reported
	pasting  bool   // between the two marks of a paste
	paste    []byte // since the start mark
	cut      bool   // paste has lost text to MaxPaste
	answer   answer // that is being received
}

// An answer is the terminal's reply to a query: a control string, which ends at ST or BEL, or the three bytes of a
// mouse report.
type answer struct {
	text   bool // within a control string
	begun  bool // part of it was received
	escape bool // an Escape was received that may begin its ST
	mouse  int  // bytes to come
}

// consume reports whether b belongs to the answer. If the end of an answer is lost, a control key ends it.
func (a *answer) consume(b byte) bool {
	switch {
	case a.mouse > 0:
		a.mouse--
	case !a.text:
		return false
	case a.escape:
		*a = answer{text: b == 0x1b, escape: b == 0x1b, begun: true}
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

// ReadSize returns how many bytes may be read from the terminal at once: never more than belong to this key or paste,
// since what follows an Enter may be for a child process.
func (d *Decoder) ReadSize() int {
	if !d.pasting {
		return 1
	}
	return len(pasteEnd) - d.marked()
}

// marked returns how many bytes at the end of the paste may be its end mark.
func (d *Decoder) marked() int {
	for n := min(len(pasteEnd)-1, len(d.paste)); n > 0; n-- {
		if strings.HasPrefix(pasteEnd, string(d.paste[len(d.paste)-n:])) {
			return n
		}
	}
	return 0
}

// Wait returns for how long no byte may come until Idle has something to do; ok is false if it never has.
func (d *Decoder) Wait() (quiet time.Duration, ok bool) {
	escape := string(d.held) == "\x1b" || string(d.held) == altUnderscore
	switch {
	case len(d.paste) > 0, escape && !d.reported:
		return EscapeAfter, true
	case escape, d.answer.text && !d.answer.begun:
		return ForgetAfter, true
	}
	return 0, false
}

// Idle is called when no byte has come for a time. It returns what that has decided: an Escape, or the part of a paste
// that has come.
func (d *Decoder) Idle(quiet time.Duration) []Event {
	after, ok := d.Wait()
	switch {
	case !ok || quiet < after:
		return nil
	case d.pasting:
		return d.partOfPaste()
	case d.answer.text: // the user has pressed Alt-]
		d.answer = answer{}
		return nil
	case d.reported:
		d.held, d.reported = nil, false
		return nil
	}
	d.reported = true
	if string(d.held) == altUnderscore {
		return []Event{{Key: "Alt-_"}}
	}
	return []Event{{Key: "Esc"}}
}

// altUnderscore is a key, Alt-_, or the beginning of an APC, which is an answer about graphics with a G behind it.
const altUnderscore = "\x1b_"

// Feed takes one byte from the terminal, and returns what is complete with it.
func (d *Decoder) Feed(b byte) []Event {
	switch {
	case d.answer.escape && b != '\\' && b != 0x1b: // the end was lost; this is a key
		d.answer, d.held, d.reported = answer{}, []byte{0x1b}, false
		return d.Feed(b)
	case d.answer.consume(b):
		return nil
	case d.pasting:
		return d.feedPaste(b)
	case len(d.held) > 0 && d.held[0] == 0x1b:
		return d.feedSequence(b)
	case b == 0x1b:
		d.held, d.reported = []byte{b}, false
		return nil
	case b < ' ' || b == 0x7f:
		d.held = nil
		return []Event{{Key: control(b)}}
	}
	if utf8.RuneStart(b) {
		d.held = nil // a character before was not complete
	}
	if d.held = append(d.held, b); !utf8.FullRune(d.held) {
		return nil
	}
	r, size := utf8.DecodeRune(d.held)
	d.held = nil
	switch r {
	case 0x90, 0x98, 0x9d, 0x9e, 0x9f: // DCS, SOS, OSC, PM, APC
		d.answer = answer{text: true}
	case 0x9b: // CSI
		d.held, d.reported = []byte("\x1b["), false
	}
	if k := Key(string(r)); size > 1 || r != utf8.RuneError {
		if _, ok := k.text(); ok {
			return []Event{{Key: k}}
		}
	}
	return nil
}

// feedSequence continues a sequence that an Escape has begun.
func (d *Decoder) feedSequence(b byte) []Event {
	first := len(d.held) == 1
	switch {
	case string(d.held) == altUnderscore && b == 'G':
		d.held, d.reported, d.answer = nil, false, answer{text: true, begun: true}
		return nil
	case string(d.held) == altUnderscore:
		was := d.reported
		d.held, d.reported = nil, false
		if was {
			return d.Feed(b)
		}
		return append([]Event{{Key: "Alt-_"}}, d.Feed(b)...)
	case first && b == '_' && !d.reported:
		d.held = append(d.held, b)
		return nil
	case first && b == 0x1b:
		was := d.reported
		d.reported = false
		if was {
			return nil
		}
		return []Event{{Key: "Esc"}}
	case b == 0x1b:
		d.held, d.reported = append(d.held[:0], b), false
		return nil
	case first && strings.IndexByte("]_PX^", b) >= 0 && !(d.reported && d.Vi && strings.IndexByte("PX^", b) >= 0):
		d.held, d.reported, d.answer = nil, false, answer{text: true}
		return nil
	case first && (b == '[' || b == 'O'), string(d.held) == "\x1b[" && b == '[':
		d.held = append(d.held, b)
		return nil
	case first:
		return d.afterEscape(b)
	case b < ' ' || b >= 0x7f: // the sequence is incomplete; Enter and Ctrl-C always count
		d.held = nil
		return d.Feed(b)
	case b < 0x40 && !shifted(string(d.held), b): // a parameter
		if len(d.held) <= 32 { // longer sequences have no meaning here
			d.held = append(d.held, b)
		}
		return nil
	}
	name := string(append(d.held[1:], b))
	d.held = nil
	switch name {
	case pasteStart:
		d.pasting = true
	case "[M":
		d.answer.mouse = 3
	default:
		if k := sequence(name); k != "" {
			return []Event{{Key: k}}
		}
	}
	return nil
}

// afterEscape handles the byte after an Escape that begins no sequence: Alt and a key, or two keys.
func (d *Decoder) afterEscape(b byte) []Event {
	reported := d.reported
	d.held, d.reported = nil, false
	if reported {
		return d.Feed(b)
	}
	if b > ' ' && b < 0x7f || b == '\r' || b == 0x7f || b == 0x08 {
		if b > ' ' && b < 0x7f {
			return []Event{{Key: Key("Alt-" + string(rune(b)))}}
		}
		return []Event{{Key: "Alt-" + control(b)}}
	}
	return append([]Event{{Key: "Esc"}}, d.Feed(b)...)
}

// feedPaste continues a paste.
func (d *Decoder) feedPaste(b byte) []Event {
	if b == 0x03 && len(d.paste) == 0 { // the end mark was lost: a way out
		d.pasting = false
		return []Event{{Key: control(b)}}
	}
	d.paste = append(d.paste, b)
	if n := len(d.paste) - len(pasteEnd); n > MaxPaste {
		d.paste = append(d.paste[:MaxPaste], d.paste[n:]...)
		d.cut = true
	}
	if !strings.HasSuffix(string(d.paste[max(0, len(d.paste)-len(pasteEnd)):]), pasteEnd) {
		return nil
	}
	text := d.paste[:len(d.paste)-len(pasteEnd)]
	d.pasting, d.paste = false, nil
	return d.pasted(text)
}

// partOfPaste returns what of a paste has come, without the beginning of a character or of the end mark.
func (d *Decoder) partOfPaste() []Event {
	n := len(d.paste) - d.marked()
	if n == len(d.paste) {
		for i := 1; i < utf8.UTFMax && i <= n; i++ {
			if utf8.RuneStart(d.paste[n-i]) {
				if !utf8.FullRune(d.paste[n-i:]) {
					n -= i
				}
				break
			}
		}
	}
	text := d.paste[:n]
	d.paste = append([]byte(nil), d.paste[n:]...)
	return d.pasted(text)
}

// pasted is the event of a text.
func (d *Decoder) pasted(text []byte) []Event {
	e := Event{Text: Clean(string(text)), Cut: d.cut}
	d.cut = false
	if e.Text == "" {
		return nil
	}
	return []Event{e}
}

// Clean makes a text fit for the line: valid UTF-8, with \n for each end of a line, and without NUL.
func Clean(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	text = strings.ToValidUTF8(text, "\uFFFD")
	if !strings.ContainsFunc(text, unfit) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if unfit(r) {
			return -1
		}
		return r
	}, text)
}

// unfit reports whether r is not kept in a line: NUL, and the last plane of private use, which the console draws
// control characters with.
func unfit(r rune) bool { return r == 0 || r >= 0x100000 && r <= unicode.MaxRune }

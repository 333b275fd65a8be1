package history

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An entry is a line of the file: one object of JSON, so that an entry of several rows is one line. Older files have
// the text itself, with private characters for control characters.
type entry struct {
	Time int64  `json:"t"` // milliseconds since 1970
	Line string `json:"l"`
}

// entryStart begins a line of the present format.
const entryStart = `{"t":`

func (e entry) encode() string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.Encode(e) // can't fail
	return b.String()
}

// decode reads a line of the file. ok is false for a damaged one, and for one without text.
func decode(line string) (e entry, ok bool) {
	line = strings.TrimRight(line, "\r\n")
	switch {
	case len(line) > maxEntry || !utf8.ValidString(line):
		return e, false
	case strings.HasPrefix(line, entryStart):
		if e, ok := decodePlain(line); ok {
			return e, true
		}
		if json.Unmarshal([]byte(line), &e) != nil {
			return entry{}, false
		}
	case strings.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) && r != '\t' }):
		return e, false
	default:
		e.Line = strings.Map(decodeOld, line)
	}
	return e, strings.TrimSpace(e.Line) != ""
}

// decodePlain reads an entry as encode writes it, if there are no escapes in it but those of quotes, backslashes and
// newlines. It is several times as fast as JSON's own decoder, which counts when a prompt starts with a full history.
func decodePlain(line string) (e entry, ok bool) {
	number, text, ok := strings.Cut(line[len(entryStart):], `,"l":"`)
	text, end := strings.CutSuffix(text, `"}`)
	if !ok || !end {
		return e, false
	}
	var b strings.Builder
	for {
		i := strings.IndexAny(text, "\"\\")
		if i < 0 {
			break
		}
		if text[i] == '"' || i+1 == len(text) {
			return e, false
		}
		at := strings.IndexByte(`"\n`, text[i+1])
		if at < 0 {
			return e, false
		}
		b.Grow(len(text))
		b.WriteString(text[:i])
		b.WriteByte("\"\\\n"[at])
		text = text[i+2:]
	}
	if b.Len() > 0 {
		b.WriteString(text)
		text = b.String()
	}
	if strings.TrimSpace(text) == "" {
		return e, false
	}
	t, err := strconv.ParseInt(number, 10, 64)
	return entry{Time: t, Line: text}, err == nil
}

// The old format has control characters from oldControl on, and format characters from oldFormat on.
const (
	oldControl = 0x10ff00
	oldFormat  = 0x100000
)

func decodeOld(r rune) rune {
	switch {
	case r >= oldControl && r < oldControl+0xa0:
		return r - oldControl
	case r > oldFormat && r < oldControl && unicode.Is(unicode.Cf, r-oldFormat):
		return r - oldFormat
	}
	return r
}

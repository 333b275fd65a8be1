package console

import "strings"

// On a terminal without escape sequences the line is one row: the part of it around the cursor, with
// the newlines as pictures. A carriage return and blanks are all that is needed.

// drawDumb is draw for such a terminal.
func (r *renderer) drawDumb(f *frame, above []byte, columns int) {
	if len(above) > 0 {
		r.eraseDumb()
		r.buf.Write(above)
	}
	columns = max(columns-1, 2) // the last column may wrap
	row := cut(cellsOf(f.prompt), columns-1)
	x := widthOf(row)
	room := columns - x
	from, w := 0, 0
	for i := 0; i < f.pos; {
		n, k := measureFlat(f.line[i:])
		if i, w = i+n, w+k; w < room {
			continue
		}
		for w > room/2 { // so that the row does not move at each key
			n, k := measureFlat(f.line[from:])
			from, w = from+n, w-k
		}
	}
	for i := from; i < len(f.line); {
		if i <= f.pos {
			r.cx = widthOf(row)
		}
		n, w := measureFlat(f.line[i:])
		if widthOf(row)+w > columns {
			break
		}
		row = append(row, cell{flatText(f.line[i:i+n], w), w, ""})
		i += n
	}
	if f.pos == len(f.line) {
		r.cx = widthOf(row)
	}
	row = cut(append(row, cellsOf(f.tail)...), columns)
	cx := r.cx
	var old []cell
	if len(r.rows) > 0 {
		old = r.rows[0]
	}
	r.buf.WriteByte('\r')
	for _, c := range row {
		r.buf.WriteString(c.text)
	}
	if n := widthOf(old) - widthOf(row); n > 0 {
		r.buf.WriteString(strings.Repeat(" ", n))
	}
	r.buf.WriteByte('\r')
	for n, i := 0, 0; n < cx; i++ {
		r.buf.WriteString(row[i].text)
		n += row[i].width
	}
	r.rows = [][]cell{row}
	r.out.Write(r.buf.Bytes())
}

// eraseDumb overwrites the row with blanks.
func (r *renderer) eraseDumb() {
	if len(r.rows) > 0 {
		r.buf.WriteString("\r" + strings.Repeat(" ", widthOf(r.rows[0])) + "\r")
	}
	r.forget()
}

func measureFlat(line []rune) (n, width int) {
	if line[0] == runeControl+'\t' {
		return 1, 1
	}
	return measure(line, 0)
}

func flatText(runes []rune, width int) string {
	if runes[0] == newline {
		return string(picture(newline))
	}
	return clusterText(runes, width)
}

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
	row, cx := f.flat(max(columns-1, 2)) // the last column may wrap
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

// flat makes one row of a frame: the part of the line around the cursor, which is in column cx.
func (f *frame) flat(columns int) (row []cell, cx int) {
	row = cut(cellsOf(f.prompt), columns/2)
	room := columns - widthOf(row)
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
	width := widthOf(row)
	cx = width
	for i := from; i < len(f.line); {
		n, w := measureFlat(f.line[i:])
		if width+w > columns {
			break
		}
		if i < f.pos {
			cx = width + w
		}
		row = append(row, cell{flatText(f.line[i:i+n], w), w, ""})
		i, width = i+n, width+w
	}
	return cut(append(row, cellsOf(f.tail)...), columns), cx
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

package show

import "strings"

// Table returns the rows in aligned columns below the header. Each line ends in a newline, and is
// at most columns wide: if a row does not fit, its widest cells are shortened as by [Truncate], but an
// address keeps its port. If columns is 0 or less, there is no limit. If header is nil, there is no
// header. Rows may be shorter or longer than the header.
//
// A cell is one line. Characters that could act on the terminal are escaped, but backslashes are
// not doubled, so that a cell may be a result of [Line].
func Table(header []string, rows [][]string, columns int) Trusted {
	if header != nil {
		rows = append([][]string{header}, rows...)
	}
	cells := make([][]string, len(rows))
	var widths []int
	for i, row := range rows {
		for j, cell := range row {
			cell = Cell([]byte(cell))
			cells[i] = append(cells[i], cell)
			if j == len(widths) {
				widths = append(widths, 0)
			}
			widths[j] = max(widths[j], Width(cell))
		}
	}
	gap := fit(widths, columns)

	var b strings.Builder
	for _, row := range cells {
		line := ""
		for j, cell := range row {
			if j > 0 {
				line += gap
			}
			line += pad(shorten(cell, widths[j]), widths[j])
		}
		line = strings.TrimRight(line, " ")
		if columns > 0 {
			line = Truncate(line, columns)
		}
		b.WriteString(line)
		b.WriteByte('\n')
	}
	return Trusted(b.String())
}

// shorten shortens a cell. Of HOST:PORT the end of the host is cut.
func shorten(cell string, columns int) string {
	host, port := cell, ""
	if i := strings.LastIndexByte(cell, ':'); i > 0 && strings.Trim(cell[i+1:], "0123456789") == "" && !strings.Contains(cell, " ") {
		host, port = cell[:i], cell[i:]
	}
	if len(port) >= columns {
		return Truncate(cell, columns)
	}
	return Truncate(host, columns-len(port)) + port
}

// fit reduces the largest widths until the columns fit, and returns the gap between two columns.
func fit(widths []int, columns int) (gap string) {
	gap = "  "
	if columns <= 0 || len(widths) == 0 {
		return gap
	}
	if len(widths)*4 > columns { // hardly two characters each
		gap = " "
	}
	over := len(gap) * (len(widths) - 1)
	for _, w := range widths {
		over += w
	}
	for over -= columns; over > 0; over-- {
		widest := 0
		for j, w := range widths {
			if w >= widths[widest] { // of equals the last
				widest = j
			}
		}
		if widths[widest] <= 1 {
			break
		}
		widths[widest]--
	}
	return gap
}

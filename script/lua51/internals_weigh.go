package lua51

// bytes is what the parts of a table take, about, without the values.
func (p *luaTable) bytes() int64 {
	n := 16*cap(p.array) + 16*cap(p.keys) + 48*len(p.strdict) + 40*len(p.k2i)
	if h := p.others(); h != nil {
		n += 32*cap(h.entries) + 4*len(h.slots) + 8*len(h.numbers)
	}
	return int64(n)
}

// fields adds what is in a table.
func (w *weigher) fields(p *luaTable) {
	for _, v := range p.array {
		if w.add(v); w.bytes > w.limit {
			return
		}
	}
	for k, v := range p.strdict {
		w.text(k)
		if w.add(v); w.bytes > w.limit {
			return
		}
	}
	if h := p.others(); h != nil {
		for _, e := range h.entries {
			w.add(e.key)
			if w.add(e.value); w.bytes > w.limit {
				return
			}
		}
	}
}

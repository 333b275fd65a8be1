package lineedit

import "slices"

// killRing is the text that was killed, the latest last. Kills that follow one another are one entry.
type killRing struct {
	texts [][]rune
	at    int // the entry that was yanked last
}

// The ring forgets its oldest entries beyond these limits.
const (
	maxKills    = 60
	maxKillSize = 4 << 20 // runes
)

func (r *killRing) add(text []rune) {
	r.texts = append(r.texts, text)
	size := 0
	for i := len(r.texts) - 1; i >= 0; i-- {
		if size += len(r.texts[i]); i < len(r.texts)-1 && (size > maxKillSize || len(r.texts)-i > maxKills) {
			r.texts = r.texts[i+1:]
			break
		}
	}
}

// kill moves a part of the line to the kill ring. It rings if there is nothing to kill.
func (e *Editor) kill(from, to int) Outcome {
	backward := to <= e.pos
	e.kind = kindKill
	if from == to {
		if e.prev != kindKill {
			e.kind = kindOther
		}
		return Bell
	}
	text := slices.Clone(e.line[from:to])
	if last := len(e.kills.texts) - 1; e.prev == kindKill && last >= 0 {
		if backward {
			text = append(text, e.kills.texts[last]...)
		} else {
			text = append(slices.Clone(e.kills.texts[last]), text...)
		}
		e.kills.texts = e.kills.texts[:last]
	}
	e.kills.add(text)
	e.replace(from, to, nil)
	return None
}

// yank inserts the text that was killed last.
func (e *Editor) yank() Outcome {
	if len(e.kills.texts) == 0 {
		return Bell
	}
	e.kills.at = len(e.kills.texts) - 1
	from := e.pos
	e.insert(e.kills.texts[e.kills.at])
	e.yanked, e.kind = span{from, e.pos}, kindYank
	return None
}

// yankPop puts the kill before in the place of the text that was just yanked.
func (e *Editor) yankPop() Outcome {
	if e.prev != kindYank {
		return Bell
	}
	n := len(e.kills.texts)
	e.kills.at = (e.kills.at + n - 1) % n
	e.replace(e.yanked.from, e.yanked.to, e.kills.texts[e.kills.at])
	e.yanked.to, e.kind = e.pos, kindYank
	return None
}

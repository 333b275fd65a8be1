package repl

import (
	"bufio"
	"fmt"
	"hash/fnv"
	"os"
	"strings"
	"sync"
)

// A place is where a line was entered.
type place struct {
	dir    string // the working directory
	target string // the address of the peer that it goes to, or ""
}

// topRank is the rank of a line that was entered in the same place.
const topRank = 3

// maxPlaces is how many entries the file of places keeps.
const maxPlaces = 10000

// places knows where the lines of the history were entered, the latest time. It keeps only
// hashes, in a file beside the history: one line for each entry, its hash, that of the
// directory and that of the target.
//
// Its methods may be used concurrently.
type places struct {
	mu   sync.Mutex
	path string // of the file, "" for none
	seen map[uint64]placeHash
}

type placeHash struct{ dir, target uint64 }

// hashOf returns the hash of a text, which is 0 for an empty one.
func hashOf(text string) uint64 {
	if text == "" {
		return 0
	}
	h := fnv.New64a()
	h.Write([]byte(text))
	return h.Sum64()
}

// load reads the file of places, which need not exist, and shortens it if it has grown to
// twice its limit.
func (p *places) load(path string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.path, p.seen = path, make(map[uint64]placeHash)
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		p.path = ""
		return
	}
	var rows []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var entry uint64
		var at placeHash
		if n, _ := fmt.Sscanf(lines.Text(), "%x %x %x", &entry, &at.dir, &at.target); n == 3 {
			p.seen[entry] = at
			rows = append(rows, lines.Text())
		}
	}
	if len(rows) > 2*maxPlaces {
		rows = rows[len(rows)-maxPlaces:]
		// What another session adds in that moment is lost: the order of suggestions.
		if err := os.WriteFile(path+".new", []byte(strings.Join(rows, "\n")+"\n"), 0o600); err == nil {
			os.Rename(path+".new", path)
		}
	}
}

// add notes that a line was entered at a place.
func (p *places) add(line string, at place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen == nil {
		p.seen = make(map[uint64]placeHash)
	}
	entry, hash := hashOf(line), placeHash{hashOf(at.dir), hashOf(at.target)}
	if old, ok := p.seen[entry]; ok && old == hash {
		return
	}
	p.seen[entry] = hash
	if p.path == "" {
		return
	}
	// An error costs only the order of suggestions.
	if f, err := os.OpenFile(p.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600); err == nil {
		fmt.Fprintf(f, "%x %x %x\n", entry, hash.dir, hash.target)
		f.Close()
	}
}

// rank says how near to a place a line was entered: 2 for the same target, and 1 for the
// same directory.
func (p *places) rank(line string, here place) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, ok := p.seen[hashOf(line)]
	n := 0
	if ok && here.target != "" && at.target == hashOf(here.target) {
		n += 2
	}
	if ok && at.dir == hashOf(here.dir) {
		n++
	}
	return n
}

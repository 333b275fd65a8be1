package pcapng

import "container/list"

// An lru is a map that forgets what was used least recently.
type lru[K comparable, V any] struct {
	max   int
	order *list.List // of entry, the most recently used first
	byKey map[K]*list.Element
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

func newLRU[K comparable, V any](max int) *lru[K, V] {
	return &lru[K, V]{max: max, order: list.New(), byKey: make(map[K]*list.Element)}
}

// get returns the value of a key, and marks it as used.
func (l *lru[K, V]) get(key K) (v V, ok bool) {
	e, ok := l.byKey[key]
	if !ok {
		return v, false
	}
	l.order.MoveToFront(e)
	return e.Value.(entry[K, V]).value, true
}

// put sets the value of a key.
func (l *lru[K, V]) put(key K, v V) {
	l.remove(key)
	if len(l.byKey) >= l.max {
		l.remove(l.order.Back().Value.(entry[K, V]).key)
	}
	l.byKey[key] = l.order.PushFront(entry[K, V]{key, v})
}

func (l *lru[K, V]) remove(key K) {
	if e, ok := l.byKey[key]; ok {
		l.order.Remove(e)
		delete(l.byKey, key)
	}
}

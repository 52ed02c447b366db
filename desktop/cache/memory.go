package cache

import "container/list"

// memory holds the answers used last.
type memory struct {
	limit, bytes int64
	items        map[hash]*list.Element // of *answer
	order        *list.List             // used last in front
}

// itemCost is about what an answer takes beside its body.
const itemCost = 256

func newMemory(limit int64) memory {
	return memory{limit: limit, items: map[hash]*list.Element{}, order: list.New()}
}

// get is the answer, if there is a good one, and makes it the last that was used.
func (m *memory) get(h hash, now int64) *answer {
	e := m.items[h]
	if e == nil {
		return nil
	}
	a := e.Value.(*answer)
	if !a.good(now) {
		m.remove(e)
		return nil
	}
	m.order.MoveToFront(e)
	return a
}

// put adds the answer in the place of an older one, and tells how many others had to make
// room for it.
func (m *memory) put(a *answer) (evicted int) {
	if e := m.items[a.key]; e != nil {
		m.remove(e)
	}
	cost := itemCost + int64(len(a.body))
	if cost > m.limit {
		return 0
	}
	m.items[a.key] = m.order.PushFront(a)
	m.bytes += cost
	for m.bytes > m.limit {
		m.remove(m.order.Back())
		evicted++
	}
	return evicted
}

func (m *memory) remove(e *list.Element) {
	a := m.order.Remove(e).(*answer)
	delete(m.items, a.key)
	m.bytes -= itemCost + int64(len(a.body))
}

func (m *memory) clear() { *m = newMemory(m.limit) }

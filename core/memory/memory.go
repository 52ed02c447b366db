// Package memory keeps what a provider wants back with a conversation and a caller's schema
// has no place for: the signed reasoning in front of a tool call, and the call's own
// signature. It is found again by the call's id, which the caller sends back with the result.
//
// It is a value without a clock: what is old is told by the moments that come in. Nothing of
// it outlasts the process: what is forgotten costs the model its former thoughts, no more.
package memory

import (
	"hash/fnv"
	"time"

	"strowger/core/codec"
	"strowger/core/llm"
	"strowger/core/scan"
)

// The bounds of a Store: how many calls, how many bytes of them together and of one, how many
// are put back into one prompt, and how long one is kept since it was used last.
const (
	MaxCalls    = 4096
	MaxBytes    = 8 << 20
	MaxCall     = 256 << 10
	MaxRestored = 1 << 20
	Lasts       = time.Hour
)

// Thought is a piece of reasoning that its provider has signed.
type Thought struct {
	Text, Signature llm.Escaped
	Redacted        bool // Signature is all there is of it
	First           bool // it came before anything else of the answer
	Origin          llm.Schema
}

// Call is a tool call with what belongs to it. An id alone does not tell calls apart, as some
// servers count anew in each answer: Name and Arguments say which one it was.
type Call struct {
	ID, Name  string
	Arguments uint64      // as HashArguments says
	Signature llm.Escaped // empty: it has none
	Origin    llm.Schema
	Thoughts  []Thought // between the call before it and this one
}

// Size is what the call takes up, in bytes.
func (c *Call) Size() int {
	n := len(c.ID) + len(c.Name) + len(c.Signature) + perCall
	for i := range c.Thoughts {
		n += len(c.Thoughts[i].Text) + len(c.Thoughts[i].Signature) + perThought
	}
	return n
}

// Restored is how many bytes of a prompt it becomes.
func (c *Call) Restored() int {
	n := len(c.Signature)
	for i := range c.Thoughts {
		n += len(c.Thoughts[i].Text) + len(c.Thoughts[i].Signature)
	}
	return n
}

// HashArguments is a hash of a call's arguments, the same however their JSON is written;
// no text is an empty object. It is 0 for what is no JSON.
func HashArguments(doc []byte) uint64 {
	if codec.Blank(doc) {
		doc = []byte("{}")
	}
	canonical, err := scan.AppendCanonical(nil, doc)
	if err != nil {
		return 0
	}
	h := fnv.New64a()
	h.Write(canonical)
	return h.Sum64() | 1
}

// What a call and a thought take up beside their texts, about.
const (
	perCall    = 200
	perThought = 64
)

// Store keeps calls for their owners, the client keys by name. The zero value is empty and
// ready. It is not safe for concurrent use.
type Store struct {
	calls          map[key]*entry
	oldest, newest *entry // by last use
	bytes          int
}

type key struct{ owner, id string }

type entry struct {
	key
	call         Call
	used         time.Time
	size         int
	older, newer *entry
}

// Keep keeps calls of an owner's conversation, or keeps them for longer. One that is too
// large is not kept. The slices become the store's.
func (s *Store) Keep(now time.Time, owner string, calls []Call) {
	s.expire(now)
	for i := range calls {
		c := &calls[i]
		k := key{owner, c.ID}
		if old := s.calls[k]; old != nil {
			s.drop(old)
		}
		e := &entry{key: k, call: *c, used: now, size: c.Size() + len(owner)}
		if e.size > MaxCall {
			continue
		}
		for s.oldest != nil && (len(s.calls) >= MaxCalls || s.bytes+e.size > MaxBytes) {
			s.drop(s.oldest)
		}
		s.add(e)
	}
}

// Of is the owner's call of that id; nil if it is not kept. It must not be changed.
func (s *Store) Of(now time.Time, owner, id string) *Call {
	if s == nil {
		return nil
	}
	e := s.calls[key{owner, id}]
	if e == nil || now.Sub(e.used) >= Lasts {
		return nil
	}
	return &e.call
}

// expire drops what is too old.
func (s *Store) expire(now time.Time) {
	for s.oldest != nil && now.Sub(s.oldest.used) >= Lasts {
		s.drop(s.oldest)
	}
}

func (s *Store) add(e *entry) {
	if s.calls == nil {
		s.calls = map[key]*entry{}
	}
	s.calls[e.key], s.bytes = e, s.bytes+e.size
	if e.older = s.newest; e.older != nil {
		e.older.newer = e
	} else {
		s.oldest = e
	}
	s.newest = e
}

func (s *Store) drop(e *entry) {
	delete(s.calls, e.key)
	s.bytes -= e.size
	if e.older != nil {
		e.older.newer = e.newer
	} else {
		s.oldest = e.newer
	}
	if e.newer != nil {
		e.newer.older = e.older
	} else {
		s.newest = e.older
	}
}

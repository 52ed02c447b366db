package codec

import (
	"strconv"

	"strowger/core/llm"
)

// pair gives each tool call an id of its own, and each result the id and the name of its call.
// A call without an id, as Gemini's, and one whose id stands before it already, as of servers
// that count anew in each turn, get one by their place in the conversation, which stays what it
// is as that grows.
//
// A result is that of the first call without one among those of its id, in the last message
// that has any, and of its name, if that helps; or, without an id, of its name, or without a
// name of all. One of a call that has had its result is noted, and Checked refuses it. One of
// an id that no call has is that of the only call of its name which is left without a result
// when the model has its turn again.
func pair(p *llm.Prompt) {
	if regular(p) {
		return
	}
	k := callings{ids: map[string]bool{}, last: map[string]int{}, lists: map[calls]*callList{}, waiting: map[string]int{}}
	for i := range p.Messages {
		for j := range p.Messages[i].Parts {
			switch part := &p.Messages[i].Parts[j]; part.Kind {
			case llm.PartCall:
				k.settle(p)
				k.add(part, i)
			case llm.PartResult:
				c := k.of(part)
				if c == nil {
					k.lost = append(k.lost, part)
					continue
				}
				if c.answered {
					if p.Twice = part.ID; len(p.Twice) == 0 {
						p.Twice = c.part.Name
					}
				}
				k.answer(c, part)
			}
		}
	}
	k.settle(p)
}

// regular pairs calls and results where their ids say it all: each call has one of its own, and
// each result that of a call before it, which has no other. It reports false if it is not so.
func regular(p *llm.Prompt) bool {
	n := 0
	for i := range p.Messages {
		for j := range p.Messages[i].Parts {
			if p.Messages[i].Parts[j].Kind == llm.PartCall {
				n++
			}
		}
	}
	at, all := make(map[string]int, n), make([]calling, 0, n) // by id: the place in all
	for i := range p.Messages {
		for j := range p.Messages[i].Parts {
			switch part := &p.Messages[i].Parts[j]; part.Kind {
			case llm.PartCall:
				if _, had := at[string(part.ID)]; had || len(part.ID) == 0 {
					return false
				}
				at[string(part.ID)] = len(all)
				all = append(all, calling{part: part})
			case llm.PartResult:
				n, known := at[string(part.ID)]
				if !known || all[n].answered {
					return false
				}
				all[n].answered, part.Name = true, all[n].part.Name
			}
		}
	}
	return true
}

// calling is a tool call, and whether there is a result.
type calling struct {
	part     *llm.Part
	answered bool
}

// calls are those that a result may be of: of an id in a message, or of no id in any, and of a
// name or, without, of all.
type calls struct {
	message  int // 0 for any, else its number from 1
	id, name string
}

// callList are calls in their order. All in front of next have a result.
type callList struct {
	list []*calling
	next int
}

// first is the first call without a result, or the last if there is none; nil of no calls.
func (l *callList) first() *calling {
	if l == nil {
		return nil
	}
	for l.next < len(l.list)-1 && l.list[l.next].answered {
		l.next++
	}
	return l.list[l.next]
}

// callings are the calls of a conversation so far.
type callings struct {
	count int
	ids   map[string]bool // in use
	last  map[string]int  // the last message that has an id, from 1
	lists map[calls]*callList
	// waiting counts the calls of a name without a result.
	waiting map[string]int
	lost    []*llm.Part // results since the last call that are of none
}

func (k *callings) add(part *llm.Part, message int) {
	k.count++
	c := &calling{part: part}
	name := string(part.Name)
	k.list(calls{}, c)
	if name != "" {
		k.list(calls{name: name}, c)
		k.waiting[name]++
	}
	if id := string(part.ID); id != "" {
		k.last[id] = message + 1
		k.list(calls{message + 1, id, ""}, c)
		if name != "" {
			k.list(calls{message + 1, id, name}, c)
		}
	}
	if len(part.ID) == 0 || k.ids[string(part.ID)] {
		id := strconv.AppendInt([]byte("call_"), int64(k.count), 10)
		for k.ids[string(id)] {
			id = append(id, '_')
		}
		part.Given, part.ID = part.ID, id
	}
	k.ids[string(part.ID)] = true
}

func (k *callings) list(of calls, c *calling) {
	l := k.lists[of]
	if l == nil {
		l = &callList{}
		k.lists[of] = l
	}
	l.list = append(l.list, c)
}

// of is the call that a result is of; nil if there is none.
func (k *callings) of(result *llm.Part) *calling {
	id, name := string(result.ID), string(result.Name)
	if id == "" {
		return k.lists[calls{name: name}].first()
	}
	c := k.lists[calls{k.last[id], id, name}].first()
	if c == nil || c.answered {
		c = k.lists[calls{k.last[id], id, ""}].first()
	}
	return c
}

func (k *callings) answer(c *calling, result *llm.Part) {
	if !c.answered {
		c.answered = true
		k.waiting[string(c.part.Name)]--
	}
	result.ID, result.Name = c.part.ID, c.part.Name
}

// settle finds the calls of results that have none, by their names.
func (k *callings) settle(p *llm.Prompt) {
	for _, result := range k.lost {
		if name := string(result.Name); name != "" && k.waiting[name] == 1 {
			k.answer(k.lists[calls{name: name}].first(), result)
			continue
		}
		p.Fields.Add(llm.FieldOrphan)
	}
	k.lost = k.lost[:0]
}

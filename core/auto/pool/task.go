package pool

import (
	"time"

	"strowger/core/auto"
	"strowger/core/llm"
)

// Task is what a request asks of a model, read once from its prompt before anything is known
// of the models.
type Task struct {
	// Reading is of the words of the user's newest turn that says enough.
	auto.Reading
	// Difficulty is the quantile that counts, permille: that of the reading, raised or lowered
	// by what the turns before and the tool calls say.
	Difficulty int32
	// Carried is how many of the newest turns only say "go on" or the like.
	Carried int
	Tools   Tools
	// Conversation tells conversations apart: a hash of what the caller names it by (session or
	// cache key), else of the user and the first messages. 0: there is none, as nothing was said.
	Conversation uint64
	// Thread tells apart what goes on within a conversation: where the caller named it, a hash of
	// its first messages too, as agents have helpers and side questions in one session; else of
	// the id of its first tool call, as others may begin with the same words.
	Thread uint64
	// Named: the caller says who speaks, by a session, a cache key or a user. Else those who
	// begin with the same words may be strangers.
	Named bool
	// Question is a hash of all messages, to know the same request again.
	Question uint64
	// Messages is how many there are; Begins: none is of the model, nor is a tool's result.
	Messages int
	Begins   bool
	// Words: there are words of the user behind the model's last message.
	Words bool
	// Unread: the prompt could not be read, so that nothing is known of it.
	Unread bool
	// Moved, for a task that comes from a record and has no features any more, are those that moved
	// the quantile most, the strongest first, and nothing behind them; nil: the reading says it.
	Moved *[MostMoved]auto.Contribution
}

// MostMoved is how many features of a reading are told.
const MostMoved = 8

// Tools is what the tool calls since the user's newest words say.
type Tools struct {
	Calls    int32
	Failed   int32 // results that say that the call went wrong
	Repeated int32 // calls equal to an earlier one
	Reads    int32 // calls that look at something, by their names
	Writes   int32 // calls that change something, by their names
	// Loop: the request answers a tool call, so that the model must stay.
	Loop bool
	// LastFailed: a result that this request brings says that its call went wrong.
	LastFailed bool
}

// Turn is one request that auto mode has chosen a model for, as it is remembered.
type Turn struct {
	Decision string // id
	Model    string
	Question uint64
	Messages int
	At       time.Time
	// Warm are the tokens of the prompt that the model's provider is likely to have in its
	// cache: those of the last request and its answer.
	Warm int64
	// Difficulty of the turn, permille.
	Difficulty int32
	// Answered: the model's answer was complete.
	Answered bool
	// Judged: a verdict on the answer has been given.
	Judged bool
}

// The bounds of reading a prompt: how many turns of the user are read for their difficulty,
// and how many bytes of a turn's beginning, of its end and of all turns together.
const (
	maxTurns  = 4
	turnHead  = 32 << 10
	turnTail  = 32 << 10
	turnsRead = 192 << 10
	turnCosts = 1 << 10 // what reading a turn takes beside its words, in bytes
)

// Read reads a task from a request and its prompt; nil: it could not be decoded. Key is the
// client key's name: no conversation reaches across.
func Read(r *llm.Request, p *llm.Prompt, key string) Task {
	if p == nil {
		t := Task{Unread: true}
		t.name(r, &llm.Prompt{}, key)
		return t
	}
	t := Task{Messages: len(p.Messages), Question: question(p)}
	newest := t.readTurns(p.Messages)
	t.readTools(p.Messages, newest)
	t.name(r, p, key)
	return t
}

// readTurns reads the user's newest turns, as many as it takes, and gives the place behind the
// newest that has words; 0 if none has.
func (t *Task) readTurns(ms []llm.Message) (newest int) {
	var (
		text     auto.Text
		readings [maxTurns]auto.Reading
		n        int
		room     = turnsRead
	)
	for end := len(ms); end > 0 && n < maxTurns; {
		start := turnStart(ms, end)
		if room <= 0 { // of what is said between tool calls only the task itself matters
			end = firstEnd(ms)
			start = 0
		}
		if size := words(ms[start:end]); size > 0 {
			room -= min(size, turnHead+turnTail) + turnCosts
			text.Reset()
			addWords(&text, ms[start:end], size)
			r := &readings[n]
			if text.Read(r); r.Words > 0 {
				if n++; n == 1 {
					newest, t.Words = end, end == len(ms)
				}
				if r.Words > auto.ShortTurn {
					break
				}
			}
		}
		end = start - 1 // over the model's message
	}
	if n == 0 {
		if !shows(ms) { // nothing is asked
			return 0
		}
		t.Difficulty = auto.Carry(nil)
		return 0
	}
	for t.Carried < n-1 && readings[t.Carried].Continues {
		t.Carried++
	}
	t.Reading = readings[t.Carried]
	t.Difficulty = auto.Carry(readings[:n])
	return newest
}

// turnStart is where the turn that ends at end begins: behind a message of the model.
func turnStart(ms []llm.Message, end int) int {
	for end > 0 && ms[end-1].Role != llm.RoleAssistant {
		end--
	}
	return end
}

// firstEnd is where the first turn ends: at the first message of the model.
func firstEnd(ms []llm.Message) int {
	n := 0
	for n < len(ms) && ms[n].Role != llm.RoleAssistant {
		n++
	}
	return n
}

// name makes out the conversation and the thread. Instructions tell conversations apart that have
// no tools; agents put the time and the like into them, anew with every request.
func (t *Task) name(r *llm.Request, p *llm.Prompt, key string) {
	first := p.Messages[:firstEnd(p.Messages)]
	session := []byte(r.Session)
	if len(session) == 0 {
		session = p.CacheKey
	}
	t.Named = len(session) > 0 || r.User != ""
	h := newHash()
	h.text([]byte(key))
	if len(session) > 0 {
		h.text(session)
		t.Conversation = h.sum | 1
		if t.Thread = t.Conversation; t.Unread {
			return
		}
		h.bool(len(p.Tools) > 0)
		h.bool(p.Format.Kind == llm.FormatText)
		h.words(first)
		t.Thread = h.sum | 1
		return
	}
	if words(first) == 0 {
		return
	}
	h.text([]byte(r.User))
	if len(p.Tools) == 0 && !t.Tools.Loop && t.Tools.Calls == 0 {
		h.system(first)
	}
	h.words(first)
	t.Conversation = h.sum | 1
	t.Thread = t.Conversation
	t.Thread = t.Calling(firstCall(p.Messages))
}

// Calling is the thread of what follows on an answer whose first tool call has that id, empty
// for none: the task's own, if it has had a call or is told by a name.
func (t *Task) Calling(id []byte) uint64 {
	if t.Thread != t.Conversation || t.Unread || len(id) == 0 {
		return t.Thread
	}
	h := hash{sum: t.Conversation, room: hashRoom}
	h.text(id)
	return h.sum | 1
}

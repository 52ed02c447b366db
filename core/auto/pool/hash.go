package pool

import "strowger/core/llm"

// The bounds of a hash: how many bytes it takes in all and of one text, of that half from its
// beginning and half from its end. Of what is beyond only the length counts.
const (
	hashRoom = 256 << 10
	hashText = 8 << 10
)

// hashedMessages is how many messages are looked at; of the others only how many there are counts.
const hashedMessages = 256

// hash is FNV-1a over words of 64 bits instead of bytes, which is eight times faster
// (draft-eastlake-fnv), with the high bits brought down, as a multiplication moves none.
type hash struct {
	sum  uint64
	room int
}

func newHash() hash { return hash{sum: 14695981039346656037, room: hashRoom} }

func (h *hash) num(n uint64) {
	h.sum = (h.sum ^ n) * 1099511628211
	h.sum ^= h.sum >> 29
}

func (h *hash) bool(b bool) {
	if b {
		h.num(1)
	} else {
		h.num(2)
	}
}

// text takes a text in, with its length.
func (h *hash) text(b []byte) {
	h.num(uint64(len(b)))
	if most := min(hashText, h.room); len(b) > most {
		h.bytes(b[:most/2])
		b = b[len(b)-most/2:]
	}
	h.bytes(b)
}

func (h *hash) bytes(b []byte) {
	h.room -= len(b)
	for ; len(b) >= 8; b = b[8:] {
		h.num(uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56)
	}
	for _, c := range b {
		h.num(uint64(c))
	}
}

// words takes the user's texts among ms in.
func (h *hash) words(ms []llm.Message) {
	eachText(ms, func(text llm.Escaped) { h.text(text) })
}

// systemHead is how much of the instructions tells conversations apart.
const systemHead = 1 << 10

// system takes the beginning of the instructions in.
func (h *hash) system(ms []llm.Message) {
	for i := range ms {
		for k := range ms[i].Parts {
			if p := &ms[i].Parts[k]; ms[i].Role == llm.RoleSystem && p.Kind == llm.PartText {
				h.bytes(p.Text[:min(len(p.Text), systemHead)])
				return
			}
		}
	}
}

// parts takes in what parts say. Signatures, marks of caches and ids are left out: they come
// and go while what is said stays.
func (h *hash) parts(parts []llm.Part) {
	h.num(uint64(len(parts)))
	for i := range parts {
		p := &parts[i]
		h.num(uint64(p.Kind))
		h.text(p.Text)
		h.text(p.Name)
		h.text(p.JSON)
		h.text(p.Data)
		h.text(p.URL)
		if len(p.Parts) > 0 {
			h.parts(p.Parts)
		}
	}
}

// question is the hash of all messages, the newest first, as room may not last for all.
func question(p *llm.Prompt) uint64 {
	h := newHash()
	h.num(uint64(len(p.Tools)))
	h.num(uint64(p.Format.Kind))
	h.num(uint64(len(p.Messages)))
	for i := len(p.Messages) - 1; i >= max(len(p.Messages)-hashedMessages, 0); i-- {
		h.num(uint64(p.Messages[i].Role))
		h.parts(p.Messages[i].Parts)
	}
	return h.sum
}

package auto

import "slices"

// How much of a text is read: its beginning and its end. What lies between is counted only.
const (
	HeadBytes = 4 << 10
	TailBytes = 4 << 10
)

// Most that is read of one fenced block or one document inside the user's words: a file that
// was pasted says little about the question.
const blockBytes = 1 << 10

// Text takes the words of one user turn. The zero value is ready to use. It holds nothing but
// its own bytes: adding allocates nothing.
type Text struct {
	buf   [HeadBytes + TailBytes]byte
	kept  int      // bytes that were for reading; beyond len(buf) the tail is a ring
	next  int      // where the ring goes on
	bare  bool     // the line so far has other than blanks: no fence can begin on it
	where place    // what kind of block is being read
	block int      // bytes of this block that were kept
	tag   int      // which of tags this block is
	match int      // bytes of the block's end that have been met
	hold  [24]byte // a tag's beginning that is not known yet
	held  int
	scan  scan
}

type place uint8

const (
	outside place = iota
	inFence
	inTag
)

// tags is what agents wrap things in that they put into a user's message: Claude Code, Codex,
// Cline, Cursor and editors. Nothing of it is read. From document on they are what vendors
// advise to give documents in: their beginnings are read.
const (
	tags = "system-reminder\ncommand-name\ncommand-message\nlocal-command-stdout\nlocal-command-caveat\n" +
		"ide_selection\nide_opened_file\nuser-prompt-submit-hook\nenvironment_context\nuser_instructions\ninstructions\n" +
		"permissions\nenvironment_details\nadditional_data\nopen_files\nattached_files\ncurrent_file\nsystem_info\n" +
		"document\ndocuments\nfile_content\nfile_contents"
	firstDocument = 18
	shortestTag   = len("document")
)

// Reset empties the text.
func (t *Text) Reset() {
	t.kept, t.next, t.bare, t.where, t.held, t.match = 0, 0, false, outside, 0, 0
}

// Add takes the next part. Parts that follow one another are one text, wherever they are cut.
func (t *Text) Add(part []byte) {
	for len(part) > 0 {
		n := 0
		if t.where == outside && t.held == 0 {
			for n < len(part) && part[n] != '<' && part[n] != '`' && part[n] != '~' {
				n++
			}
			t.keep(part[:n])
			t.line(part[:n])
		}
		if n < len(part) {
			t.step(part[n])
			n++
		}
		part = part[n:]
	}
}

// line notes whether a fence can begin after s.
func (t *Text) line(s []byte) {
	for i := len(s) - 1; i >= 0; i-- {
		switch s[i] {
		case ' ':
		case '\n':
			t.bare = false
			t.match = 0
			return
		default:
			t.bare = true
			return
		}
	}
}

// step takes one byte that may begin or end a block.
func (t *Text) step(c byte) {
	switch {
	case t.where == inTag:
		if t.tag >= firstDocument {
			t.inside(c)
		}
		t.ends(c, nth(tags, t.tag))
	case t.where == inFence:
		t.inside(c)
		t.fence(c)
	case t.held > 0:
		t.opens(c)
	case c == '<':
		t.hold[0], t.held = c, 1
	default:
		t.keepByte(c)
		t.fence(c)
	}
}

// inside keeps a byte of a block, if it is one of the first.
func (t *Text) inside(c byte) {
	if t.block < blockBytes {
		t.block++
		t.keepByte(c)
	}
}

// fence looks for three ticks at the beginning of a line, which begin a block or end it.
func (t *Text) fence(c byte) {
	switch {
	case c == '\n':
		t.bare, t.match = false, 0
	case (c == '`' || c == '~') && !t.bare:
		if t.match++; t.match == 3 {
			t.bare = true
			if t.where == inFence {
				t.where = outside
			} else {
				t.where, t.block = inFence, 0
			}
		}
	case c != ' ' || t.match > 0:
		t.bare = true
	}
}

// opens takes a byte after "<" that may be of a tag's name.
func (t *Text) opens(c byte) {
	if c == '>' || c == ' ' {
		if t.held > shortestTag {
			if tag := index(tags, t.hold[1:t.held]); tag >= 0 {
				t.where, t.tag, t.block, t.match, t.held = inTag, tag, 0, 0, 0
				return
			}
		}
	} else if t.held < len(t.hold) && (c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-' || c == '_') {
		t.hold[t.held] = c
		t.held++
		return
	}
	t.flush()
	t.step(c)
}

// ends looks for the end of the block that is called name.
func (t *Text) ends(c byte, name string) {
	want := byte('<')
	switch {
	case t.match == 1:
		want = '/'
	case t.match > 1 && t.match < 2+len(name):
		want = name[t.match-2]
		if c|0x20 == want {
			c = want
		}
	case t.match > 1:
		want = '>'
	}
	switch {
	case c == want && c == '>' && t.match > 1:
		t.where, t.match, t.bare = outside, 0, true
	case c == want:
		t.match++
	case c == '<':
		t.match = 1
	default:
		t.match = 0
	}
}

// flush keeps what turned out to be no tag.
func (t *Text) flush() {
	n := t.held
	t.held = 0
	t.bare = true
	t.keep(t.hold[:n])
}

func (t *Text) keepByte(c byte) {
	if t.kept < len(t.buf) {
		t.buf[t.kept] = c
	} else {
		t.buf[HeadBytes+t.next] = c
		t.next = (t.next + 1) % TailBytes
	}
	t.kept++
}

func (t *Text) keep(s []byte) {
	if t.kept < len(t.buf) {
		n := copy(t.buf[t.kept:], s)
		t.kept += n
		s = s[n:]
	}
	t.kept += len(s)
	s = s[max(len(s)-TailBytes, 0):]
	for len(s) > 0 {
		n := copy(t.buf[HeadBytes+t.next:], s)
		t.next = (t.next + n) % TailBytes
		s = s[n:]
	}
}

// Cut reports whether the middle of the text was left out.
func (t *Text) Cut() bool { return t.kept > len(t.buf) }

// read gives what is read, in one piece: between beginning and end of a long text stands a
// line break.
func (t *Text) read() []byte {
	t.flush()
	if !t.Cut() {
		return t.buf[:t.kept]
	}
	tail := t.buf[HeadBytes:]
	slices.Reverse(tail[:t.next])
	slices.Reverse(tail[t.next:])
	slices.Reverse(tail)
	t.next = 0
	tail[0] = '\n'
	return t.buf[:]
}

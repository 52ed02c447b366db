package auto

// ShortTurn is at most how many words a turn has that is judged together with what came before it.
const ShortTurn = 12

// continues reports whether a text says no more than "go on".
func (s *scan) continues() bool {
	return s.n[nWords] <= ShortTurn && s.n[nWords]-s.group[groupGoOn] <= s.n[nWords]/4 && s.n[nNumbers] == 0
}

// Carry gives the difficulty of a conversation as a quantile in per mille: that of its last
// user turn, but for short turns, whose difficulty lies in what they refer to. turns are the
// readings of the user's turns, the newest first; none give 500.
//
// The rule: a turn that only continues ("yes", "go on", "ok do it") has the difficulty of the
// turns before it; one of at most twelve words lies half-way between its own and theirs if
// theirs is higher; a longer one stands for itself.
func Carry(turns []Reading) int32 {
	// From the oldest that matters to the newest, so that no call nests.
	last := 0
	for last < len(turns)-1 && turns[last].Words <= ShortTurn {
		last++
	}
	carried := int32(500)
	for i := last; i >= 0 && len(turns) > 0; i-- {
		own := turns[i].Quantile
		switch {
		case i == last:
			carried = own
		case turns[i].Continues:
		default:
			carried = max(own, (own+carried)/2)
		}
	}
	return carried
}

// Tools counts what the conversation's tool calls have come to since the last user turn or
// in all; the caller decides how far back it looks.
type Tools struct {
	Calls    int32 // tool calls
	Errors   int32 // results that say they are errors
	Repeated int32 // calls equal to an earlier one, arguments included
	Reads    int32 // calls of tools that look at something: see ToolKind
	Writes   int32 // calls of tools that change something
}

// Adjustment is one reason to take a conversation for harder or easier than its words say.
type Adjustment struct {
	Name   string
	Points int32 // per mille of the quantile
}

// Adjust appends what the history of tool calls says. The points are set by judgement, not
// fitted: there are no outcomes to fit them to yet.
func (t Tools) Adjust(dst []Adjustment) []Adjustment {
	all := [...]Adjustment{
		{"tool errors", 40 * min(t.Errors, 4)},
		{"repeated tool calls", 50 * min(t.Repeated, 3)},
		{"many tool calls", 40 * min(t.Calls/12, 1)},
		{"tools that write", 30 * min(t.Writes, 1)},
		{"tools that only read", 0},
	}
	if t.Reads > 0 && t.Reads == t.Calls {
		all[4].Points = -40
	}
	for _, a := range all {
		if a.Points != 0 {
			dst = append(dst, a)
		}
	}
	return dst
}

// ToolUse is whether a tool looks at things or changes them.
type ToolUse uint8

// The uses of tools.
const (
	UnknownUse ToolUse = iota
	ReadingUse
	WritingUse
)

// Verbs that name tools.
const (
	readingVerbs = "read\nget\nlist\nsearch\nfind\nview\ngrep\nglob\nfetch\nshow\nquery\nls"
	writingVerbs = "write\nedit\ncreate\nupdate\ndelete\napply\npatch\nreplace\ninsert\nrun\nexecute\nexec\nbash\nshell\nsend\nremove\nmove\nset"
)

// UseOf judges a tool by the words of its name: read_file, listDirectory, Bash. The first verb
// decides.
func UseOf(name string) ToolUse {
	for at := 0; at < len(name); {
		end := at + 1
		if c := name[at] | 0x20; c < 'a' || c > 'z' {
			at = end
			continue
		}
		for end < len(name) && name[end] >= 'a' && name[end] <= 'z' {
			end++
		}
		switch word := []byte(name[at:end]); {
		case index(readingVerbs, word) >= 0:
			return ReadingUse
		case index(writingVerbs, word) >= 0:
			return WritingUse
		}
		at = end
	}
	return UnknownUse
}

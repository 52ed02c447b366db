package codec_test

import (
	"bytes"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"strowger/core/llm"
)

// heard plays a stream that comes in pieces, and gives its events, what is written, and how
// many events were known by the one before.
func heard(from, to llm.Schema, pieces ...[]byte) (seen []string, known int) {
	req := &llm.Request{Schema: to, Operation: llm.OperationChat, Stream: true, WantUsage: true, WantCost: true}
	reader, writer := codecs[from].NewReader(req, true), codecs[to].NewWriter(req)
	take := func(e *llm.Event) {
		c := *e
		c.Again, c.Err, c.Raw = false, nil, nil
		if e.Again {
			known++
		}
		named := slices.Clone(e.Deltas) // as an exchange does
		for i := range named {
			if d := &named[i]; d.Kind == llm.DeltaCall && len(d.ID) == 0 {
				d.ID = llm.Escaped("call_1")
			}
		}
		e.Deltas = named
		seen = append(seen, fmt.Sprintf("%q %+v %v", e.Raw, c, e.Err), string(writer.Append(nil, e, told)))
	}
	var err error
	for _, p := range pieces {
		if err = reader.Read(bytes.Clone(p), take); err != nil {
			break
		}
	}
	if err == nil {
		err = reader.Close(take)
	}
	return append(seen, fmt.Sprint(err)), known
}

// tryAgain holds a stream of frames that come as they are against the same in single bytes,
// where no frame is known by the one before, and against all in one piece.
func tryAgain(t testing.TB, from llm.Schema, frames [][]byte) (known int) {
	t.Helper()
	all := bytes.Join(frames, nil)
	for _, to := range schemas {
		want, n := heard(from, to, bytes.SplitAfter(all, nil)...)
		if n > 0 {
			t.Fatalf("%v to %v: a frame in pieces is known by the one before", from, to)
		}
		for name, pieces := range map[string][][]byte{"frames": frames, "one piece": {all}, "halves": {all[:len(all)/2], all[len(all)/2:]}} {
			got, n := heard(from, to, pieces...)
			known += n
			for i := range max(len(got), len(want)) {
				if i >= len(got) || i >= len(want) || got[i] != want[i] {
					t.Fatalf("%v to %v in %s: %q\n%d is %s\nwant %s", from, to, name, all, i, at(got, i), at(want, i))
				}
			}
		}
	}
	return known
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "nothing"
}

// streams are frames that are alike, of all schemas, with what some makers add to them, and
// such as are alike and do not mean the same.
var streams = []struct {
	from          llm.Schema
	begin, events string // between events stands a line of its own
	known         bool
}{
	{llm.SchemaOpenAI, texts[llm.SchemaOpenAI].begin, texts[llm.SchemaOpenAI].event, true},
	{llm.SchemaOpenAI, "", chunkOf + `{"content":"a"},"finish_reason":null}],"usage":null,"obfuscation":"Xa1"}` + "\n\n", true},
	{llm.SchemaOpenAI, "", chunkOf + `{"content":null,"reasoning_content":"a"}` + chunkEnds, true},
	{llm.SchemaOpenAI, "", chunkOf + `{"reasoning":"a","reasoning_content":"a"}` + chunkEnds, false},
	{llm.SchemaOpenAI, "", chunkOf + `{"content":"a","content":"a"}` + chunkEnds, false},
	{llm.SchemaOpenAI, "", chunkOf + `{"content":"a","refusal":"a"}` + chunkEnds, false},
	{llm.SchemaOpenAI, "", `data: {"choices":[{"index":0,"delta":{"content":"a"}}],"model":"x","id":"c"}` + "\r\n\r\n", true},
	{llm.SchemaOpenAI, "", `data: {"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"b"}}]}` + "\n\n", false},
	{llm.SchemaOpenAI, "", "data: {\"choices\":[{\"index\":0,\ndata: \"delta\":{\"content\":\"a\"}}]}\n\n", false},
	{llm.SchemaAnthropic, texts[llm.SchemaAnthropic].begin, texts[llm.SchemaAnthropic].event, true},
	{llm.SchemaAnthropic, startOf, strings.Replace(texts[llm.SchemaAnthropic].event, `"}}`, `"}   }`, 1), true},
	{llm.SchemaAnthropic, startOf, "event: content_block_delta\n" + `data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"a"}}` + "\n\n", true},
	{llm.SchemaAnthropic, startOf, "event: content_block_start\n" + `data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}}` + "\n\n", false},
	{llm.SchemaResponses, texts[llm.SchemaResponses].begin, texts[llm.SchemaResponses].event, true},
	{llm.SchemaResponses, texts[llm.SchemaResponses].begin, strings.Replace(texts[llm.SchemaResponses].event, `[]}`, `[],"obfuscation":"Xa1"}`, 1), true},
	{llm.SchemaResponses, createdOf, `data: {"type":"response.output_text.done","sequence_number":3,"output_index":0,"content_index":0,"text":"a"}` + "\n\n", false},
	{llm.SchemaResponses, createdOf, `data: {"type":"response.reasoning_summary_text.delta","sequence_number":3,"output_index":0,"summary_index":0,"delta":"a"}` + "\n\n", true},
	{llm.SchemaGemini, texts[llm.SchemaGemini].begin, texts[llm.SchemaGemini].event, true},
	{llm.SchemaGemini, "", candidate + `{"text":"a","thought":true}` + candidated, true},
	{llm.SchemaGemini, "", candidate + `{"text":"a"}]},"index":0}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":1}}` + "\r\n\r\n", false},
}

// Frames that are alike are known by the one before where they mean the same, and tell what
// they would tell alone.
func TestAgain(t *testing.T) {
	for _, s := range streams {
		frames := [][]byte{[]byte(s.begin)}
		for range 4 {
			frames = append(frames, []byte(s.events))
		}
		if known := tryAgain(t, s.from, frames); known > 0 != s.known {
			t.Errorf("%v %q: %d events were known by the one before", s.from, s.events, known)
		}
	}
}

// vary changes what stands in a frame: words, numbers and spaces, or any byte.
func vary(random *rand.Rand, frame string) string {
	words := []string{"a", " word", "größer", "\\n", "\\u00e9", "\"", "\xff", "é\xcc", "", "a\nb", "\ufffd", "}", "  "}
	for range random.Intn(3) {
		switch i := random.Intn(len(frame)); random.Intn(6) {
		case 0:
			frame = strings.Replace(frame, `"a"`, `"`+words[random.Intn(len(words))]+`"`, 1+random.Intn(2))
		case 1:
			frame = strings.Replace(frame, ` word"`, words[random.Intn(len(words))]+`"`, 1)
		case 2:
			frame = strings.Replace(frame, `_number":3`, fmt.Sprintf(`_number":%0*d`, random.Intn(3), random.Intn(20)), 1)
		case 3:
			frame = strings.Replace(frame, `Xa1`, words[random.Intn(len(words))], 1)
		case 4:
			frame = frame[:i] + words[random.Intn(len(words))] + frame[i:]
		case 5:
			frame = strings.Replace(frame, `"}}`, `"}`+strings.Repeat(" ", random.Intn(4))+`}`, 1)
		}
	}
	return frame
}

// Whatever follows a frame, it tells what it would tell alone.
func TestAgainVaried(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	known := 0
	for range 1500 {
		s := streams[random.Intn(len(streams))]
		frames := [][]byte{[]byte(s.begin)}
		for range 2 + random.Intn(5) {
			frames = append(frames, []byte(vary(random, s.events)))
		}
		known += tryAgain(t, s.from, frames)
	}
	if known < 1000 {
		t.Errorf("only %d events were known by the one before", known)
	}
}

// FuzzAgain fuzzes what follows a frame of text.
func FuzzAgain(f *testing.F) {
	for i, s := range streams {
		f.Add(uint8(i), []byte(s.events), []byte(vary(rand.New(rand.NewSource(int64(i))), s.events)))
	}
	f.Fuzz(func(t *testing.T, which uint8, second, third []byte) {
		s := streams[int(which)%len(streams)]
		tryAgain(t, s.from, [][]byte{[]byte(s.begin), []byte(s.events), second, third})
	})
}

package scan

import (
	"fmt"
	"strings"
	"testing"
)

// small is a short chat request of about 300 bytes.
const small = `{"model":"openai/gpt-4o-mini","messages":[{"role":"system","content":"You are a helpful assistant."},` +
	`{"role":"user","content":"Say hello to the whole world, in three languages of your choice."}],` +
	`"temperature":0.2,"top_p":1,"max_tokens":256,"stream":true,"stream_options":{"include_usage":true},"user":"u-1"}`

// large returns a chat request of about n bytes, nearly all of it one message that repeats text.
func large(n int, text string) []byte {
	return []byte(`{"model":"openai/gpt-4o","stream":true,"messages":[{"role":"user","content":"` +
		strings.Repeat(text, n/len(text)) + `"}],"temperature":0.2}`)
}

const (
	plainText   = "The quick brown fox jumps over the lazy dog, and then it does so once more. "
	codeText    = "func main() {\\n\\tfmt.Println(\\\"hello\\\")\\n}\\n"
	germanText  = "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. "
	chineseText = "敏捷的棕色狐狸跳过了那只懒惰的狗，然后又跳了一次。"
	denseText   = `"},{"role":"tool","n":[1,2.5,-3e2,true,null],"content":"ok`
)

func cases() []struct {
	name string
	doc  []byte
} {
	return []struct {
		name string
		doc  []byte
	}{
		{"300B", []byte(small)},
		{"20KB", large(20<<10, plainText)},
		{"20KB-code", large(20<<10, codeText)},
		{"20KB-german", large(20<<10, germanText)},
		{"20KB-chinese", large(20<<10, chineseText)},
		{"20KB-dense", large(20<<10, denseText)},
	}
}

// BenchmarkObject walks the members of a request.
func BenchmarkObject(b *testing.B) {
	for _, c := range cases() {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(c.doc)))
			for b.Loop() {
				m := Object(c.doc)
				seen := 0
				for m.Next() {
					if m.KeyIs("model") || m.KeyIs("stream") {
						seen++
					}
				}
				if m.Err() != nil || seen != 2 {
					b.Fatal(m.Err(), seen)
				}
			}
		})
	}
}

// BenchmarkSplice walks a request, replaces the model, removes one member and adds one.
func BenchmarkSplice(b *testing.B) {
	for _, c := range cases()[:2] {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(c.doc)))
			var ed Editor
			var out []byte
			var err error
			model, added := []byte(`"gpt-4o"`), []byte(`"seed":1`)
			for b.Loop() {
				if out, err = splice(&ed, out[:0], c.doc, model, added); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// splice is outside of the loop above because go1.26.8 cannot compile its switch inside of b.Loop.
func splice(ed *Editor, dst, doc, model, added []byte) ([]byte, error) {
	ed.Reset(doc)
	m := Object(doc)
	for m.Next() {
		switch {
		case m.KeyIs("model"):
			ed.Set(m.Value(), model)
		case m.KeyIs("temperature"):
			ed.Remove(m.Span())
		}
	}
	ed.Insert(added)
	return ed.Append(dst), m.Err()
}

// BenchmarkKeys walks objects of many members.
func BenchmarkKeys(b *testing.B) {
	for _, n := range []int{fewKeys, fewKeys + 1, MaxKeys} {
		doc := []byte(`{"k":0`)
		for i := 1; i < n; i++ {
			doc = fmt.Appendf(doc, `,"logit_bias_%d":1`, i)
		}
		doc = append(doc, '}')
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := Valid(doc); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkUnquote(b *testing.B) {
	raw := []byte(`"` + strings.Repeat(codeText, 20) + `"`)
	b.ReportAllocs()
	b.SetBytes(int64(len(raw)))
	out := make([]byte, 0, len(raw))
	for b.Loop() {
		if got, ok := Unquote(out, raw); !ok || len(got) == 0 {
			b.Fatal("refused")
		}
	}
}

func BenchmarkAppendQuote(b *testing.B) {
	text := strings.Repeat(plainText+"\n", 10)
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	out := make([]byte, 0, 2*len(text))
	for b.Loop() {
		if got := AppendQuote(out, text); len(got) < len(text) {
			b.Fatal("too short")
		}
	}
}

func BenchmarkInt(b *testing.B) {
	raw := []byte("128000")
	b.ReportAllocs()
	for b.Loop() {
		n, ok := Int(raw)
		if !ok || n != 128000 {
			b.Fatal("refused")
		}
	}
}

func BenchmarkFloat(b *testing.B) {
	raw := []byte("0.25")
	b.ReportAllocs()
	for b.Loop() {
		f, ok := Float(raw)
		if !ok || f != 0.25 {
			b.Fatal("refused")
		}
	}
}

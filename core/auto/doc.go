// Package auto reads what a user wrote and says, in integers, how hard it is likely to be to
// answer well, what it asks for and in which language. It chooses nothing by itself.
//
// The score is a sum of integers over features that are counted in one pass: the same text
// has the same score, to the bit, natively and in the wasm module. Its weights are fitted by
// bench/auto and embedded; docs/auto.md says how, with figures.
//
//	var t auto.Text            // 9 KiB; reuse it
//	t.Reset()
//	t.Add(part)                // the user's own words, in as many parts as they come in
//	var r auto.Reading
//	t.Read(&r)
//
// Only the user's words may be added: no system prompt, no tool schema, no tool result. What
// agents put into a user's message themselves (reminders, the state of an editor, whole
// files) is left out or cut short by Text.
package auto

package auto

import "testing"

func TestCarry(t *testing.T) {
	turn := func(quantile, words int32, continues bool) Reading {
		return Reading{Quantile: quantile, Words: words, Continues: continues}
	}
	hard, long := turn(900, 60, false), turn(300, 40, false)
	goOn, short := turn(100, 2, true), turn(200, 8, false)
	for _, c := range []struct {
		name  string
		turns []Reading // the newest first
		want  int32
	}{
		{"none", nil, 500},
		{"one", []Reading{hard}, 900},
		{"go on", []Reading{goOn, hard}, 900},
		{"go on twice", []Reading{goOn, goOn, hard}, 900},
		{"a short one", []Reading{short, hard}, 550},
		{"a short one, then go on", []Reading{goOn, short, hard}, 550},
		{"a short one that is harder", []Reading{turn(800, 8, false), long}, 800},
		{"a long one stands for itself", []Reading{long, hard}, 300},
		{"what was before a long one", []Reading{goOn, long, hard}, 300},
		{"only go on", []Reading{goOn, goOn}, 100},
	} {
		if got := Carry(c.turns); got != c.want {
			t.Errorf("%s: %d, not %d", c.name, got, c.want)
		}
	}
}

func TestContinues(t *testing.T) {
	for text, want := range map[string]bool{
		"yes": true, "go on": true, "ok do it": true, "Yes, please continue.": true, "weiter": true, "да, продолжай": true, "继续": true, "はい": true, "sí, continúa": true,
		"What is the capital of France?": false, "yes, but use a heap instead of a list": false, "Prove it.": false, "12": false, "ok, now delete the production database table": false,
	} {
		if r := reading(text); r.Continues != want {
			t.Errorf("%q continues: %v", text, r.Continues)
		}
	}
}

func TestTools(t *testing.T) {
	for _, c := range []struct {
		tools Tools
		want  []Adjustment
	}{
		{Tools{}, nil},
		{Tools{Calls: 3, Reads: 3}, []Adjustment{{"tools that only read", -40}}},
		{Tools{Calls: 3, Reads: 2}, nil},
		{Tools{Calls: 2, Writes: 2}, []Adjustment{{"tools that write", 30}}},
		{Tools{Calls: 9, Errors: 9, Repeated: 9, Reads: 8, Writes: 1}, []Adjustment{{"tool errors", 160}, {"repeated tool calls", 150}, {"tools that write", 30}}},
		{Tools{Calls: 40}, []Adjustment{{"many tool calls", 40}}},
	} {
		got := c.tools.Adjust(nil)
		if len(got) != len(c.want) {
			t.Errorf("%+v: %v, not %v", c.tools, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%+v: %v, not %v", c.tools, got, c.want)
			}
		}
	}
}

func TestUseOf(t *testing.T) {
	for name, want := range map[string]ToolUse{
		"read_file": ReadingUse, "Read": ReadingUse, "listDirectory": ReadingUse, "mcp__github__get_issue": ReadingUse, "Grep": ReadingUse,
		"write_file": WritingUse, "MultiEdit": WritingUse, "Bash": WritingUse, "apply_patch": WritingUse, "str_replace_based_edit_tool": WritingUse,
		"weather": UnknownUse, "": UnknownUse, "reader": UnknownUse,
	} {
		if got := UseOf(name); got != want {
			t.Errorf("%s: %d, not %d", name, got, want)
		}
	}
}

package filter

import (
	"strings"
	"testing"

	"strowger/core/catalog"
)

// A provider that repeats the key it was sent makes it known to nobody, whatever it answers with.
func TestProvidersThatRepeatTheKey(t *testing.T) {
	const failed = `{"error":{"message":"bad key: KEY"}}`
	for name, c := range map[string]struct{ status, text string }{
		"refused":       {"400", failed},
		"in a text":     {"403", "bad key: KEY"},
		"well":          {"200", failed},
		"a text, well":  {"200", "bad key: KEY"},
		"in its choice": {"200", strings.Replace(chatAnswer, `"finish_reason":"stop"`, `"finish_reason":"error","error":{"message":"bad key: KEY"}`, 1)},
	} {
		for how, written := range map[string]string{"plain": theSecret, "escaped": strings.ReplaceAll(theSecret, "-", `\u002d`)} {
			m := newMemory()
			p := started(t, m, documentOf(catalogOf(t, nil), ""))
			ask(p, m, 2, strings.Replace(chatRequest, `"order":["p1","p2"]`, `"only":["p1"]`, 1))
			answers(p, m, 2, c.status, strings.ReplaceAll(c.text, "KEY", written))
			told := m.answer + string(m.buffers[ResponseBody]) + m.log.String()
			for _, value := range m.store {
				told += string(value)
			}
			if strings.Contains(strings.ReplaceAll(told, `\u002d`, "-"), theSecret) || !strings.Contains(told, "…") {
				t.Errorf("%s, %s: %s", name, how, told)
			}
		}
	}
}

// Where no key is needed, one that is known tells callers apart, and one that was mistyped is
// refused, whether any are known or not.
func TestMistypedKeys(t *testing.T) {
	const digest = "6ca13d52ca70c883e0f0bb101e425a89e8624de51db2d2392593af6a84118090" // abc123
	const known = `,"keys":[{"name":"laptop","sha256":"` + digest + `"}]`
	for keys, cases := range map[string]map[string]bool{
		"":    {"of-the-caller": true, "sk-strowger-mistyped": false},
		known: {"of-the-caller": true, "abc123": true, "sk-strowger-mistyped": false},
	} {
		for key, in := range cases {
			m := newMemory()
			cat := catalogOf(t, func(c *catalog.Config) { c.Keys = []catalog.Key{{Name: "laptop", SHA256: digest}} })
			p := started(t, m, documentOf(cat, keys))
			m.fields[RequestHeaders] = []Field{{":method", "POST"}, {":path", "/v1/chat/completions"}, {":authority", "here"}, {"authorization", "Bearer " + key}}
			p.Create(2, 1)
			if p.RequestHeaders(2, false); (m.status == 0) != in || !in && m.status != 401 {
				t.Errorf("keys %q: %s is answered %d %s", keys, key, m.status, m.answer)
			}
		}
	}
}

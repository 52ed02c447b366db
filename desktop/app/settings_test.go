package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"strowger/bench/provider"
	"strowger/desktop/app"
	"strowger/desktop/journaltest"
)

// Secrets stand wherever they can, and are in nothing that could be sent to somebody.
func TestSecretsAreShownNowhere(t *testing.T) {
	hidden := map[string]string{
		"literal": "sk-hidden-literal-abcdefghijklmnop", "env": "sk-hidden-env-abcdefghijklmnopq", "header": "hidden-header-abcdefghijklmnop",
		"bearer": "hidden-bearer-abcdefghijklmnop", "url": "hidden-url-abcdefghijklmnop", "prompt": "hidden-prompt-abcdefghijklmnop", "answer": "hidden-answer-abcdefghijklmnop",
	}
	t.Setenv("HIDDEN_ENV", hidden["env"])
	t.Setenv("HIDDEN_BEARER", hidden["bearer"])
	t.Setenv("HIDDEN_URL", hidden["url"])
	f, _ := newFile(t, "p1")
	f.base = strings.Replace(f.base, "models:\n", fmt.Sprintf(`  lit: {schema: openai, base_url: "http://127.0.0.1:9/%s/v1", api_key: %s, headers: {x-key: "%s", authorization: "Bearer ${HIDDEN_BEARER}"}}
  env: {schema: openai, base_url: "http://127.0.0.1:9/${HIDDEN_URL}/v1", api_key: "env:HIDDEN_ENV"}
models:
  other/model: {endpoints: [{provider: lit}, {provider: env}]}
`, hidden["url"], hidden["literal"], hidden["header"]), 1)
	f.write("")
	a := startFile(t, f, &journaltest.Journal{})
	for _, model := range []string{model, "other/model"} {
		post(t, a.URL(), fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":"%s sim: text=%s"}]}`, model, hidden["prompt"], hidden["answer"]))
	}
	var list rows
	await(t, "the decisions", func() bool { get(t, a.URL()+"/_/api/decisions", &list); return len(list.Rows) == 2 })
	await(t, "them to be written", func() bool {
		var s status
		get(t, a.URL()+"/_/api/status", &s)
		return s.Store.Written >= 2
	})
	var doc struct{ Outline json.RawMessage }
	get(t, a.URL()+"/_/api/config", &doc)
	var checked json.RawMessage
	submit(t, a, "POST", "/_/api/config/check", fields{"text": f.base + "routing: {strategi: " + hidden["literal"] + "}\nadmin: {token: " + hidden["bearer"] + ", listen: " + hidden["header"] + "}\n"}, &checked)
	for name, text := range map[string]string{
		"settings": get(t, a.URL()+"/_/api/settings", nil), "diagnostics": get(t, a.URL()+"/_/api/diagnostics", nil), "outline": string(doc.Outline), "check": string(checked),
		"csv": get(t, a.URL()+"/_/api/decisions/export?format=csv", nil), "ndjson": get(t, a.URL()+"/_/api/decisions/export?format=ndjson", nil),
		"test": get(t, a.URL()+"/_/api/decisions/"+list.Rows[0].ID+"/test", nil), "tools": get(t, a.URL()+"/_/api/tools", nil),
	} {
		if len(text) < 20 {
			t.Errorf("%s says nothing: %q", name, text)
		}
		for kind, secret := range hidden {
			if strings.Contains(text, secret) {
				t.Errorf("%s holds the secret %s: %s", name, kind, text)
			}
		}
	}
	var bundle struct {
		Providers []struct{ Origin, Key string }
		Problems  []struct{ Endpoint, Outcome string } `json:"last_problems"`
	}
	if get(t, a.URL()+"/_/api/diagnostics", &bundle); len(bundle.Providers) != 3 || bundle.Providers[1].Origin != "http://127.0.0.1:9" || len(bundle.Problems) == 0 {
		t.Errorf("%+v", bundle)
	}
}

func TestSettings(t *testing.T) {
	f, _ := newFile(t, "p1")
	t.Setenv("SET_KEY", "sk-set-0123456789wxyz")
	f.write("record: {retention: 7d}\nkeys: [{name: laptop, sha256: 6ca13d52ca70c883e0f0bb101e425a89e8624de51db2d2392593af6a84118090, rate_limit: {requests: 60, per: minute}}]\n")
	f.base = strings.Replace(f.base, "models:", "  env: {schema: openai, base_url: \"http://127.0.0.1:9/v1\", api_key: \"env:SET_KEY\"}\n  gone: {schema: openai, base_url: \"http://127.0.0.1:9/v1\", api_key: \"env:SET_GONE\"}\nmodels:", 1)
	f.write("record: {retention: 7d}\nkeys: [{name: laptop, sha256: 6ca13d52ca70c883e0f0bb101e425a89e8624de51db2d2392593af6a84118090, rate_limit: {requests: 60, per: minute}}]\n")
	a := startFile(t, f, &journaltest.Journal{})
	var s struct {
		Listen, Retention string
		Path              string `json:"config_path"`
		Secrets           []struct{ Provider, State, Last4 string }
		Keys              []struct {
			Name string
			Rate struct {
				Requests int
				Per      string
			} `json:"rate_limit"`
		}
		Versions struct{ SQLite, Go string }
	}
	get(t, a.URL()+"/_/api/settings", &s)
	if s.Listen != a.Addr() || s.Path != f.path || s.Retention != "7d" || s.Versions.SQLite == "" || s.Versions.Go == "" || len(s.Keys) != 1 || s.Keys[0].Rate.Per != "minute" {
		t.Errorf("%+v", s)
	}
	if got := fmt.Sprint(s.Secrets); got != "[{p1 none } {env ok wxyz} {gone missing }]" {
		t.Error(got)
	}
}

func TestPurge(t *testing.T) {
	c, _ := simulate(t, provider.Options{})
	a := start(t, c, t.TempDir(), nil)
	for range 3 {
		post(t, a.URL(), body(false, "hello"))
	}
	await(t, "them to be written", func() bool {
		var s status
		get(t, a.URL()+"/_/api/status", &s)
		return s.Store.Written >= 3
	})
	before := time.Now().Add(time.Second).UTC().Format(time.RFC3339Nano)
	var preview struct {
		Decisions, Bytes int64
		Oldest           *time.Time
	}
	if get(t, a.URL()+"/_/api/purge?before="+before, &preview); preview.Decisions != 3 || preview.Bytes == 0 || preview.Oldest == nil {
		t.Errorf("%+v", preview)
	}
	if get(t, a.URL()+"/_/api/purge?before=1000000", &preview); preview.Decisions != 0 {
		t.Errorf("%+v", preview)
	}
	var started struct{ Job string }
	if status := submit(t, a, "POST", "/_/api/purge", fields{"before": before}, &started); status != 202 {
		t.Fatal(status)
	}
	var job struct {
		State, Error string
		Result       struct{ Decisions int64 }
	}
	await(t, "the purge", func() bool { get(t, a.URL()+"/_/api/jobs/"+started.Job, &job); return job.State != "running" })
	if job.State != "done" || job.Result.Decisions != 3 {
		t.Errorf("%+v", job)
	}
	var left rows
	if get(t, a.URL()+"/_/api/decisions", &left); len(left.Rows) != 0 {
		t.Errorf("purged, and still shown: %+v", left)
	}
	if status := submit(t, a, "POST", "/_/api/purge", fields{"before": "yesterday"}, nil); status != 400 {
		t.Error(status)
	}
}

// sight is what tools answers of one.
type sight struct {
	ID    string
	Steps []struct{ Copy string }
	Seen  *struct {
		At                 time.Time
		ID, Outcome, Model string
	}
}

func sights(t *testing.T, a *app.App) map[string]sight {
	t.Helper()
	var list struct{ Tools []sight }
	get(t, a.URL()+"/_/api/tools", &list)
	out := map[string]sight{}
	for _, s := range list.Tools {
		out[s.ID] = s
	}
	return out
}

func TestTools(t *testing.T) {
	c, _ := simulate(t, provider.Options{})
	a := start(t, c, t.TempDir(), nil)
	for id, s := range sights(t, a) {
		if s.Seen != nil || len(s.Steps) == 0 {
			t.Errorf("%s: %+v", id, s)
		}
		for _, st := range s.Steps {
			if strings.Contains(st.Copy, "{URL}") || strings.Contains(st.Copy, "{MODEL}") {
				t.Errorf("%s: %q", id, st.Copy)
			}
		}
	}
	for agent, want := range map[string]string{
		"claude-cli/2.1.330 (external, cli)": "claude-code", "codex_exec/0.169.0 (Linux; x86_64)": "codex", "GeminiCLI/0.61.0/gemini-3-pro (linux; x64) google-genai-sdk/1.2": "gemini-cli",
		"opencode/1.18.33 ai-sdk/openai-compatible/2.0": "opencode", "AsyncOpenAI/Python 2.1.0": "openai-python", "OpenAI/JS 6.1.0": "openai-node", "Anthropic/Go 1.84.0": "anthropic-sdk",
		"google-genai-sdk/1.77.0 gl-go/1.26": "google-genai", "curl/8.5.0": "curl", "SomeEditor/1.0": "cursor-like",
	} {
		status, text, _ := call(t, http.MethodPost, a.URL()+"/v1/chat/completions", body(false, "hello"), "user-agent", agent, "content-type", "application/json")
		if status != 200 {
			t.Fatal(status, text)
		}
		await(t, agent, func() bool {
			s := sights(t, a)[want].Seen
			return s != nil && s.ID != "" && s.Outcome == "ok" && s.Model == model
		})
	}
	if n := len(sights(t, a)); n != 10 {
		t.Errorf("%d tools", n)
	}
}

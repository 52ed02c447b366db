package tools

// tool is a program and how it is led through strowger.
type tool struct {
	id, name, about string
	// agents are what its requests call themselves, some part of it; nil: whatever none of the
	// others does.
	agents []string
	steps  []step
}

// step is one thing to do; Copy is what goes into File, or into a shell if there is none. In
// it {URL}, {MODEL} and {KEY} are filled in.
type step struct {
	Title string `json:"title"`
	Text  string `json:"text"`
	Copy  string `json:"copy"`
	File  string `json:"file"`
}

// table is in the order in which programs are recognised: those that are built on an SDK stand
// before it.
var table = [...]tool{
	{"claude-code", "Claude Code", "Anthropic's coding agent. It speaks Anthropic's schema, and serves itself from any model that strowger knows.",
		[]string{"claude-cli/", "claude-code/"}, []step{
			{"Say where strowger is", "In the shell that claude is started from.", "export ANTHROPIC_BASE_URL={URL}\nexport ANTHROPIC_API_KEY={KEY}\n", ""},
			{"Or for good", "The same in Claude Code's own settings.", "{\n  \"env\": {\n    \"ANTHROPIC_BASE_URL\": \"{URL}\",\n    \"ANTHROPIC_API_KEY\": \"{KEY}\"\n  }\n}\n", "~/.claude/settings.json"},
			{"Ask something", "The model is any of strowger's; without it Claude Code asks for one of Anthropic's.", "claude -p \"Say hello\" --model {MODEL}\n", ""},
		}},
	{"codex", "Codex", "OpenAI's coding agent. It speaks the responses API.",
		[]string{"codex_", "codex-", "Codex"}, []step{
			{"Name strowger as a provider", "Codex reads this file when it starts.", "model = \"{MODEL}\"\nmodel_provider = \"strowger\"\n\n[model_providers.strowger]\nname = \"strowger\"\nbase_url = \"{URL}/v1\"\nenv_key = \"STROWGER_KEY\"\nwire_api = \"responses\"\n", "~/.codex/config.toml"},
			{"Ask something", "The variable is the one that env_key names.", "STROWGER_KEY={KEY} codex exec \"Say hello\"\n", ""},
		}},
	{"gemini-cli", "Gemini CLI", "Google's coding agent. It speaks Gemini's schema.",
		[]string{"GeminiCLI"}, []step{
			{"Say where strowger is", "In the shell that gemini is started from; it has to use an API key, not a login.", "export GOOGLE_GEMINI_BASE_URL={URL}\nexport GEMINI_API_KEY={KEY}\n", ""},
			{"Ask something", "The model is any of strowger's.", "gemini -m {MODEL} -p \"Say hello\"\n", ""},
		}},
	{"opencode", "opencode", "A coding agent for any provider. It speaks chat completions here.",
		[]string{"opencode/"}, []step{
			{"Name strowger as a provider", "In the folder of a project, or in ~/.config/opencode for all of them.", "{\n  \"model\": \"strowger/{MODEL}\",\n  \"provider\": {\n    \"strowger\": {\n      \"npm\": \"@ai-sdk/openai-compatible\",\n      \"name\": \"strowger\",\n      \"options\": {\"baseURL\": \"{URL}/v1\", \"apiKey\": \"{KEY}\"},\n      \"models\": {\"{MODEL}\": {\"tool_call\": true}}\n    }\n  }\n}\n", "opencode.json"},
			{"Ask something", "", "opencode run \"Say hello\"\n", ""},
		}},
	{"openai-python", "OpenAI's SDK for Python", "Every program that is built on it works alike: LangChain, LlamaIndex, scripts of your own.",
		[]string{"OpenAI/Python"}, []step{
			{"Say where strowger is", "The SDK reads these variables by itself.", "export OPENAI_BASE_URL={URL}/v1\nexport OPENAI_API_KEY={KEY}\n", ""},
			{"Ask something", "", "from openai import OpenAI\n\nclient = OpenAI(base_url=\"{URL}/v1\", api_key=\"{KEY}\")\nanswer = client.chat.completions.create(model=\"{MODEL}\", messages=[{\"role\": \"user\", \"content\": \"Say hello\"}])\nprint(answer.choices[0].message.content)\n", "hello.py"},
		}},
	{"openai-node", "OpenAI's SDK for JavaScript", "In Node, Deno and Bun.",
		[]string{"OpenAI/JS"}, []step{
			{"Say where strowger is", "The SDK reads these variables by itself.", "export OPENAI_BASE_URL={URL}/v1\nexport OPENAI_API_KEY={KEY}\n", ""},
			{"Ask something", "", "import OpenAI from 'openai'\n\nconst client = new OpenAI({ baseURL: '{URL}/v1', apiKey: '{KEY}' })\nconst answer = await client.chat.completions.create({ model: '{MODEL}', messages: [{ role: 'user', content: 'Say hello' }] })\nconsole.log(answer.choices[0].message.content)\n", "hello.mjs"},
		}},
	{"anthropic-sdk", "Anthropic's SDKs", "For Python, JavaScript, Go and others. The base URL has no /v1.",
		[]string{"Anthropic/"}, []step{
			{"Say where strowger is", "The SDKs read these variables by themselves.", "export ANTHROPIC_BASE_URL={URL}\nexport ANTHROPIC_API_KEY={KEY}\n", ""},
			{"Ask something", "", "import anthropic\n\nclient = anthropic.Anthropic(base_url=\"{URL}\", api_key=\"{KEY}\")\nanswer = client.messages.create(model=\"{MODEL}\", max_tokens=200, messages=[{\"role\": \"user\", \"content\": \"Say hello\"}])\nprint(answer.content[0].text)\n", "hello.py"},
		}},
	{"google-genai", "Google's Gen AI SDKs", "For Python, JavaScript and Go. The base URL has no version.",
		[]string{"google-genai-sdk/"}, []step{
			{"Ask something", "", "from google import genai\nfrom google.genai import types\n\nclient = genai.Client(api_key=\"{KEY}\", http_options=types.HttpOptions(base_url=\"{URL}\"))\nprint(client.models.generate_content(model=\"{MODEL}\", contents=\"Say hello\").text)\n", "hello.py"},
		}},
	{"curl", "curl", "To see what comes back.",
		[]string{"curl/"}, []step{
			{"Ask something", "-i shows the headers, which name the decision.", "curl -i {URL}/v1/chat/completions -H 'content-type: application/json' -H 'authorization: Bearer {KEY}' \\\n  -d '{\"model\": \"{MODEL}\", \"messages\": [{\"role\": \"user\", \"content\": \"Say hello\"}]}'\n", ""},
		}},
	{"cursor-like", "Editors and everything else", "Whatever takes a base URL of OpenAI's: editors, chat windows, other SDKs. An editor that sends its requests from a server of its vendor's cannot reach this machine.",
		nil, []step{
			{"Base URL", "Where a program asks for the OpenAI base URL, or an OpenAI-compatible provider.", "{URL}/v1", ""},
			{"Key", "Where it asks for a key.", "{KEY}", ""},
			{"Model", "Where it asks for a model; GET {URL}/v1/models lists all.", "{MODEL}", ""},
		}},
}

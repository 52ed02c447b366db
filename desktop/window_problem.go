package main

import (
	"html/template"
	"net/http"
)

var problemPage = template.Must(template.New("problem").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Strowger cannot start</title>
<style>
  :root { color-scheme: light dark; --bg: #f6f3ec; --box: #fffdf8; --text: #211c14; --muted: #655c4d; --bad: #a92a1f; --line: #e2daca }
  @media (prefers-color-scheme: dark) { :root { --bg: #15130f; --box: #1d1a15; --text: #efe9dc; --muted: #b0a693; --bad: #ff9f93; --line: #38322a } }
  body { margin: 0; padding: 9vh 8vw; background: var(--bg); color: var(--text); font: 15px/1.5 system-ui, sans-serif }
  main { max-width: 720px; margin: 0 auto }
  h1 { margin: 0 0 .6em; font-size: 22px; color: var(--bad) }
  h2 { margin: 1.6em 0 .4em; font-size: 15px; color: var(--muted) }
  pre, code { font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", monospace }
  pre { padding: 14px 16px; border: 1px solid var(--line); border-radius: 8px; background: var(--box); white-space: pre-wrap; overflow-wrap: anywhere; user-select: all }
  li { margin: .35em 0 }
</style>
<main>
  <h1>✕ Strowger cannot start</h1>
  <pre>{{.Cause}}</pre>
  <h2>What to do</h2>
  <ul>
    <li>If the address is in use, Strowger may be running already: open its dashboard in a browser,
      end it, or choose another address with <code>--listen 127.0.0.1:8788</code>.</li>
    <li>If the configuration is at fault, correct it at the place named above; <code>strowger check{{with .Config}} --config {{.}}{{end}}</code>
      lists every problem at once.</li>
    <li>Then close this window and start Strowger again.</li>
  </ul>
</main>
</html>
`))

// problem is the window's content when Strowger cannot start.
func problem(cause error, s settings) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		// Nothing can be done about a window that does not read.
		_ = problemPage.Execute(w, struct{ Cause, Config string }{cause.Error(), s.config})
	})
}

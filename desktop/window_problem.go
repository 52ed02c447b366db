package main

import (
	"html/template"
	"net/http"

	"strowger/desktop/store"
)

// A page of the window itself: head and look, then its own content.
const pageHead = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<style>
  :root { color-scheme: light dark; --bg: #f6f3ec; --box: #fffdf8; --text: #211c14; --muted: #655c4d; --bad: #a92a1f; --line: #e2daca }
  @media (prefers-color-scheme: dark) { :root { --bg: #15130f; --box: #1d1a15; --text: #efe9dc; --muted: #b0a693; --bad: #ff9f93; --line: #38322a } }
  body { margin: 0; padding: 9vh 8vw; background: var(--bg); color: var(--text); font: 15px/1.5 system-ui, sans-serif }
  main { max-width: 720px; margin: 0 auto }
  h1 { margin: 0 0 .6em; font-size: 22px; color: var(--bad) }
  h2 { margin: 1.6em 0 .4em; font-size: 15px; color: var(--muted) }
  pre, code { font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", monospace }
  pre { padding: 14px 16px; border: 1px solid var(--line); border-radius: 8px; background: var(--box); white-space: pre-wrap; overflow-wrap: anywhere; user-select: all }
  button { padding: .6em 1.1em; border: 1px solid var(--line); border-radius: 8px; background: var(--box); color: inherit; font: inherit; cursor: pointer }
  li { margin: .35em 0 }
</style>
<main>
`

var problemPage = template.Must(template.New("problem").Parse(pageHead + `
<title>Strowger cannot start</title>
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

// gonePage stands where the dashboard of another process was. It looks for it no more than its
// button asks to: the window loads it again when the process is back.
var gonePage = template.Must(template.New("gone").Parse(pageHead + `
<title>Strowger has ended</title>
  <h1>Strowger has ended</h1>
  <p>This window showed the process {{.PID}} at {{.Listen}}, which was running without a window and
    has ended. Programs that use it get no answer now.</p>
  <p><button id="start" autofocus>Start Strowger in this window</button></p>
  <p>It then serves as long as this window is there. If the other one is started again instead, for example with
    <code>strowger serve</code>, this window shows it.</p>
  <pre id="problem" role="alert" hidden></pre>
</main>
<script>
  const start = document.getElementById('start'), problem = document.getElementById('problem')
  start.onclick = async () => {
    start.disabled = true
    problem.hidden = true
    try {
      const answer = await fetch('/_/window/start', { method: 'POST' })
      if (!answer.ok) throw new Error((await answer.json()).error.message)
    } catch (e) {
      problem.textContent = e.message
      problem.hidden = start.disabled = false
    }
  }
</script>
</html>
`))

// gone is shown when the process that the window was attached to does not answer any more.
func gone(w http.ResponseWriter, at store.Presence) { render(w, gonePage, at) }

// problem is the window's content when Strowger cannot start.
func problem(cause error, s settings) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		render(w, problemPage, struct{ Cause, Config string }{cause.Error(), s.config})
	})
}

func render(w http.ResponseWriter, page *template.Template, content any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = page.Execute(w, content) // nothing can be done about a window that does not read
}

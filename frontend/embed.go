// Package frontend holds the built dashboard and serves it under [Base].
//
// The page is built by `npm ci && npm run build` in this folder. Until then dist holds only
// .gitkeep, everything still compiles, and the handler says how to build it. It does not serve the
// control API: the page asks for that at Base + "api/", which is the control package's.
//
//	mux.Handle(frontend.Base, frontend.Handler())
package frontend

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed all:dist
var dist embed.FS

//go:embed csp.txt
var policy string

// Base is the path the dashboard lives under.
const Base = "/_/"

const unbuilt = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Strowger</title>
<h1>Strowger is running; its dashboard is not built</h1>
<p>This binary was compiled before the page was. Build the page, then the binary again:</p>
<pre>cd frontend
npm ci
npm run build</pre>
<p>The proxy works without it. The same data as JSON: <a href="api/status">api/status</a>,
<a href="api/decisions">api/decisions</a>.</p>
</html>
`

// contentTypes are spelled out, because the system's own tables differ and some are wrong.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".svg":  "image/svg+xml",
	".json": "application/json",
	".png":  "image/png",
	".ico":  "image/x-icon",
	".txt":  "text/plain; charset=utf-8",

	".woff2": "font/woff2",
}

// Dist is the built dashboard; it holds no index.html when the page was not built.
func Dist() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil { // the name is constant and valid
		panic(err)
	}
	return sub
}

// Handler serves the built dashboard to requests whose path begins with [Base].
func Handler() http.Handler { return newSite(Dist()) }

type file struct {
	body        []byte
	contentType string
	etag        string
	hashed      bool // its name changes with its content
}

// site is the files by name. Each is read when it is first asked for: most processes show the
// page to nobody.
type site map[string]func() file

func newSite(from fs.FS) site {
	s := site{}
	_ = fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		kind, known := contentTypes[path.Ext(name)]
		if err != nil || d.IsDir() || !known {
			return nil
		}
		s[name] = sync.OnceValue(func() file {
			body, _ := fs.ReadFile(from, name) // it is in the program
			return newFile(body, kind, strings.HasPrefix(name, "assets/"))
		})
		return nil
	})
	if _, built := s["index.html"]; !built {
		s["index.html"] = sync.OnceValue(func() file { return newFile([]byte(unbuilt), contentTypes[".html"], false) })
	}
	return s
}

func newFile(body []byte, contentType string, hashed bool) file {
	sum := sha256.Sum256(body)
	return file{body, contentType, `"` + hex.EncodeToString(sum[:12]) + `"`, hashed}
}

// ServeHTTP is safe for concurrent use.
func (s site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", strings.TrimSpace(policy))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name, below := strings.CutPrefix(r.URL.Path, Base)
	if name == "" {
		name = "index.html"
	}
	read, found := s[name]
	if !below || !found {
		h.Set("Cache-Control", "no-store")
		http.Error(w, "not found: the dashboard is at "+Base, http.StatusNotFound)
		return
	}
	f := read()
	h.Set("Content-Type", f.contentType)
	h.Set("ETag", f.etag)
	h.Set("Cache-Control", "no-cache")
	if f.hashed {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if r.Header.Get("If-None-Match") == f.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(f.body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(f.body) // the caller is gone if this fails
	}
}

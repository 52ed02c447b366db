package frontend

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func built() site {
	return newSite(fstest.MapFS{
		".gitkeep":             {Data: nil},
		"index.html":           {Data: []byte("<!doctype html>page")},
		"locale.js":            {Data: []byte("shim")},
		"assets/index-a1b2.js": {Data: []byte("code")},
		"assets/index-c3.css":  {Data: []byte("body{}")},
		"icon.svg":             {Data: []byte("<svg/>")},
		"notes.unknown":        {Data: []byte("secret")},
	})
}

func get(h http.Handler, method, path string, header ...string) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func TestFiles(t *testing.T) {
	const immutable = "public, max-age=31536000, immutable"
	for _, c := range []struct{ path, contentType, cache string }{
		{"/_/", "text/html; charset=utf-8", "no-cache"},
		{"/_/index.html", "text/html; charset=utf-8", "no-cache"},
		{"/_/locale.js", "text/javascript; charset=utf-8", "no-cache"},
		{"/_/assets/index-a1b2.js", "text/javascript; charset=utf-8", immutable},
		{"/_/assets/index-c3.css", "text/css; charset=utf-8", immutable},
		{"/_/icon.svg", "image/svg+xml", "no-cache"},
	} {
		res := get(built(), "GET", c.path)
		if res.StatusCode != 200 || res.Header.Get("Content-Type") != c.contentType || res.Header.Get("Cache-Control") != c.cache {
			t.Errorf("%s: %d %q %q", c.path, res.StatusCode, res.Header.Get("Content-Type"), res.Header.Get("Cache-Control"))
		}
		if csp := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'self';") || strings.ContainsAny(csp, "\r\n") {
			t.Errorf("%s: policy %q", c.path, csp)
		}
	}
}

func TestNotFound(t *testing.T) {
	for _, path := range []string{"/", "/index.html", "/_/nope.js", "/_/.gitkeep", "/_/notes.unknown", "/_/assets/", "/_/../embed.go"} {
		r := httptest.NewRequest("GET", "http://x/", nil)
		r.URL.Path = path
		w := httptest.NewRecorder()
		built().ServeHTTP(w, r)
		if w.Code != 404 || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d, cache %q", path, w.Code, w.Header().Get("Cache-Control"))
		}
	}
}

func TestMethods(t *testing.T) {
	if res := get(built(), "POST", "/_/"); res.StatusCode != 405 || res.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d, allow %q", res.StatusCode, res.Header.Get("Allow"))
	}
	if res := get(built(), "HEAD", "/_/"); res.StatusCode != 200 || res.Header.Get("Content-Length") != "19" {
		t.Errorf("HEAD: %d, length %q", res.StatusCode, res.Header.Get("Content-Length"))
	}
}

func TestRevalidation(t *testing.T) {
	etag := get(built(), "GET", "/_/").Header.Get("ETag")
	if res := get(built(), "GET", "/_/", "If-None-Match", etag); etag == "" || res.StatusCode != 304 {
		t.Errorf("with etag %q: %d", etag, res.StatusCode)
	}
}

func TestUnbuilt(t *testing.T) {
	h := newSite(fstest.MapFS{".gitkeep": {}})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/_/", nil))
	if w.Code != 200 || !strings.Contains(w.Body.String(), "npm run build") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// Whatever dist holds now, each file that the page names is there.
func TestDist(t *testing.T) {
	page, err := fs.ReadFile(Dist(), "index.html")
	if err != nil {
		t.Skip("the page is not built")
	}
	for _, part := range strings.Split(string(page), `"`) {
		name, local := strings.CutPrefix(part, "./")
		if !local || strings.ContainsAny(name, "<> ") {
			continue
		}
		if res := get(Handler(), "GET", Base+name); res.StatusCode != 200 {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	if i, j := strings.Index(string(page), "locale.js"), strings.Index(string(page), `type="module"`); i < 0 || j < i {
		t.Errorf("locale.js at %d, first module at %d", i, j)
	}
}

package deploy

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"

	"strowger/edge/document"
)

// Target is a kind of edge host.
type Target string

// The targets.
const (
	Worker    Target = "worker"     // Cloudflare Workers
	ProxyWasm Target = "proxy-wasm" // Envoy and its kind
	WASI      Target = "wasi"       // Node, Deno, Go
)

// Targets are all of them.
func Targets() []Target { return []Target{Worker, ProxyWasm, WASI} }

// Module is the name of the module's file on the target.
func (t Target) Module() string {
	if t == ProxyWasm {
		return "strowger-proxy.wasm"
	}
	return "strowger.wasm"
}

// File is a text file of an export.
type File struct {
	Name string
	Text []byte
	// Kept: its reader is asked to change it, so that a second export leaves it alone.
	Kept bool
}

//go:embed templates
var templates embed.FS

// Files are the text files of an export that are made from the configuration. What stands beside
// them, the module and the host's own program, is the same for everybody.
func (d *Deployment) Files(t Target) ([]File, error) {
	files := []File{{Name: document.FileName, Text: d.of(t).AppendJSON(nil)}}
	made := map[Target][]string{
		Worker:    {"index.mjs", "wrangler.toml", "README.md"},
		ProxyWasm: {"envoy.yaml", "README.md"},
		WASI:      {"README.md"},
	}[t]
	if made == nil {
		return nil, fmt.Errorf("no target %q; the targets are %s, %s and %s", string(t), Worker, ProxyWasm, WASI)
	}
	values, err := d.values(t)
	if err != nil {
		return nil, err
	}
	for _, name := range made {
		text, err := fill(string(t)+"."+name, values)
		if err != nil {
			return nil, err
		}
		files = append(files, File{name, []byte(text), name == "wrangler.toml"})
	}
	return files, nil
}

// quote is a text between quotation marks, as JSON, TOML and YAML all read it.
func quote(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string
	return strings.TrimSuffix(b.String(), "\n")
}

// tick is a text that may stand between back ticks in Markdown.
func tick(s string) string { return "`" + strings.ReplaceAll(s, "`", "'") + "`" }

// shell is a text as one word of a shell's command.
func shell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

package deploy

import (
	"bytes"
	"encoding/json"

	"strowger/edge/document"
)

// Document is a deployment document, as it is written.
type Document struct{ document.Document }

// written is a document as JSON.
type written struct {
	Strowger int               `json:"strowger"`
	Rev      string            `json:"rev"`
	Catalog  json.RawMessage   `json:"catalog"`
	Secrets  map[string]string `json:"secrets"`
	Keys     []document.Key    `json:"keys,omitempty"`
	Open     bool              `json:"open,omitempty"`
	Limits   *document.Limits  `json:"limits,omitempty"`
	Home     *document.Home    `json:"home,omitempty"`
	Profile  string            `json:"profile,omitempty"`
	Clusters map[string]string `json:"clusters,omitempty"`
}

// AppendJSON appends the document, in a form that is the same for the same document.
func (d *Document) AppendJSON(dst []byte) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // the catalog's bytes stay what the revision is computed from
	err := enc.Encode(written{document.Version, d.Rev, d.Catalog, d.Secrets, d.Keys, d.Open, &d.Limits, d.Home, d.Profile, d.Clusters})
	if err != nil { // only for a catalog that is no JSON
		panic("deploy: " + err.Error())
	}
	return append(dst, b.Bytes()...)
}

// Read reads a document, as document.Read does.
func Read(text []byte) (*Document, error) {
	d, _, err := document.Read(text)
	if err != nil {
		return nil, err
	}
	return &Document{*d}, nil
}

// of is the document for a target.
func (d *Deployment) of(t Target) *Document {
	if t != ProxyWasm {
		return d.Document
	}
	doc := *d.Document
	doc.Profile, doc.Clusters = "envoy", map[string]string{}
	for _, p := range d.catalog.Config().Providers {
		doc.Clusters[p.Name] = ClusterName(p.Name)
	}
	return &doc
}

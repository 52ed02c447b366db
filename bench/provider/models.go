package provider

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// model is an element of the model list: OpenAI's fields, and OpenRouter's name, description and pricing.
type model struct {
	ID          string   `json:"id"`
	Object      string   `json:"object"`
	Created     int64    `json:"created"`
	OwnedBy     string   `json:"owned_by"`
	Name        string   `json:"name,omitempty"`
	Description string   `json:"description,omitempty"`
	Pricing     *pricing `json:"pricing,omitempty"`
}

// pricing is in US dollars for one token, as decimal strings.
type pricing struct {
	Prompt     string `json:"prompt"`
	Completion string `json:"completion"`
}

func (p *Provider) serveModels(w http.ResponseWriter, r *http.Request) {
	if fail := p.authorized(openAI, r); fail != nil {
		fail.send(w)
		return
	}
	list := struct {
		Object string  `json:"object"`
		Data   []model `json:"data"`
	}{Object: "list", Data: []model{}}
	for _, id := range p.opt.Models {
		m := model{ID: id, Object: "model", Created: p.started.Unix(), OwnedBy: p.opt.Name, Description: p.opt.Description}
		if m.OwnedBy == "" {
			m.OwnedBy = "sim"
		} else {
			m.Name = p.opt.Name + ": " + id
		}
		if price := p.opt.Price; price != (Price{}) {
			m.Pricing = &pricing{Prompt: perToken(price.Input), Completion: perToken(price.Output)}
		}
		list.Data = append(list.Data, m)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(list) // a caller who has left misses nothing
}

// perToken turns dollars for a million tokens into dollars for one, in plain decimals.
func perToken(usd float64) string {
	s := strings.TrimRight(strconv.FormatFloat(usd/1e6, 'f', 15, 64), "0")
	return strings.TrimSuffix(s, ".")
}

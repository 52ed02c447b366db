package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"strowger/bench/process"
)

// TestRows: rows are held against what was sent, not only counted.
func TestRows(t *testing.T) {
	const good = `{"id":"%d","asked":"bench/sim","model":"bench/sim","provider":"sim","status":200,"outcome":"ok","stream":false,"attempts":[{}],"tokens":{"input":80,"output":8,"estimated":false},"cost_micro":280}`
	stream := strings.NewReplacer(`"stream":false`, `"stream":true`, `"input":80`, `"input":11`, `"output":8`, `"output":33`, `"estimated":false`, `"estimated":true`, "280", "358").Replace(good)
	for _, c := range []struct {
		row, from, to string
		load          string
		want          string // of the error; empty for none
	}{
		{good, "", "", plainLoad, ""},
		{stream, "", "", burstLoad, ""},
		{good, "", "", burstLoad, "another outcome"},
		{good, `"model":"bench/sim"`, `"model":"sim-1"`, plainLoad, "another model"},
		{good, `"provider":"sim"`, `"provider":"some"`, plainLoad, "another model or provider"},
		{good, `"provider":"sim"`, `"provider":"spare"`, plainLoad, "it cost 336.0 millionths"},
		{good, `"input":80`, `"input":81`, plainLoad, "other tokens"},
		{good, `"estimated":false`, `"estimated":true`, plainLoad, "other tokens"},
		{stream, `"output":33`, `"output":0`, burstLoad, "other tokens"},
		{good, "280", "0", plainLoad, "it cost 280.0 millionths"},
		{good, "[{}]", "[{},{}]", plainLoad, "other attempts"},
		{good, "[{}]", "[{},{}]", routingLoad, ""},
		{good, "", "", routingLoad, "no row has two attempts"},
		{good, `"%d"`, `"the same"`, plainLoad, "100 rows have 1 ids"},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var rows []string
			for i := range 100 {
				row := strings.Replace(c.row, c.from, c.to, 1)
				if strings.Contains(row, "%d") {
					row = fmt.Sprintf(row, i)
				}
				rows = append(rows, row)
			}
			fmt.Fprintf(w, `{"rows":[%s]}`, strings.Join(rows, ","))
		}))
		p := &peer{name: nameStrowger, records: true, offers: plainOffers(), last: choose(c.load, 0)[0], wrote: 500, proc: &process.Process{Addr: strings.TrimPrefix(s.URL, "http://")}}
		err := new(meter).compare(t.Context(), p)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s for %s: %v, want %q", c.to, c.from, err, c.want)
		}
		p.wrote = 7
		if err := new(meter).compare(t.Context(), p); err == nil || c.want == "" && !strings.Contains(err.Error(), "100 of 7 rows") {
			t.Errorf("too many rows: %v", err)
		}
		s.Close()
	}
}

package control

import (
	"net/http"

	"strowger/core/jsonout"
)

// budgets lists every limit on money as it stands. Money is in micro-dollars.
func (c *Control) budgets(w http.ResponseWriter, _ *http.Request) {
	j := jsonout.Writer{}
	j.Begin('{')
	j.BeginAt("budgets", '[')
	for _, s := range c.o.Budgets() {
		j.Begin('{')
		j.String("account", s.Account)
		j.String("per", s.Per.String())
		j.Int("limit_micro", s.Most)
		j.Int("spent_micro", s.Spent)
		j.Int("reserved_micro", s.Reserved)
		j.Int("left_micro", s.Left)
		j.Time("since", s.Start)
		j.Time("reset", s.Reset)
		j.End('}')
	}
	j.End(']')
	j.End('}')
	send(w, j.Buf)
}

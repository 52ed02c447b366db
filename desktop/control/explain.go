package control

import (
	"cmp"
	"net/http"

	"strowger/core/router"
	"strowger/desktop/control/reply"
)

// explain decides on the request in the body as if it had come to the path in the query,
// which is that of chat completions if it is left out.
func (c *Control) explain(w http.ResponseWriter, r *http.Request) {
	body, ok := reply.Body(w, r, 32<<20)
	if !ok {
		return
	}
	path := cmp.Or(r.URL.Query().Get("path"), "/v1/chat/completions")
	doc, refused := c.o.Decider.DecideAt(path, router.Call{Body: body, ProviderHeader: []byte(r.Header.Get("x-strowger-provider"))})
	if refused != nil {
		reply.Fail(w, refused.HTTPStatus(), refused.Error())
		return
	}
	reply.JSON(w, doc)
}

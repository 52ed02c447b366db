package reply

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// Value answers with v as JSON.
func Value(w http.ResponseWriter, status int, v any) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		Fail(w, http.StatusInternalServerError, "the answer cannot be written: "+err.Error())
		return
	}
	w.Header().Set("content-type", "application/json")
	w.Header().Set("cache-control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // whoever left needs no answer
}

// Read reads the body as JSON into v, unless it is longer than most bytes, does not come or is
// something else: that is answered.
func Read(w http.ResponseWriter, r *http.Request, most int64, v any) bool {
	body, ok := Body(w, r, most)
	if !ok {
		return false
	}
	if err := json.Unmarshal(body, v); err != nil {
		Fail(w, http.StatusBadRequest, "the body is not what is expected here: "+err.Error())
		return false
	}
	return true
}

package tools_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"strowger/desktop/control/tools"
)

// What watching costs, beside a plane that does nothing.
func BenchmarkWatch(b *testing.B) {
	p := tools.New(tools.Options{
		Setting: func() tools.Setting { return tools.Setting{} },
		Find:    func(context.Context, string) ([]byte, int64, error) { return nil, 0, nil },
	})
	plane := p.Watch(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["X-Strowger-Decision"] = []string{"0198"}
	}))
	w := httptest.NewRecorder()
	for _, agent := range []string{"claude-cli/2.1.330 (external, cli)", "SomeEditor/1.0 (a program that is none of those)"} {
		r := httptest.NewRequest(http.MethodPost, "/v1/messages", nil)
		r.Header.Set("user-agent", agent)
		b.Run(agent[:4], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				plane.ServeHTTP(w, r)
			}
		})
	}
}

package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"strowger/bench/provider"
)

// Killed under load again and again, it never forgets what was spent: all that the provider
// was asked for, by every process together, stays within the limit.
func TestKillKeepsCostLimit(t *testing.T) {
	const tokens, limit = 50, 500_000 // micro-dollars
	cfg, ps := simulate(t, fmt.Sprintf("cost_limit: {usd: %g, per: month}\n", limit/1e6),
		provider.Options{Behaviour: provider.Behaviour{Latency: 5 * time.Millisecond, Tokens: tokens}})
	question := strings.Replace(request(sim, false, "hello"), "{", fmt.Sprintf(`{"max_tokens":%d,`, tokens), 1)
	const least = 20 * tokens // micro-dollars of one answer's output alone, at $20 per million
	dir := t.TempDir()
	var refused atomic.Int64
	for range 5 {
		p := serving(t, cfg, dir)
		ctx, cancel := context.WithCancel(context.Background())
		before := ps[0].Requests()
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for ctx.Err() == nil {
					if status, text := shoot(ctx, p.url, question); status == 429 {
						refused.Add(1)
						time.Sleep(time.Millisecond)
						if !strings.Contains(text, "cost_limit_exceeded") {
							t.Error(text)
						}
					}
				}
			})
		}
		await(t, "some load", func() bool { return ps[0].Requests() > before+150 || refused.Load() > 20 })
		p.kill()
		cancel()
		all.Wait()
	}
	spent := int64(ps[0].Requests()) * least
	t.Logf("%d requests reached the provider for at least $%.3f of $%.3f; %d were refused", ps[0].Requests(), float64(spent)/1e6, limit/1e6, refused.Load())
	if spent > limit || spent < limit/2 || refused.Load() == 0 {
		t.Errorf("$%.3f of $%.3f", float64(spent)/1e6, limit/1e6)
	}
}

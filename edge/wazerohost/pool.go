package wazerohost

import (
	"context"
	"errors"
	"slices"

	"strowger/edge/abi"
)

// acquire gives an instance for a call or an exchange: the one with the fewest, or a new
// one. It knows what has been measured so far. leave gives it back.
func (h *Host) acquire(ctx context.Context) (*instance, error) {
	i, news, err := h.choose(ctx)
	if err != nil {
		return nil, err
	}
	if err := i.fold(ctx, news); err != nil {
		h.leave(ctx, i)
		return nil, err
	}
	return i, nil
}

func (h *Host) choose(ctx context.Context) (i *instance, news [][]byte, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, nil, ErrClosed
	}
	i = h.idlest()
	if i == nil || i.users > 0 && h.serving() < h.opts.Instances {
		if err := h.add(ctx); err != nil {
			return nil, nil, err
		}
		i = h.live[len(h.live)-1]
	}
	i.users++
	return i, h.recent.since(i), nil
}

func (h *Host) idlest() (best *instance) {
	for _, i := range h.live {
		if !i.retired && (best == nil || i.users < best.users) {
			best = i
		}
	}
	return best
}

// serving counts the instances that take new exchanges.
func (h *Host) serving() (n int) {
	for _, i := range h.live {
		if !i.retired {
			n++
		}
	}
	return n
}

// add makes an instance that knows what the others know.
func (h *Host) add(ctx context.Context) error {
	i, err := h.instantiate(ctx)
	if err != nil {
		return err
	}
	if h.catalog != nil {
		if _, err := i.configure(ctx, h.catalog, false); err != nil {
			i.end(ctx, err)
			return err
		}
	}
	h.live = append(h.live, i)
	return nil
}

// leave takes an instance back, and lets it go if it is lost or has grown too big.
func (h *Host) leave(ctx context.Context, i *instance) {
	lost, size := i.state()
	h.mu.Lock()
	defer h.mu.Unlock()
	i.users--
	if size > h.opts.Watermark {
		i.retired = true
	}
	if lost || i.retired && i.users == 0 {
		h.drop(ctx, i)
	}
}

// drop ends an instance; what was on it is lost.
func (h *Host) drop(ctx context.Context, i *instance) {
	if at := slices.Index(h.live, i); at >= 0 {
		h.live = slices.Delete(h.live, at, at+1)
		i.end(ctx, ErrLost)
	}
}

// dropLost ends the instance if that is what err says.
func (h *Host) dropLost(ctx context.Context, i *instance, err error) error {
	if errors.Is(err, ErrLost) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.drop(ctx, i)
	}
	return err
}

// measured hands the samples of commands on to the other instances.
func (h *Host) measured(cmds []abi.Command, by *instance) {
	for _, cmd := range cmds {
		if cmd.Sample != nil {
			h.mu.Lock()
			h.recent.add(slices.Clone(cmd.Sample), by.id)
			h.mu.Unlock()
		}
	}
}

// maxSamples is how many samples are kept for instances to come. Statistics halve in ten
// minutes, so older ones hardly matter.
const maxSamples = 4096

// samples are the last ones, as fold takes them, in a ring.
type samples struct {
	ring  []sample
	total uint64 // ever added
}

type sample struct {
	doc []byte
	by  uint64 // the instance that has counted it already; 0 for none
}

func (s *samples) add(doc []byte, by uint64) {
	if len(s.ring) < maxSamples {
		s.ring = append(s.ring, sample{doc, by})
	} else {
		s.ring[s.total%maxSamples] = sample{doc, by}
	}
	s.total++
}

// since gives the samples that i has not been given and has not made itself.
func (s *samples) since(i *instance) (docs [][]byte) {
	for n := max(i.seen, s.total-uint64(len(s.ring))); n < s.total; n++ {
		if e := &s.ring[n%maxSamples]; e.by != i.id {
			docs = append(docs, e.doc)
		}
	}
	i.seen = s.total
	return docs
}

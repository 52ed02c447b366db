package proxytest

// The kinds of metrics.
const (
	counter = iota
	gauge
	histogram
)

const maxMetrics = 1000

// defineMetric gives a metric an id. Ids count from 1, over all VMs.
func (c *crossing) defineMetric() Status {
	name, ok := c.text(1)
	if !ok {
		return InvalidMemoryAccess
	}
	if c.u32(0) > histogram || name == "" {
		return c.refuse(BadArgument, "kind %d, name %q", c.u32(0), name)
	}
	h := c.vm.host
	h.mu.Lock()
	full := len(h.metrics) >= maxMetrics
	if !full {
		h.metrics = append(h.metrics, metric{kind: c.u32(0), name: name})
	}
	id := len(h.metrics)
	h.mu.Unlock()
	if full {
		return c.refuse(InternalFailure, "there are %d metrics already", maxMetrics)
	}
	return c.put32(3, uint32(id))
}

// metric is the one that the first argument names; the host is locked until unlock.
func (c *crossing) metric() (m *metric, unlock func()) {
	h := c.vm.host
	h.mu.Lock()
	if id := c.u32(0); id >= 1 && int(id) <= len(h.metrics) {
		return &h.metrics[id-1], h.mu.Unlock
	}
	return nil, h.mu.Unlock
}

func (c *crossing) incrementMetric() Status {
	m, unlock := c.metric()
	defer unlock()
	switch delta := int64(c.args[1]); {
	case m == nil:
		return NotFound
	case m.kind == histogram || m.kind == counter && delta < 0:
		return BadArgument
	default:
		m.value += uint64(delta)
		return OK
	}
}

func (c *crossing) recordMetric() Status {
	m, unlock := c.metric()
	defer unlock()
	if m == nil {
		return NotFound
	}
	m.value = c.args[1]
	return OK
}

func (c *crossing) getMetric() Status {
	m, unlock := c.metric()
	defer unlock()
	switch {
	case m == nil:
		return NotFound
	case !c.memory.WriteUint64Le(c.u32(1), m.value):
		return InvalidMemoryAccess
	default:
		return OK
	}
}

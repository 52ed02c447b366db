package proxytest

import (
	"bytes"
	"strings"
)

// stream is the one that host calls act on.
func (c *crossing) stream() *stream {
	s := c.vm.streams[c.vm.effective]
	if s == nil {
		c.violate("context %d is not a stream: proxy_set_effective_context comes first", c.vm.effective)
	}
	return s
}

// buffer is the one that the first argument names, and the flow it belongs to, if any.
func (c *crossing) buffer() (*[]byte, *flow, Status) {
	id := c.u32(0)
	none := func() (*[]byte, *flow, Status) {
		return nil, nil, c.refuse(NotFound, "buffer %d is not available now", id)
	}
	o := c.vm.host.opts
	switch id {
	case bufferRequestBody, bufferResponseBody:
		s := c.stream()
		if s == nil {
			return nil, nil, NotFound
		}
		f := &s.request
		if id == bufferResponseBody {
			f = &s.response
		}
		if !f.open[inBody] {
			return none()
		}
		return &f.body, f, OK
	case bufferCallBody:
		if c.vm.answer == nil {
			return none()
		}
		return &c.vm.answer.body, nil, OK
	case bufferVMConfig:
		if c.vm.callback != "proxy_on_vm_start" {
			return none()
		}
		return &o.VMConfig, nil, OK
	case bufferPluginConfig:
		if c.vm.callback != "proxy_on_configure" {
			return none()
		}
		return &o.PluginConfig, nil, OK
	}
	if id < allBuffers {
		return none()
	}
	return nil, nil, c.refuse(BadArgument, "there is no buffer %d", id)
}

func (c *crossing) getBuffer() Status {
	b, _, status := c.buffer()
	if status != OK {
		return status
	}
	if status := c.inSize(); status != OK {
		return status
	}
	start, most, size := uint64(c.u32(1)), uint64(c.u32(2)), uint64(len(*b))
	if start > size || start+most > 1<<32 {
		return c.refuse(BadArgument, "%d bytes from %d on are not in a buffer of %d", most, start, size)
	}
	return c.give(3, bytes.Clone((*b)[start:min(start+most, size)]))
}

// inSize refuses what a host that counts in signed numbers refuses.
func (c *crossing) inSize() Status {
	if c.vm.host.opts.Profile.SignedSizes && (c.u32(1)|c.u32(2))>>31 != 0 {
		return c.refuse(BadArgument, "%d bytes from %d on are negative to this host", c.u32(2), c.u32(1))
	}
	return OK
}

func (c *crossing) setBuffer() Status {
	b, f, status := c.buffer()
	if status != OK {
		return status
	}
	data, ok := c.bytes(3)
	if !ok {
		return InvalidMemoryAccess
	}
	if f == nil {
		return c.refuse(BadArgument, "buffer %d cannot be changed", c.u32(0))
	}
	if status := c.inSize(); status != OK {
		return status
	}
	var changed []byte
	switch start, count, size := uint64(c.u32(1)), uint64(c.u32(2)), uint64(len(*b)); {
	case start == 0 && (count >= size || count == 0 && c.vm.host.opts.Profile.PrependReplaces):
		changed = data
	case start == 0 && count == 0:
		changed = append(data, *b...)
	case start >= size:
		changed = append(bytes.Clone(*b), data...)
	default:
		return c.refuse(BadArgument, "%d bytes from %d on of %d: hosts replace all, or add at an end", count, start, size)
	}
	if len(changed) > c.vm.host.opts.MaxBody {
		return c.refuse(BadArgument, "%d bytes are more than the host holds", len(changed))
	}
	*b = changed
	return OK
}

func (c *crossing) getBufferStatus() Status {
	b, _, status := c.buffer()
	if status != OK {
		return status
	}
	if r := c.put32(1, uint32(len(*b))); r != OK {
		return r
	}
	return c.put32(2, 0)
}

// fields is the map that the first argument names, if the module can reach it now.
func (c *crossing) fields(change bool) (*Pairs, Status) {
	id := c.u32(0)
	if id >= allMaps {
		return nil, c.refuse(BadArgument, "there is no map %d", id)
	}
	if id >= mapCallHeaders && c.vm.answer != nil && !change {
		return []*Pairs{&c.vm.answer.headers, &c.vm.answer.trailers}[id-mapCallHeaders], OK
	}
	if id > mapResponseTrailers {
		return nil, c.refuse(BadArgument, "map %d is not available now", id)
	}
	s := c.stream()
	if s == nil {
		return nil, BadArgument
	}
	f, p := &s.request, inHeaders
	if id >= mapResponseHeaders {
		f = &s.response
	}
	fields := &f.headers
	if id == mapRequestTrailers || id == mapResponseTrailers {
		p, fields = inTrailers, &f.trailers
	}
	last := p == inTrailers && f.open[inBody] && f.ended // they may be added at the end of a body
	switch {
	case f.open[p] || last || s.logging && !change:
		return fields, OK
	case f.sent:
		return nil, c.refuse(BadArgument, "the %s of the %s have been sent on", p, f.name)
	default:
		return nil, c.refuse(BadArgument, "the %s of the %s are not available yet", p, f.name)
	}
}

func (c *crossing) getMapSize() Status {
	p, status := c.fields(false)
	if status != OK {
		return status
	}
	return c.put32(1, uint32(len(p.encode())))
}

func (c *crossing) getMap() Status {
	p, status := c.fields(false)
	if status != OK {
		return status
	}
	return c.give(1, p.encode())
}

func (c *crossing) getField() Status {
	p, status := c.fields(false)
	if status != OK {
		return status
	}
	name, ok := c.text(1)
	if !ok {
		return InvalidMemoryAccess
	}
	value, ok := p.Get(strings.ToLower(name))
	if !ok {
		return NotFound
	}
	return c.give(3, []byte(value))
}

func (c *crossing) setMap() Status {
	p, status := c.fields(true)
	if status != OK {
		return status
	}
	all, status := c.pairs(1)
	if status != OK {
		return status
	}
	for _, f := range all {
		if status := c.mayBe(*p, f[0], f[1]); status != OK {
			return status
		}
	}
	*p = all
	return OK
}

// mayBe refuses fields that would not get through a real host.
func (c *crossing) mayBe(now Pairs, name, value string) Status {
	had, _ := now.Get(name)
	switch {
	case name == "" || strings.ContainsAny(name, " \t\r\n\x00") || strings.ContainsAny(value, "\r\n\x00"):
		return c.refuse(BadArgument, "%q is not a header field", name)
	case name == ":authority" && value != had && c.vm.host.opts.Profile.AuthorityFixed:
		return c.refuse(BadArgument, "this host does not let :authority be changed")
	case strings.HasPrefix(name, ":") && !strings.Contains(" :method :path :authority :scheme :status :protocol ", " "+name+" "):
		return c.refuse(BadArgument, "there is no pseudo header %s", name)
	}
	return OK
}

// field changes one field, with its name in lower case and its value.
func (c *crossing) field(change func(p Pairs, name, value string) Pairs) Status {
	p, status := c.fields(true)
	if status != OK {
		return status
	}
	name, ok := c.text(1)
	if !ok {
		return InvalidMemoryAccess
	}
	name, value := strings.ToLower(name), ""
	if len(c.args) == 5 {
		if value, ok = c.text(3); !ok {
			return InvalidMemoryAccess
		}
		if status := c.mayBe(*p, name, value); status != OK {
			return status
		}
	}
	*p = change(*p, name, value)
	return OK
}

func (c *crossing) addField() Status {
	return c.field(func(p Pairs, name, value string) Pairs {
		if strings.HasPrefix(name, ":") {
			if _, twice := p.Get(name); twice {
				c.violate("there can be only one %s: replace it", name)
			}
		}
		return append(p, [2]string{name, value})
	})
}

func (c *crossing) replaceField() Status { return c.field(Pairs.with) }

func (c *crossing) removeField() Status {
	return c.field(func(p Pairs, name, _ string) Pairs { return p.without(name) })
}

func (c *crossing) continueStream() Status {
	s := c.stream()
	switch {
	case c.u32(0) > 3:
		return c.refuse(BadArgument, "there is no stream type %d", c.u32(0))
	case c.u32(0) > 1 || s == nil:
		return Unimplemented
	case c.u32(0) == 0:
		c.continueFlow(s, &s.request)
	default:
		c.continueFlow(s, &s.response)
	}
	return OK
}

func (c *crossing) closeStream() Status {
	s := c.stream()
	if s == nil || c.u32(0) > 1 {
		return BadArgument
	}
	s.closed = true
	c.vm.after = append(c.vm.after, s.poke)
	return OK
}

func (c *crossing) sendLocal() Status {
	s := c.stream()
	if s == nil {
		return BadArgument
	}
	_, ok1 := c.text(1)
	body, ok2 := c.bytes(3)
	headers, status := c.pairs(5)
	switch {
	case !ok1 || !ok2:
		return InvalidMemoryAccess
	case status != OK:
		return status
	case s.replied:
		return c.refuse(BadArgument, "a local response was sent already")
	case s.closed:
		return c.refuse(BadArgument, "the stream is closed")
	case s.response.sent:
		return c.refuse(BadArgument, "the response is on its way already")
	case c.u32(0) < 200 || c.u32(0) > 599:
		return c.refuse(BadArgument, "%d is not a status", c.u32(0))
	case len(body) > c.vm.host.opts.MaxBody:
		return c.refuse(BadArgument, "%d bytes are more than the host holds", len(body))
	}
	for _, f := range headers {
		if status := c.mayBe(nil, f[0], f[1]); status != OK {
			return status
		}
	}
	s.reply(&local{status: int(c.u32(0)), headers: headers, body: body})
	c.vm.after = append(c.vm.after, s.poke)
	return OK
}

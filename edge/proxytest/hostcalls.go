package proxytest

import "time"

// hostcall is a function of the ABI; without run it answers Unimplemented.
type hostcall struct {
	params string
	run    func(*crossing) Status
}

// hostcalls are the functions of ABI 0.2.1.
func hostcalls() map[string]hostcall {
	return map[string]hostcall{
		"proxy_log":                          {"iii", (*crossing).log},
		"proxy_get_log_level":                {"i", (*crossing).getLogLevel},
		"proxy_get_current_time_nanoseconds": {"i", (*crossing).getTime},
		"proxy_set_tick_period_milliseconds": {"i", (*crossing).setTick},
		"proxy_done":                         {"", (*crossing).done},
		"proxy_set_effective_context":        {"i", (*crossing).setEffectiveContext},
		"proxy_get_buffer_bytes":             {"iiiii", (*crossing).getBuffer},
		"proxy_set_buffer_bytes":             {"iiiii", (*crossing).setBuffer},
		"proxy_get_buffer_status":            {"iii", (*crossing).getBufferStatus},
		"proxy_get_header_map_size":          {"ii", (*crossing).getMapSize},
		"proxy_get_header_map_pairs":         {"iii", (*crossing).getMap},
		"proxy_set_header_map_pairs":         {"iii", (*crossing).setMap},
		"proxy_get_header_map_value":         {"iiiii", (*crossing).getField},
		"proxy_add_header_map_value":         {"iiiii", (*crossing).addField},
		"proxy_replace_header_map_value":     {"iiiii", (*crossing).replaceField},
		"proxy_remove_header_map_value":      {"iii", (*crossing).removeField},
		"proxy_continue_stream":              {"i", (*crossing).continueStream},
		"proxy_close_stream":                 {"i", (*crossing).closeStream},
		"proxy_send_local_response":          {"iiiiiiii", (*crossing).sendLocal},
		"proxy_get_status":                   {"iii", (*crossing).getStatus},
		"proxy_http_call":                    {"iiiiiiiiii", (*crossing).dispatch},
		"proxy_get_shared_data":              {"iiiii", (*crossing).getShared},
		"proxy_set_shared_data":              {"iiiii", (*crossing).setShared},
		"proxy_define_metric":                {"iiii", (*crossing).defineMetric},
		"proxy_increment_metric":             {"il", (*crossing).incrementMetric},
		"proxy_record_metric":                {"il", (*crossing).recordMetric},
		"proxy_get_metric":                   {"ii", (*crossing).getMetric},
		"proxy_get_property":                 {"iiii", (*crossing).getProperty},
		"proxy_set_property":                 {"iiii", nil},
		"proxy_register_shared_queue":        {"iii", nil},
		"proxy_resolve_shared_queue":         {"iiiii", nil},
		"proxy_enqueue_shared_queue":         {"iii", nil},
		"proxy_dequeue_shared_queue":         {"iii", nil},
		"proxy_grpc_call":                    {"iiiiiiiiiiii", nil},
		"proxy_grpc_stream":                  {"iiiiiiiii", nil},
		"proxy_grpc_send":                    {"iiii", nil},
		"proxy_grpc_cancel":                  {"i", nil},
		"proxy_grpc_close":                   {"i", nil},
		"proxy_crossingforeign_function":     {"iiiiii", nil},
	}
}

func (c *crossing) log() Status {
	message, ok := c.text(1)
	if !ok {
		return InvalidMemoryAccess
	}
	if c.u32(0) > 5 {
		return c.refuse(BadArgument, "there is no level %d", c.u32(0))
	}
	c.vm.host.opts.Log(c.u32(0), message)
	return OK
}

func (c *crossing) getLogLevel() Status { return c.put32(0, 0) }

func (c *crossing) getTime() Status {
	return c.put64(0, uint64(c.vm.host.opts.Profile.Now().UnixNano()))
}

func (c *crossing) setTick() Status {
	if c.vm.effective != rootContext {
		c.violate("the timer belongs to the root context, not to context %d", c.vm.effective)
	}
	c.vm.setTick(time.Duration(c.u32(0)) * time.Millisecond)
	return OK
}

func (c *crossing) done() Status {
	s := c.vm.streams[c.vm.effective]
	if s == nil || !s.finishing {
		return c.refuse(NotFound, "context %d is not waiting for it", c.vm.effective)
	}
	s.finishing = false
	c.vm.after = append(c.vm.after, s.forget)
	return OK
}

func (c *crossing) setEffectiveContext() Status {
	id := c.u32(0)
	if id != rootContext && c.vm.streams[id] == nil {
		return BadArgument // as of a stream that is over: the module has to look
	}
	c.vm.effective = id
	return OK
}

func (c *crossing) getStatus() Status {
	a := c.vm.answer
	if a == nil {
		return c.refuse(BadArgument, "there is no call that it could be of")
	}
	if r := c.put32(0, uint32(a.status)); r != OK {
		return r
	}
	return c.give(1, []byte(a.message))
}

func (c *crossing) getShared() Status {
	key, ok := c.text(0)
	if !ok {
		return InvalidMemoryAccess
	}
	h := c.vm.host
	h.mu.Lock()
	value, ok := h.shared[key]
	h.mu.Unlock()
	if !ok {
		return NotFound
	}
	if r := c.put32(4, value.cas); r != OK {
		return r
	}
	return c.give(2, value.data)
}

func (c *crossing) setShared() Status {
	key, ok1 := c.text(0)
	data, ok2 := c.bytes(2)
	if !ok1 || !ok2 {
		return InvalidMemoryAccess
	}
	h, cas := c.vm.host, c.u32(4)
	h.mu.Lock()
	defer h.mu.Unlock()
	old, there := h.shared[key]
	if there && cas != old.cas && (cas != 0 || h.opts.Profile.AlwaysCAS) {
		return CASMismatch
	}
	size := h.sharedSize + len(data) - len(old.data)
	if !there {
		size += len(key)
	}
	if size > maxShared {
		return InternalFailure
	}
	h.cas++
	h.shared[key], h.sharedSize = sharedValue{data, h.cas}, size
	return OK
}

func (c *crossing) getProperty() Status {
	path, ok := c.text(0)
	if !ok {
		return InvalidMemoryAccess
	}
	value, ok := c.vm.host.opts.Properties[path]
	if !ok {
		return NotFound
	}
	return c.give(2, value)
}

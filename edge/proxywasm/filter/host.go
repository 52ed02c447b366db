package filter

import "time"

// Host is the proxy.
type Host interface {
	Machine
	Messages
	Flow
	Store
}

// Machine is what does not belong to a stream.
type Machine interface {
	Log(level Level, message string)
	// Now is the proxy's clock.
	Now() time.Time
	// Tick asks for Plugin.Tick every so many milliseconds; 0 is never. The effective context
	// must be the plugin's own.
	Tick(milliseconds uint32)
	Random() uint64
	// Effective makes a context the one that the other methods are about, for the rest of a callback.
	Effective(context uint32)
}

// Messages are requests and responses as they pass.
type Messages interface {
	Fields(m Map) ([]Field, Status)
	SetFields(m Map, fields []Field) Status
	// Buffer gives up to size bytes from start on. They are the caller's.
	Buffer(b Buffer, start, size int) ([]byte, Status)
	// SetBuffer puts data in the place of size bytes from start on.
	SetBuffer(b Buffer, start, size int, data []byte) Status
	Property(path ...string) (string, Status)
}

// Flow moves streams on.
type Flow interface {
	Continue(s Direction) Status
	Close(s Direction) Status
	// Respond answers the caller in the place of an upstream.
	Respond(status int, details string, headers []Field, body []byte) Status
	// Call sends a request; Plugin.CallResponse is told what came back, under the number.
	Call(cluster string, headers []Field, body []byte, timeout time.Duration) (number uint32, s Status)
}

// Store is what the threads of a proxy share. A swap number of 0 compares nothing.
type Store interface {
	Get(key string) (value []byte, swap uint32, s Status)
	Set(key string, value []byte, swap uint32) Status
}

// Field is one header field; the names that begin with a colon are those of HTTP/2.
type Field struct{ Name, Value string }

// get is the first value of a name.
func get(fields []Field, name string) string {
	for i := range fields {
		if fields[i].Name == name {
			return fields[i].Value
		}
	}
	return ""
}

// Status is how a call of the host's went (ABI 0.2.1, proxy_status_t).
type Status uint32

// The statuses that matter here.
const (
	OK              Status = 0
	NotFound        Status = 1
	BadArgument     Status = 2
	SwapMismatch    Status = 8
	InternalFailure Status = 10
	Unimplemented   Status = 12
)

// Level is how urgent a line of the log is.
type Level uint32

// The levels in use.
const (
	Info     Level = 2
	Warn     Level = 3
	Error    Level = 4
	Critical Level = 5
)

// Action is what a callback answers.
type Action uint32

// The actions.
const (
	Go    Action = 0
	Pause Action = 1
)

// Map names fields of messages.
type Map uint32

// The maps in use.
const (
	RequestHeaders  Map = 0
	ResponseHeaders Map = 2
	CallHeaders     Map = 6
)

// Buffer names bytes.
type Buffer uint32

// The buffers in use.
const (
	RequestBody  Buffer = 0
	ResponseBody Buffer = 1
	CallBody     Buffer = 4
	VMConfig     Buffer = 6
	PluginConfig Buffer = 7
)

// Direction is that of a request, or of its response.
type Direction uint32

// The directions.
const (
	Request  Direction = 0
	Response Direction = 1
)

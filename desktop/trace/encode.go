package trace

import (
	"math"
	"time"
)

// The fields of opentelemetry/proto/{collector/trace,trace,resource,common}/v1 that are written.
const (
	requestResourceSpans = 1

	resourceSpansResource = 1
	resourceSpansScopes   = 2
	resourceAttributes    = 1
	scopeSpansScope       = 1
	scopeSpansSpans       = 2
	scopeName             = 1
	scopeVersion          = 2

	spanTrace      = 1
	spanID         = 2
	spanParent     = 4
	spanName       = 5
	spanKind       = 6
	spanStart      = 7
	spanEnd        = 8
	spanAttributes = 9
	spanStatus     = 15
	spanFlags      = 16
	statusCode     = 3

	keyValueKey   = 1
	keyValueValue = 2
	valueString   = 1
	valueBool     = 2
	valueInt      = 3
	valueDouble   = 4
	valueArray    = 5
	arrayValues   = 1

	responsePartial = 1
	partialRejected = 1
)

// What is longer is cut.
const (
	maxText = 256
	maxWhy  = 500
)

// envelope is what stands around the spans of a batch; it is the same each time.
type envelope struct{ resource, scope []byte }

func newEnvelope(s *Settings) (e envelope) {
	version := ""
	var resource attributes
	for _, a := range s.Resource {
		resource.text(a.Name, a.Value)
		if a.Name == "service.version" {
			version = a.Value
		}
	}
	for _, a := range resource.all {
		e.resource = bytesField(e.resource, resourceAttributes, a)
	}
	e.scope = bytesField(e.scope, scopeName, []byte("strowger"))
	e.scope = bytesField(e.scope, scopeVersion, []byte(version))
	return e
}

// request is a batch as an ExportTraceServiceRequest.
func (e *envelope) request(b *batch) []byte {
	scopes := bytesField(make([]byte, 0, len(b.spans)+len(e.scope)+16), scopeSpansScope, e.scope)
	scopes = append(scopes, b.spans...)
	spans := bytesField(make([]byte, 0, len(scopes)+len(e.resource)+16), resourceSpansResource, e.resource)
	spans = bytesField(spans, resourceSpansScopes, scopes)
	return bytesField(make([]byte, 0, len(spans)+16), requestResourceSpans, spans)
}

// batch are spans as they stand in a ScopeSpans message.
type batch struct {
	spans []byte
	count int
}

// span is one that is being written.
type span struct {
	trace      [16]byte
	id, parent [8]byte
	remote     bool // the parent is of another process
	flags      byte
	kind       uint64
	name       string
	start, end time.Time
	failed     bool
	attributes
}

// The kinds of spans.
const (
	kindServer = 2
	kindClient = 3
)

// What else stands in a span's flags, and the code of a status.
const (
	flagKnown   = 0x100 // whether the parent is remote is known
	flagRemote  = 0x200
	statusError = 2
)

// write appends a span to the batch.
func (b *batch) write(s *span) {
	m := bytesField(make([]byte, 0, 1<<10), spanTrace, s.trace[:])
	m = bytesField(m, spanID, s.id[:])
	if s.parent != [8]byte{} {
		m = bytesField(m, spanParent, s.parent[:])
	}
	m = textField(m, spanName, s.name, maxText)
	m = varintField(m, spanKind, s.kind)
	m = fixed64Field(m, spanStart, uint64(s.start.UnixNano()))
	m = fixed64Field(m, spanEnd, uint64(s.end.UnixNano()))
	for _, a := range s.all {
		m = bytesField(m, spanAttributes, a)
	}
	if s.failed {
		m = bytesField(m, spanStatus, varintField(nil, statusCode, statusError))
	}
	flags := uint32(s.flags) | flagKnown
	if s.remote {
		flags |= flagRemote
	}
	m = fixed32Field(m, spanFlags, flags)
	b.spans = bytesField(b.spans, scopeSpansSpans, m)
	b.count++
}

// attributes are KeyValue messages. What is empty is left out.
type attributes struct{ all [][]byte }

func (a *attributes) add(key string, value []byte) {
	kv := textField(make([]byte, 0, len(key)+len(value)+8), keyValueKey, key, maxText)
	a.all = append(a.all, bytesField(kv, keyValueValue, value))
}

func (a *attributes) text(key, value string) { a.long(key, value, maxText) }

// long is text of at most n bytes.
func (a *attributes) long(key, value string, n int) {
	if value != "" {
		a.add(key, textField(nil, valueString, value, n))
	}
}

// texts is a list of one.
func (a *attributes) texts(key, value string) {
	if value != "" {
		a.add(key, bytesField(nil, valueArray, bytesField(nil, arrayValues, textField(nil, valueString, value, maxText))))
	}
}

// count is a number that says nothing if it is 0.
func (a *attributes) count(key string, n int64) {
	if n != 0 {
		a.number(key, n)
	}
}

func (a *attributes) number(key string, n int64) {
	a.add(key, varintField(nil, valueInt, uint64(n)))
}

func (a *attributes) yes(key string, b bool) {
	if b {
		a.add(key, varintField(nil, valueBool, 1))
	}
}

func (a *attributes) seconds(key string, d time.Duration) {
	if d > 0 {
		a.add(key, fixed64Field(nil, valueDouble, math.Float64bits(d.Seconds())))
	}
}

// rejected is how many spans an ExportTraceServiceResponse says were not taken; 0 if it cannot be
// read.
func rejected(response []byte) int64 {
	_, partial := fieldOf(response, responsePartial, wireBytes)
	n, _ := fieldOf(partial, partialRejected, wireVarint)
	return max(0, int64(n))
}

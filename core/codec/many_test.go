package codec_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"strowger/core/llm"
)

// A stream with very many calls, the pieces of which come mixed, costs what it is long: nothing
// in it is looked through again for each event.
func TestManyCalls(t *testing.T) {
	const n, most = 20_000, 1000 // of which OpenAI's reader takes 1024
	var mixed strings.Builder
	for i := range most {
		fmt.Fprintf(&mixed, chunkOf+`{"tool_calls":[{"index":%d,"id":"c%d","type":"function","function":{"name":"f","arguments":"{"}}]}`+chunkEnds, i, i)
	}
	for i := range most {
		fmt.Fprintf(&mixed, chunkOf+`{"tool_calls":[{"index":%d,"function":{"arguments":"}"}}]}`+chunkEnds, i)
	}
	mixed.WriteString(`data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}` + "\n\ndata: [DONE]\n\n")
	var blocks strings.Builder
	blocks.WriteString(startOf)
	for i := range n {
		fmt.Fprintf(&blocks, "event: content_block_start\n"+`data: {"type":"content_block_start","index":%d,"content_block":{"type":"tool_use","id":"c%d","name":"f","input":{}}}`+"\n\n", i, i)
		fmt.Fprintf(&blocks, "event: content_block_delta\n"+`data: {"type":"content_block_delta","index":%d,"delta":{"type":"input_json_delta","partial_json":"{}"}}`+"\n\n", i)
		fmt.Fprintf(&blocks, "event: content_block_stop\n"+`data: {"type":"content_block_stop","index":%d}`+"\n\n", i)
	}
	blocks.WriteString("event: message_delta\n" + `data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":1}}` + "\n\nevent: message_stop\n" + `data: {"type":"message_stop"}` + "\n\n")
	for from, stream := range map[llm.Schema]string{llm.SchemaOpenAI: mixed.String(), llm.SchemaAnthropic: blocks.String()} {
		for _, to := range schemas {
			req := &llm.Request{Schema: to, Operation: llm.OperationChat, Stream: true, WantUsage: true, Model: "m"}
			began := time.Now()
			out := relay(to, from, req, []byte(stream))
			if took := time.Since(began); took > 10*time.Second || out.failed {
				t.Errorf("%v to %v: %v for %d calls, %s", from, to, took, n, out.err)
			} else {
				t.Logf("%v to %v: %v", from, to, took)
				if last := fmt.Sprintf("c%d", most-1); !strings.Contains(string(out.written), last) {
					t.Errorf("%v to %v: the last call is lost", from, to)
				}
			}
		}
	}
}

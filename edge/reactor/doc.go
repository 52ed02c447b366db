// Command reactor is the core as a WebAssembly module: an abi.Machine with exports, for
// Workers, wazero, deno and Node alike. It imports WASI preview 1 and nothing else, and
// of that it needs only a clock that is never 0, random bytes and a place for its last
// words (fd_write on 2).
//
//	GOOS=wasip1 GOARCH=wasm go build -trimpath -ldflags='-s -w' -buildmode=c-shared -o reactor.wasm ./edge/reactor
//
// The host calls _initialize once, then what it needs, one call at a time:
//
//	strowger_abi_version() -> u32                      the version of the boundary, now 4
//	strowger_alloc(size u32) -> u32                    where the host may write size bytes; 0: too many
//	strowger_free()                                    lets go of the last input and result
//	strowger_configure(control u32, raw u32) -> u64
//	strowger_fold(control u32, raw u32) -> u64
//	strowger_decide(control u32, raw u32) -> u64
//	strowger_open(control u32, raw u32) -> u64
//	strowger_step(handle u32, control u32, raw u32) -> u64
//	strowger_data(handle u32, attempt u32, now_us f64, raw u32) -> u64
//	strowger_close(handle u32) -> u64
//	strowger_models(control u32) -> u64
//	strowger_abort(control u32) -> u64
//	strowger_admit(control u32, raw u32) -> u64
//	strowger_settle(control u32, raw u32) -> u64
//	strowger_accounts(control u32, raw u32) -> u64
//	strowger_recall(control u32, raw u32) -> u64
//
// Before a call the host writes the control message and, right behind it, the raw bytes
// at the place that strowger_alloc gave; control and raw are their lengths. The result is
// place<<32 | length, good until the next call; the memory may have grown, so a view of it
// must be taken anew. What the bytes mean is said in package abi.
//
// The place that strowger_alloc(size) gave, and size bytes of it, stay good for one call
// after another, as for the chunks of a stream, until the next strowger_alloc,
// strowger_open or strowger_free, whatever they answer; one of more than 1 MiB only until
// the next call. From then on the host must not write there.
//
// A panic inside is answered with an error record of code dead, and so is every later
// call: what the panic left behind cannot be trusted. The host makes a new instance; the
// exchanges of the old one are lost. A trap means the same.
package main

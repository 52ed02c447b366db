module independent

go 1.26.0

require (
	github.com/tetratelabs/proxy-wasm-go-sdk v0.24.0
	mosn.io/proxy-wasm-go-host v0.2.0
)

require (
	github.com/tetratelabs/wazero v1.7.2 // indirect
	github.com/wasmerio/wasmer-go v1.0.4 // indirect
)

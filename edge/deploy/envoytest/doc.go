// Package envoytest holds the Envoy bootstraps that strowger export writes against the published
// types of Envoy's API. It is a module of its own, so that nobody else has to download these:
//
//	cd edge/deploy/envoytest && go test ./...
//
// The bootstraps are the golden files of package deploy. Envoy itself is not run.
package envoytest

// Package deploy is what an edge host is configured with, and what is written for one: the
// deployment document, strowger.json, and the files that stand beside the module on each target.
// It does no I/O.
//
//	d, err := deploy.New(cfg, deploy.Options{})        // from a configuration's catalog
//	for _, w := range d.Warnings(deploy.Worker) { … }
//	files, err := d.Files(deploy.Worker)               // text; the module goes beside them
//
//	doc, err := deploy.Read(text)                      // a host in Go
//	rev, err := host.Configure(ctx, doc.Catalog)       // rev is doc.Rev
//
// No secret is ever part of it: the catalog holds references, and the document maps each of them
// to the name under which the host finds the secret.
package deploy

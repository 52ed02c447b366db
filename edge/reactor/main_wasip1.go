package main

import module "strowger/edge/reactor/exports"

// exportRecall is of the reactor alone: the filter of proxies has no room for it.
//
//go:wasmexport strowger_recall
func exportRecall(control, raw uint32) uint64 { return module.Recall(control, raw) }

func main() {} // a reactor has no program of its own

package main

import (
	"context"
	"os/exec"

	"strowger/bench/process"
)

// start runs a program that is measured, or helps to, on its core.
func start(ctx context.Context, c cores, name string, cmd *exec.Cmd) (*process.Process, error) {
	return process.Start(ctx, name, cmd, func() error { return c.start(name, cmd.Start) })
}

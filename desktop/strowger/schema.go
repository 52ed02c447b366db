package main

import (
	"context"

	"strowger/desktop/config"
)

// schema prints what editors read to complete and check a configuration.
func schema(_ context.Context, e *env, args []string) error {
	if err := parse(flags(e, "schema"), args, 0); err != nil {
		return err
	}
	_, err := e.out.Write(config.Schema())
	return err
}

//go:build !linux

package main

import (
	"errors"
	"runtime"
	"time"
)

var errNotHere = errors.New("not available on " + runtime.GOOS)

func twoCores() (first, second int, err error) { return 0, 0, errNotHere }

func moveHere(int) error { return errNotHere }

func startOn(_ int, start func() error) error { return start() }

func cpuTime(int) (time.Duration, error) { return 0, errNotHere }

func memory(int) (resident, own int64, err error) { return 0, 0, errNotHere }

//go:build !linux

package process

import (
	"errors"
	"runtime"
	"time"
)

var errNotHere = errors.New("not available on " + runtime.GOOS)

func twoCores() (first, second int, err error) { return 0, 0, errNotHere }

func moveHere(int) error { return errNotHere }

func startOn(_ int, start func() error) error { return start() }

// Family is the process alone; of others nothing is known here.
func Family(pid int) []int { return []int{pid} }

// CPUTime is not known here.
func CPUTime(int) (time.Duration, error) { return 0, errNotHere }

// Processor is not known here.
func Processor() string { return "" }

// OpenFiles does nothing here: there is no such limit, or none that is known.
func OpenFiles(want uint64) (uint64, error) { return want, nil }

func threads(int) []thread { return nil }

//go:build !linux

package process

import (
	"errors"
	"runtime"
)

// Memory is what a process holds in memory, which is asked on Linux only.
func Memory(int) (resident, own int64, err error) {
	return 0, 0, errors.New("memory is not measured on " + runtime.GOOS)
}

// Peak is the most that a process has held in memory, which is asked on Linux only.
func Peak(int) (most int64, err error) {
	return 0, errors.New("memory is not measured on " + runtime.GOOS)
}

package app

import (
	"bufio"
	"fmt"
	"os"
	"reflect"
	"strings"
	"syscall"
)

// leaveCode takes the program's code out of what this process holds in memory. The kernel maps
// 64 KiB around each function that is called, and a start calls a few in every package: most of the
// code is held then, and little of it is called again. What is comes back from the page cache at its
// next call. Nobody writes to code, so nothing is lost.
func leaveCode() error {
	from, to, err := code()
	if err != nil {
		return err
	}
	if _, _, e := syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_DONTNEED); e != 0 {
		return fmt.Errorf("madvise: %w", e)
	}
	return nil
}

// code is where it is mapped.
func code() (from, to uintptr, err error) {
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	own := reflect.ValueOf(code).Pointer()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		where, access, _ := strings.Cut(lines.Text(), " ")
		if _, err := fmt.Sscanf(where, "%x-%x", &from, &to); err == nil && from <= own && own < to && strings.HasPrefix(access, "r-xp ") {
			return from, to, nil
		}
	}
	return 0, 0, fmt.Errorf("%s: the code is not found", f.Name())
}

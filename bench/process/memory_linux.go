package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// Memory is how many bytes a process holds in memory: all of it, and without what it shares with
// the file system, such as its program, and what the system takes back at will.
func Memory(pid int) (resident, own int64, err error) {
	err = status(pid, map[string]*int64{"VmRSS": &resident, "RssAnon": &own})
	return resident, own, err
}

// Peak is the most that a process has held in memory since it began.
func Peak(pid int) (most int64, err error) {
	err = status(pid, map[string]*int64{"VmHWM": &most})
	return most, err
}

// status reads sizes that the kernel keeps for a process, in bytes.
func status(pid int, sizes map[string]*int64) error {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return err
	}
	for line := range bytes.Lines(b) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		to := sizes[string(name)]
		if to == nil {
			continue
		}
		kib, err := strconv.ParseInt(string(bytes.TrimSuffix(bytes.TrimSpace(value), []byte(" kB"))), 10, 64)
		if err != nil {
			return err
		}
		*to = kib << 10
	}
	return nil
}

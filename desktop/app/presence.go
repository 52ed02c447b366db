package app

import (
	"net"
	"net/netip"
	"os"

	"strowger/desktop/store"
)

// take holds the folder of the record, before anything is opened or listened on. What keeps it
// from that is the problem with which nothing is recorded, or the error if o asks to be alone.
func (a *App) take(o Options) (problem string, err error) {
	path, err := Database(o.DataDir)
	if err == nil {
		a.lock, err = store.Lock(path)
	}
	switch {
	case err == nil:
		a.path = path
		a.closers = append(a.closers, a.lock.Release)
		return "", nil
	case o.Alone && store.Busy(err):
		return "", err
	}
	return a.warn("nothing is recorded: " + err.Error()), nil
}

// say leaves a note of where this process is, for windows. Without one it is only not found.
func (a *App) say(version string) {
	a.presence = store.Presence{PID: os.Getpid(), Listen: near(a.listener.Addr()), Token: a.local, Version: version}
	a.presence.Admin = a.presence.Listen
	if a.admin != nil {
		a.presence.Admin = near(a.admin.Addr())
	}
	if a.lock == nil {
		return
	}
	if err := a.lock.Note(a.presence); err != nil {
		a.log.Warn("a window will not find this process", "error", err)
	}
}

// Presence says how a window of this machine reaches this process.
func (a *App) Presence() store.Presence { return a.presence }

// near is a listener's address as this machine reaches it.
func near(addr net.Addr) string {
	listening, err := netip.ParseAddrPort(addr.String())
	if err != nil || !listening.Addr().IsUnspecified() {
		return addr.String()
	}
	here := netip.AddrFrom4([4]byte{127, 0, 0, 1}) // who listens on all of IPv6 hears IPv4 too
	return netip.AddrPortFrom(here, listening.Port()).String()
}

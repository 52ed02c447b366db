//go:build !darwin && !windows

package secret

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/godbus/dbus/v5"
)

// secretService is the bus name of a running Secret Service
// (https://specifications.freedesktop.org/secret-service).
const secretService = "org.freedesktop.secrets"

// reachable reports why the keyring is not to be asked. Asking must not start anything
// that nobody sees: neither a bus, which the library would launch for lack of one, nor,
// without a screen, a keyring that the bus would start.
func reachable() error {
	address := os.Getenv("DBUS_SESSION_BUS_ADDRESS")
	screen := os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
	switch {
	case strings.HasPrefix(address, "disabled"):
		return errors.New("DBUS_SESSION_BUS_ADDRESS says disabled")
	case address == "" || address == "autolaunch:":
		if !screen || !userBus() {
			return errors.New("there is no session bus")
		}
		return nil
	case screen:
		return nil
	}
	return running()
}

// userBus reports whether the user's bus is where the library looks for it.
func userBus() bool {
	dir := fmt.Sprintf("/run/user/%d/", os.Getuid())
	for _, name := range [...]string{"bus", "dbus-session"} {
		if _, err := os.Stat(dir + name); err == nil {
			return true
		}
	}
	return false
}

// running reports whether a Secret Service is on the bus already.
func running() error {
	ctx, cancel := context.WithTimeout(context.Background(), keyringWait)
	defer cancel()
	conn, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return errors.New("the session bus does not answer")
	}
	defer conn.Close()
	owned := false
	if err := conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, secretService).Store(&owned); err != nil {
		return errors.New("the session bus does not answer")
	}
	if !owned {
		return errors.New("no Secret Service is running, and none is started without a screen")
	}
	return nil
}

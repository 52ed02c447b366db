package main

import (
	"context"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"

	"github.com/wailsapp/wails/v2/pkg/runtime"
)

// notify shows what a person wants to be told, until over. Where the system takes no notifications,
// the log has them.
func (w *window) notify(over, ctx context.Context) {
	// The system may keep a call waiting; what comes meanwhile is not worth it any more.
	notices := make(chan notice, 4)
	go func() {
		shown := w.notifies(ctx)
		for n := range notices {
			w.log.Info("notice", "title", n.title, "body", n.body)
			if !shown {
				continue
			}
			if err := runtime.SendNotification(ctx, runtime.NotificationOptions{ID: "strowger", Title: n.title, Body: n.body}); err != nil {
				w.log.Warn("a notice is not shown", "error", err)
			}
		}
	}()
	newReporter(func() wants { return w.kept.get().Notify }).follow(over, w.home.get, func(n notice) {
		select {
		case notices <- n:
		default:
		}
	})
	close(notices)
}

// notifies makes the system ready for notifications, and reports whether it takes them.
func (w *window) notifies(ctx context.Context) bool {
	if !hasBus() {
		w.log.Info("notices are only in the log: there is no session bus")
		return false
	}
	err := runtime.InitializeNotifications(ctx)
	allowed := err == nil
	if allowed {
		allowed, err = runtime.RequestNotificationAuthorization(ctx) // macOS asks
	}
	if !allowed {
		w.log.Info("notices are only in the log", "error", err)
		return false
	}
	runtime.OnNotificationResponse(ctx, func(runtime.NotificationResult) { w.bell.ring(wordShow) })
	return true
}

// hasBus reports whether notifications have a way. Where they go over a session bus, none is to be
// started for them.
func hasBus() bool {
	if goruntime.GOOS == "windows" || goruntime.GOOS == "darwin" {
		return true
	}
	address := os.Getenv("DBUS_SESSION_BUS_ADDRESS")
	if address != "" && address != "autolaunch:" {
		return !strings.HasPrefix(address, "disabled")
	}
	_, err := os.Stat(filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus"))
	return err == nil
}

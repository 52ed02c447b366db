package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	"github.com/wailsapp/wails/v2/pkg/runtime"
)

// window is the one window of a data folder.
type window struct {
	s    settings
	log  *slog.Logger
	home *home
	kept *keeper
	bell *bell

	starting sync.Mutex  // a Strowger of its own
	leaving  atomic.Bool // it is to end, whatever closing means else
	asking   atomic.Bool // a question is shown
	hidden   atomic.Bool
}

// show opens the window and returns when it is closed, or when the process is asked to end.
func (w *window) show() error {
	place := w.kept.get().Place
	o := pane(dashboard(w.home, w.own()))
	if place.Width > 0 {
		o.Width, o.Height = place.Width, place.Height
	}
	if place.Maximised {
		o.WindowStartState = options.Maximised
	}
	o.StartHidden = w.s.background
	w.hidden.Store(w.s.background)
	over, end := context.WithCancel(context.Background())
	var running sync.WaitGroup
	o.OnStartup = func(ctx context.Context) { // ctx says which window; it is never cancelled
		w.settle(ctx, place)
		running.Go(func() { w.listen(over, ctx) })
		running.Go(func() { w.home.watch(over, func() { w.bell.ring(wordLoad) }) })
		running.Go(func() { w.notify(over, ctx) })
	}
	o.OnBeforeClose = w.stays
	err := open(o)
	end()
	running.Wait()
	return err
}

// showProblem opens the window with what keeps Strowger from starting.
func (w *window) showProblem(cause error) error { return open(pane(problem(cause, w.s))) }

// pane is a window that shows what handler serves.
func pane(handler http.Handler) *options.App {
	return &options.App{
		Title:                    "Strowger",
		Width:                    usualWidth,
		Height:                   usualHeight,
		MinWidth:                 leastWidth,
		MinHeight:                leastHeight,
		BackgroundColour:         options.NewRGB(0x84, 0x7c, 0x6e), // between light and dark, seen for a moment
		AssetServer:              &assetserver.Options{Handler: handler},
		LogLevelProduction:       logger.ERROR,
		EnableDefaultContextMenu: true, // copying a text
		Linux: &linux.Options{
			ProgramName:      "strowger",
			WebviewGpuPolicy: linux.WebviewGpuPolicyNever,
			Icon:             icon,
		},
	}
}

func open(o *options.App) (err error) {
	// Without a display GTK cannot start, and Wails panics.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("cannot open a window: %v; without a display use: strowger serve", p)
		}
	}()
	return wails.Run(o)
}

// settle puts the window where it was, if a screen is still there.
func (w *window) settle(ctx context.Context, p place) {
	screens, err := runtime.ScreenGetAll(ctx)
	if err != nil {
		return
	}
	for _, s := range screens {
		if s.IsCurrent && !p.Maximised && p.on(s.Size.Width, s.Size.Height) {
			runtime.WindowSetPosition(ctx, p.X, p.Y)
		}
	}
}

// listen does what is said to the window, by signals or by its bell, until over.
func (w *window) listen(over, ctx context.Context) {
	// Wails' own answer to signals is that of closing the window, which may only hide it.
	signal.Reset(os.Interrupt, syscall.SIGTERM)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	w.entitle(ctx)
	for {
		word := wordQuit
		select {
		case <-over.Done():
			return
		case <-signals:
		case word = <-w.bell.words:
		}
		switch word {
		case wordShow:
			if w.hidden.Swap(false) {
				w.settle(ctx, w.kept.get().Place) // who manages windows has forgotten it
			}
			runtime.WindowShow(ctx)
			runtime.WindowUnminimise(ctx)
		case wordLoad:
			w.entitle(ctx)
			runtime.WindowReloadApp(ctx)
		case wordQuit:
			w.leaving.Store(true)
			if w.asking.Load() { // a question keeps Wails from ending
				w.leave()
			}
			runtime.Quit(ctx)
		}
	}
}

// leave ends the process, and what it serves first, whatever the window shows.
func (w *window) leave() {
	code := 0
	if err := errors.Join(w.home.close(), w.bell.close()); err != nil {
		w.log.Error("at the end", "error", err)
		code = exitFailed
	}
	os.Exit(code)
}

// entitle says in the title whose Strowger is shown.
func (w *window) entitle(ctx context.Context) {
	title := "Strowger"
	if at, up := w.home.where(); w.home.attached() && up {
		title = fmt.Sprintf("Strowger, attached to %s (process %d)", at.Listen, at.PID)
	}
	runtime.WindowSetTitle(ctx, title)
}

// What the question of the first close says.
const (
	question = "Keep Strowger running in the background?"
	choices  = "Programs can go on using it while no window is open.\n\n" +
		"To see the window again, start Strowger again. To end it, switch this off in its Settings and close the window; in a terminal, strowger-desktop --quit does it.\n\n" +
		"Closing will do the same from now on, until the settings of the window say otherwise."
)

// stays is asked when the window is to be closed, and reports whether it only hides.
func (w *window) stays(ctx context.Context) bool {
	if !w.hidden.Load() {
		w.remember(ctx)
	}
	if w.leaving.Load() {
		return false
	}
	background := w.kept.get().CloseToBackground
	if background == unasked && !w.home.attached() { // what goes on without a window needs no question
		if !w.asking.CompareAndSwap(false, true) {
			return true // it is shown already
		}
		background = w.ask(ctx)
		w.asking.Store(false)
		if background == unasked {
			return true // the question was closed, so the window is not
		}
	}
	if w.leaving.Load() || background != yes {
		return false
	}
	w.hidden.Store(true)
	runtime.WindowHide(ctx)
	return true
}

// ask asks what closing is to mean, and keeps the answer, unless there is none.
func (w *window) ask(ctx context.Context) choice {
	said, err := runtime.MessageDialog(ctx, runtime.MessageDialogOptions{
		Type: runtime.QuestionDialog, Title: question, Message: question + "\n\n" + choices, DefaultButton: "Yes"})
	if err != nil {
		w.log.Warn("what closing is to mean cannot be asked", "error", err)
		return no
	}
	background, known := map[string]choice{"Yes": yes, "No": no}[said]
	if !known {
		return unasked
	}
	err = w.kept.set(func(k *kept) { k.CloseToBackground = background })
	if err != nil {
		w.log.Warn("what closing is to mean is not kept", "error", err)
	}
	return background
}

// remember keeps where the window is.
func (w *window) remember(ctx context.Context) {
	var p place
	p.Width, p.Height = runtime.WindowGetSize(ctx)
	p.X, p.Y = runtime.WindowGetPosition(ctx)
	p.Maximised = runtime.WindowIsMaximised(ctx)
	if before := w.kept.get().Place; p.Maximised { // as it is to be when it is no longer
		p.X, p.Y, p.Width, p.Height = before.X, before.Y, before.Width, before.Height
	}
	if err := w.kept.set(func(k *kept) { k.Place = p }); err != nil {
		w.log.Warn("the window's place is not kept", "error", err)
	}
}

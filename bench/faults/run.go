package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"time"

	"strowger/bench/process"
)

// outcome is everything that a run has shown.
type outcome struct {
	trials []*trial
	lanes  []*lane
	left   []string // what was left open behind it
	took   time.Duration
}

// bench is the program with all its providers.
type bench struct {
	trials  []*trial
	lanes   []*lane
	seconds map[mode]*healthy
	process *process.Process
	url     string
}

// run tries the rows that match, and the sweep.
func run(ctx context.Context, o options, dir string) (res *outcome, err error) {
	binary := o.strowger
	if binary == "" {
		binary = filepath.Join(dir, "strowger-faults")
		if err = process.Build(ctx, binary); err != nil {
			return nil, err
		}
	}
	begin := time.Now()
	b := &bench{seconds: map[mode]*healthy{}}
	defer b.close()
	if err := b.provide(o); err != nil {
		return nil, err
	}
	cmd, err := process.Serve(binary, dir, b.config())
	if err != nil {
		return nil, err
	}
	if b.process, err = process.Start(ctx, "strowger", cmd, cmd.Start); err != nil {
		return nil, err
	}
	b.url = "http://" + b.process.Addr
	b.try(ctx, o.parallel)
	if len(b.lanes) > 0 {
		sweep(ctx, b.url, b.lanes, o.every, o.parallel*4)
		for _, l := range b.lanes {
			l.count(b.seconds[l.mode])
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, errors.Join(err, b.process.Stop())
	}
	res = &outcome{trials: b.trials, lanes: b.lanes, left: b.left(), took: time.Since(begin)}
	return res, b.process.Stop()
}

// provide starts the providers.
func (b *bench) provide(o options) error {
	var rows []row
	for _, r := range matrix() {
		if matches(o.match, r) {
			rows = append(rows, r)
		}
	}
	b.trials = trialsOf(rows)
	if o.every > 0 {
		b.lanes = lanes()
	}
	for _, m := range []mode{modeSame, modeOther, modePrefill} {
		h, err := newHealthy(m)
		if err != nil {
			return err
		}
		b.seconds[m] = h
	}
	for _, t := range b.trials {
		if err := b.provideFor(t); err != nil {
			return err
		}
	}
	for _, l := range b.lanes {
		var err error
		if l.raw, err = newRaw(nil, l.script); err != nil {
			return err
		}
		if l.mode != modeNone {
			b.seconds[l.mode].teach(l.name, l.text, "")
		}
	}
	return nil
}

// provideFor starts the providers of a trial.
func (b *bench) provideFor(t *trial) (err error) {
	if t.raw, err = newRaw(t.half.does, nil); err != nil {
		return err
	}
	if t.mode == modeChain {
		if t.between, err = newRaw(between(t.half.thought), nil); err != nil {
			return err
		}
	}
	switch m := t.lastMode(); m {
	case modeNone:
	case modeOther:
		b.seconds[m].teach(t.name, otherText, "")
	default:
		b.seconds[m].teach(t.name, fullText, t.half.thought)
	}
	return nil
}

// between is what the provider in between does: it comes further than most, in pieces of its
// own, and breaks off.
func between(thought string) []script {
	events := []string{event(`{"role":"assistant"}`, "null")}
	for _, p := range pieces(thought, 3) {
		events = append(events, event(`{"reasoning_content":`+quote(p)+`}`, "null"))
	}
	for _, p := range pieces(text1+text2, 5) {
		events = append(events, event(content(p), "null"))
	}
	return does(say(stream(events...)), fin)
}

func matches(match *regexp.Regexp, r row) bool {
	return match == nil || match.MatchString(r.fault+" "+string(r.stage))
}

// config is the configuration of the program.
func (b *bench) config() []byte {
	var providers, models bytes.Buffer
	configuration(&providers, &models, b.trials, b.seconds)
	sweepConfiguration(&providers, &models, b.lanes)
	return append(providers.Bytes(), models.Bytes()...)
}

// try runs the trials, so many at a time.
func (b *bench) try(ctx context.Context, parallel int) {
	next := make(chan *trial)
	var workers sync.WaitGroup
	for range parallel {
		workers.Go(func() {
			for t := range next {
				t.run(ctx, b.url, b.seconds)
			}
		})
	}
	for _, t := range b.trials {
		if ctx.Err() != nil {
			break
		}
		next <- t
	}
	close(next)
	workers.Wait()
}

// left is what is still open at the providers although every request has ended. A connection
// that is kept for the next request does not count: only providers that hang are looked at.
func (b *bench) left() (all []string) {
	hanging := func() (all []string) {
		for _, l := range b.lanes {
			if n := l.raw.open.Load(); n > 0 && l.end == hang {
				all = append(all, fmt.Sprintf("%v: %d connections are open although nobody waits for them", l, n))
			}
		}
		for _, t := range b.trials {
			if n := t.raw.open.Load(); n > 0 && hangs(t.half.does) {
				all = append(all, fmt.Sprintf("%v: %d connections are open although nobody waits for them", t, n))
			}
		}
		return all
	}
	for late := time.Now().Add(5 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if all = hanging(); len(all) == 0 || time.Now().After(late) {
			return all
		}
	}
}

// hangs reports whether a provider never ends its answers by itself.
func hangs(scripts []script) bool {
	return slices.ContainsFunc(scripts, func(s script) bool {
		if len(s) == 0 {
			return false
		}
		last := s[len(s)-1]
		return last.end == endHang || last.end == endFull || last.tick != ""
	})
}

func (b *bench) close() {
	if b.process != nil {
		select {
		case <-b.process.Done():
		default:
			_ = b.process.Stop() // an error is on its way already
		}
	}
	for _, t := range b.trials {
		for _, r := range []*raw{t.raw, t.between} {
			if r != nil {
				r.close()
			}
		}
	}
	for _, l := range b.lanes {
		if l.raw != nil {
			l.raw.close()
		}
	}
	for _, h := range b.seconds {
		_ = h.serve.Close() // nothing is asked any more
	}
	asking.CloseIdleConnections()
}

// scratch is a folder for one run, and what removes it.
func scratch(log io.Writer) (dir string, remove func(), err error) {
	if dir, err = os.MkdirTemp("", "strowger-faults-"); err != nil {
		return "", nil, err
	}
	return dir, func() {
		if err := os.RemoveAll(dir); err != nil {
			fmt.Fprintf(log, "faults: %v\n", err)
		}
	}, nil
}

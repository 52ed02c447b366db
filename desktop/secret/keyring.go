package secret

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/zalando/go-keyring"
)

// keyringService is what secrets are filed under in the system's keyring.
const keyringService = "strowger"

// keyringWait is how long the keyring may take to answer a request's question. One that
// waits for somebody to unlock it would take for ever.
const keyringWait = 3 * time.Second

// ErrMissing is the error of a name that is not in the keyring.
var ErrMissing = errors.New("not in the keyring; store it with strowger key set")

// Keyring is the system's keyring: the Secret Service on Linux, the Keychain on macOS, the
// Credential Manager on Windows. Where there is no screen it is only asked if it runs
// already, so that no daemon is started. The zero value is ready.
type Keyring struct {
	// Wait is how long it may take; 0 means 3 seconds. Longer lets somebody unlock it.
	Wait time.Duration
}

// Get is the secret of that name; ErrMissing if there is none.
func (k Keyring) Get(name string) (string, error) {
	q := ask(name, nil)
	return q.await(k.wait())
}

// Set stores a secret, instead of what was there under that name.
func (k Keyring) Set(name, secret string) error {
	if strings.TrimSpace(secret) == "" {
		return errors.New("the secret is empty")
	}
	if _, err := oneLine("keyring:"+name, secret); err != nil {
		return err
	}
	return k.do(func() error { return keyring.Set(keyringService, name, secret) })
}

// Remove deletes the secret of that name; ErrMissing if there is none.
func (k Keyring) Remove(name string) error {
	return k.do(func() error { return keyring.Delete(keyringService, name) })
}

func (k Keyring) wait() time.Duration {
	if k.Wait > 0 {
		return k.Wait
	}
	return keyringWait
}

// do does what the keyring may take its time for.
func (k Keyring) do(what func() error) error {
	done := make(chan error, 1)
	go func() {
		if err := reachable(); err != nil {
			done <- unavailable(err)
			return
		}
		done <- explained(what())
	}()
	select {
	case err := <-done:
		return err
	case <-time.After(k.wait()):
		return errSilent
	}
}

// errSilent is the error of a keyring that does not answer in time.
var errSilent = errors.New("the keyring does not answer: is it waiting to be unlocked? Unlock it, or use an env: or file: reference")

// unavailable is the error of a keyring that cannot be used, whatever the reason.
func unavailable(err error) error {
	return fmt.Errorf("no keyring can be used here (%w); use an env: or file: reference instead", err)
}

// explained is a keyring's error. Those that are neither about a name nor about a size mean
// that there is no keyring to use.
func explained(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keyring.ErrNotFound):
		return ErrMissing
	case errors.Is(err, keyring.ErrSetDataTooBig):
		return errors.New("the secret is too long for this system's keyring; use a file: reference")
	}
	return unavailable(err)
}

// question is one to the keyring. It goes on when nobody waits any more, so that what
// is unlocked late is still found.
type question struct {
	began  time.Time
	done   chan struct{} // closed when the rest is set
	secret string
	err    error
}

// ask begins a question. answered, if not nil, is called with the answer before anyone who
// waits sees it.
func ask(name string, answered func(secret string, err error)) *question {
	q := &question{began: time.Now(), done: make(chan struct{})}
	go func() {
		defer close(q.done)
		if err := reachable(); err != nil {
			q.err = unavailable(err)
		} else if q.secret, err = keyring.Get(keyringService, name); err != nil {
			q.secret, q.err = "", explained(err)
		} else {
			q.secret, q.err = oneLine("keyring:"+name, strings.TrimSpace(q.secret))
		}
		if answered != nil {
			answered(q.secret, q.err)
		}
	}()
	return q
}

// await is the answer, if it comes within that time of the question.
func (q *question) await(wait time.Duration) (string, error) {
	timer := time.NewTimer(wait - time.Since(q.began))
	defer timer.Stop()
	select {
	case <-q.done:
	case <-timer.C:
	}
	select {
	case <-q.done:
		return q.secret, q.err
	default:
		return "", errSilent
	}
}

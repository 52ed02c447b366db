//go:build !linux

package main

import "time"

// forget has the system give up what it holds of the file in memory; here it cannot be told.
func forget(string) {}

// processor is how much of a processor's time this process has used; here it is not told.
func processor() time.Duration { return 0 }

// waited is how long this thread was ready to run and did not; here it is not told.
func waited() time.Duration { return 0 }

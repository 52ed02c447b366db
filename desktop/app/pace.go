package app

import "strowger/desktop/collector"

// pace has the garbage collector run less often than by itself.
func pace() { collector.Pace() }

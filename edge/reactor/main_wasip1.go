package main

import _ "strowger/edge/reactor/exports"

func main() {} // a reactor has no program of its own

package main

import (
	"fmt"
	"io"
	"path/filepath"
	"time"

	"strowger/core/auto"
)

// train fits the weights that are shipped and writes them.
func (o *options) train(out io.Writer) error {
	begin := time.Now()
	d, err := load(filepath.Join(o.data, "train"))
	if err != nil {
		return err
	}
	weights, err := o.weights(d)
	if err != nil {
		return err
	}
	if err := write(o.out, "weights.bin", weights); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d bytes from %d prompts (data %s) and our own, seed %d, in %.1f s\n", len(weights), len(d.rows), d.hash, chosen().seed, time.Since(begin).Seconds())
	return nil
}

// weights fits to all sources. The lexicon that is built in has to be that of the lists.
func (o *options) weights(d dataset) ([]byte, error) {
	if !auto.LexiconIsCurrent() {
		return nil, fmt.Errorf("core/auto/lexicon.bin is not what core/auto/words.go lists: run the command lexicon first")
	}
	mine, err := ownExamples()
	if err != nil {
		return nil, err
	}
	return train(examples(d.rows), mine, chosen()), nil
}

// reproduces reports whether fitting again gives the weights that are built in.
func (o *options) reproduces(d dataset) (bool, error) {
	again, err := o.weights(d)
	if err != nil {
		return false, err
	}
	w, ok := auto.ParseWeights(again)
	return ok && w == auto.Shipped(), nil
}

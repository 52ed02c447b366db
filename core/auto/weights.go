package auto

import _ "embed" // for the two tables

// lexicon is what BuildLexicon makes of the lists of words.
//
//go:embed lexicon.bin
var lexicon string

// weights is what bench/auto's trainer has written.
//
//go:embed weights.bin
var weights string

// Weights are what a score is made with: for each feature its mean, its scale and its weights
// for both failures and for demand; a table of words for each failure; the quantiles of the score. Numbers
// are in two's complement, little end first.
type Weights struct{ b string }

// Where things stand in the weights.
const (
	handBytes   = 10                        // mean, scale, weights for hard, beyond and demand, 16 bits each
	atTable     = int(Features) * handBytes // a signed byte for each slot, hard and then beyond
	atQuantiles = atTable + 2*Slots         // 16 bits for each per cent, 0 to 100
	atBias      = atQuantiles + 101*2       // 16 bits: what both sums begin with, in 1/1024
	atMeans     = atBias + 4                // 16 bits: what the tables give to English on average
	atLength    = atMeans + 4               // 16 bits: weight of the last paragraph's length by itself
	atDemand    = atLength + 2              // 16 bits: weight of demand, and what is taken off it first
	WeightBytes = atDemand + 4              // the size of all
)

// Shipped are the weights that are built in.
func Shipped() Weights { return Weights{weights} }

// ParseWeights takes weights in the form of weights.bin; false if they are of another size.
func ParseWeights(b []byte) (Weights, bool) {
	return Weights{string(b)}, len(b) == WeightBytes
}

func (w Weights) at(i int) int32 { return int32(int16(uint16(w.b[i]) | uint16(w.b[i+1])<<8)) }

// hand is value k of feature f: mean, scale, weights for hard, beyond and demand.
func (w Weights) hand(f, k int) int32 { return w.at(f*handBytes + 2*k) }

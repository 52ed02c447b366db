package plan

import "strconv"

// Score is what a strategy ranked a candidate by; lower goes first.
type Score struct {
	Known bool
	Unit  Unit
	tie   int32 // decides between equal values, lower first
	Value int64
	Terms [4]Term // those with a name
}

// Term is one part of a score; a Term whose name is TermNone is no term.
type Term struct {
	Name  TermName
	Unit  Unit
	Value int64
}

// TermName says what a term is.
type TermName uint8

// The terms.
const (
	TermNone        TermName = iota
	TermInput                // what the input costs
	TermOutput               // what the expected output costs
	TermRequest              // what every request costs
	TermCost                 // all of these
	TermShare                // of the draw
	TermUptime               // successes
	TermPicked               // turns had
	TermInFlight             // attempts in flight
	TermPerToken             // measured time of a token
	TermFirstToken           // measured time to the first token
	TermWholeAnswer          // measured time to the whole answer
	TermSamples              // behind what is measured
	TermPeers                // median of the peers
	TermSuccess              // expected share of successes
	TermWeight               // of an arm
	TermOf                   // sum of the weights that could be drawn
	TermDraws                // how often was drawn until an arm was available
	TermImages               // what the images cost
)

var termNames = [...]string{
	"", "input", "output", "request", "cost", "share", "uptime", "picked", "in_flight", "per_token",
	"first_token", "whole_answer", "samples", "peers", "success", "weight", "of", "draws", "images",
}

// String is the term's name.
func (n TermName) String() string {
	if int(n) < len(termNames) {
		return termNames[n]
	}
	return ""
}

// Unit is what a value is counted in.
type Unit uint8

// The units.
const (
	UnitNone     Unit = iota
	UnitMicros        // µs
	UnitNanos         // ns a token
	UnitNanoUSD       // billionths of a dollar
	UnitPermille      // thousandths
	UnitMilli         // thousandths of samples
	UnitTurns
	UnitAttempts
	UnitPosition // in the configured order
	UnitDraw     // the tier and the place in the draw
	UnitWeight   // 0: drawn; else by how much the weight is below the heaviest, and 1
	UnitMicroUSD // millionths of a dollar
	UnitTokens
	UnitSpeed // tokens per thousand seconds
)

var unitNames = [...]string{"", "us", "ns", "nano_usd", "permille", "milli", "turns", "attempts", "position", "draw", "weight", "micro_usd", "tokens", "tokens_per_ks"}

// String is the unit's name.
func (u Unit) String() string {
	if int(u) < len(unitNames) {
		return unitNames[u]
	}
	return ""
}

// Text is the score for people; empty when it is not known.
func (s *Score) Text() string { return string(s.appendText(nil)) }

func (s *Score) appendText(dst []byte) []byte {
	if !s.Known {
		return dst
	}
	return appendText(dst, s.Value, s.Unit)
}

// Text is the term for people.
func (t Term) Text() string { return text(t.Value, t.Unit) }

func text(value int64, unit Unit) string { return string(appendText(nil, value, unit)) }

func appendText(dst []byte, value int64, unit Unit) []byte {
	switch unit {
	case UnitMicros:
		return append(appendDecimal(dst, float64(value)/1000, 1), " ms"...)
	case UnitNanos:
		if value <= 0 {
			return append(dst, "no tokens"...)
		}
		return append(appendDecimal(dst, 1e9/float64(value), 1), " tokens/s"...)
	case UnitNanoUSD:
		return appendDecimal(append(dst, '$'), float64(value)/1e9, 6)
	case UnitPermille:
		return append(appendDecimal(dst, float64(value)/10, 1), '%')
	case UnitMilli:
		return appendDecimal(dst, float64(value)/1000, 1)
	case UnitTurns:
		return append(dst, plural(value, "turn")...)
	case UnitAttempts:
		return append(dst, plural(value, "attempt")...)
	case UnitDraw:
		return append(dst, drawText(value)...)
	case UnitWeight:
		if value == 0 {
			return append(dst, "drawn"...)
		}
		return append(dst, "not drawn"...)
	}
	return strconv.AppendInt(dst, value, 10)
}

func appendDecimal(dst []byte, v float64, digits int) []byte {
	return strconv.AppendFloat(dst, v, 'f', digits, 64)
}

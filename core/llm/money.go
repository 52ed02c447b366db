package llm

import "strconv"

// AppendDollars appends micro-dollars as a decimal number of dollars, exactly.
func AppendDollars(dst []byte, micro int64) []byte {
	const million = 1_000_000
	abs := uint64(micro)
	if micro < 0 {
		dst, abs = append(dst, '-'), -abs
	}
	dst = strconv.AppendUint(dst, abs/million, 10)
	rest := abs % million
	if rest == 0 {
		return dst
	}
	dst = append(dst, '.')
	for unit := uint64(million / 10); rest > 0; unit /= 10 {
		dst = append(dst, byte('0'+rest/unit))
		rest %= unit
	}
	return dst
}

// Dollars is micro-dollars as a decimal number of dollars, exactly.
func Dollars(micro int64) string {
	var buf [32]byte
	return string(AppendDollars(buf[:0], micro))
}

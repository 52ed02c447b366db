package llm

import "strconv"

// AppendDollars appends micro-dollars as a decimal number of dollars, exactly.
func AppendDollars(dst []byte, micro int64) []byte {
	if micro < 0 {
		dst, micro = append(dst, '-'), -micro
	}
	dst = strconv.AppendInt(dst, micro/1_000_000, 10)
	if rest := micro % 1_000_000; rest != 0 {
		digits := strconv.AppendInt(nil, 1_000_000+rest, 10)[1:]
		for digits[len(digits)-1] == '0' {
			digits = digits[:len(digits)-1]
		}
		dst = append(append(dst, '.'), digits...)
	}
	return dst
}

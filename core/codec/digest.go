package codec

import "strowger/core/llm"

// Digest is a hash of an id, ten letters and digits (FNV-1a, 64 bits): what stands for an id that
// a server would refuse is always the same.
func Digest(id llm.Escaped) string {
	const letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	h := uint64(14695981039346656037)
	for _, b := range id {
		h = (h ^ uint64(b)) * 1099511628211
	}
	var out [10]byte
	for i := range out {
		out[i] = letters[h%62]
		h /= 62
	}
	return string(out[:])
}

package document

import (
	"strconv"
	"strings"
)

const (
	digits  = "0123456789"
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// What is asked of texts. The Worker asks the same, by regular expressions.
const (
	ruleName = "expected the name of a secret: letters, digits and underscores, no digit first"
	mostText = 256 // bytes of a name
	inPath   = letters + digits + "-._~!$&'()*+,;=:@/"
)

// IsName reports whether a host can have a secret of that name.
func IsName(s string) bool {
	return s != "" && s[0] > '9' && len(s) <= mostText && strings.Trim(s, letters+digits+"_") == ""
}

// isLabel reports whether s can stand in a header as it is.
func isLabel(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= mostText && strings.TrimSpace(s) == s
}

// IsAddress reports whether s is an address that everybody reads alike: http or https, a host, at
// most a port and a path, and nothing that would have to be escaped.
func IsAddress(s string) bool {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(s, "http://")
	}
	host, path, _ := strings.Cut(rest, "/")
	host, port, hasPort := cutPort(host)
	if n, err := strconv.ParseUint(port, 10, 16); hasPort && (err != nil || n == 0) {
		return false
	}
	if inner, six := strings.CutPrefix(host, "["); six {
		inner, six = strings.CutSuffix(inner, "]")
		return ok && six && inner != "" && strings.Trim(inner, "0123456789abcdefABCDEF:.") == "" && strings.Trim(path, inPath) == ""
	}
	return ok && strings.Trim(host, ".-") == host && host != "" && strings.Trim(host, letters+digits+".-") == "" && strings.Trim(path, inPath) == ""
}

// cutPort cuts the port off, which stands behind the last colon that is not in brackets.
func cutPort(host string) (name, port string, has bool) {
	i := strings.LastIndexByte(host, ':')
	if i < 0 || strings.HasSuffix(host, "]") {
		return host, "", false
	}
	return host[:i], host[i+1:], true
}

// shortened is text to be shown: no more of it than tells which one is meant.
func shortened(s string) string {
	const shown = 64
	if len(s) > shown {
		return s[:shown] + "…"
	}
	return s
}

func quoted(s string) string { return strconv.Quote(shortened(s)) }

package scan

// The functions here check one piece of a document and return the place behind it. They share a shape:
// msg is empty if all is well, and else says what is wrong at the place returned.

// What can be wrong with a document.
const (
	msgEnd      = "unexpected end"
	msgValue    = "expected a value"
	msgLiteral  = "expected true, false or null"
	msgNumber   = "expected a digit"
	msgObject   = "expected an object"
	msgArray    = "expected an array"
	msgKey      = "expected a key"
	msgColon    = "expected ':' after the key"
	msgInObject = "expected ',' or '}'"
	msgInArray  = "expected ',' or ']'"
	msgDepth    = "nested deeper than 128 levels"
	msgKeys     = "more than 4096 keys"
	msgExponent = "exponent of more than 18 digits"
	msgTrailing = "unexpected data after the document"
	msgControl  = "control character in a string"
	msgUTF8     = "invalid UTF-8 in a string"
	msgEscape   = "invalid escape in a string"
)

// peek returns the byte at i, or 0, which no rule accepts outside of strings, if doc ends before.
func peek(doc []byte, i int) byte {
	if uint(i) < uint(len(doc)) {
		return doc[i]
	}
	return 0
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// skipSpace returns the place of the first byte from i on that is not white space (RFC 8259 §2).
func skipSpace(doc []byte, i int) int {
	for i < len(doc) && isSpace(doc[i]) {
		i++
	}
	return i
}

// skipValue checks the value that begins at i, inside of depth arrays and objects, and notes where its
// strings end.
func skipValue(doc []byte, i, depth int, to *ends) (end int, kind Kind, msg string) {
	switch peek(doc, i) {
	case '"':
		end, _, msg = skipString(doc, i)
		to.note(i, end)
		return end, KindString, msg
	case '{':
		end, msg = skipObject(doc, i, depth+1, to)
		return end, KindObject, msg
	case '[':
		end, msg = skipArray(doc, i, depth+1, to)
		return end, KindArray, msg
	case 't':
		end, msg = skipLiteral(doc, i, "true")
		return end, KindTrue, msg
	case 'f':
		end, msg = skipLiteral(doc, i, "false")
		return end, KindFalse, msg
	case 'n':
		end, msg = skipLiteral(doc, i, "null")
		return end, KindNull, msg
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		end, msg = skipNumber(doc, i)
		return end, KindNumber, msg
	}
	return i, KindNone, msgValue
}

// skipObject checks the object whose brace is at i and which is the depth-th level.
func skipObject(doc []byte, i, depth int, to *ends) (end int, msg string) {
	if depth > MaxDepth {
		return i, msgDepth
	}
	i = skipSpace(doc, i+1)
	if peek(doc, i) == '}' {
		return i + 1, ""
	}
	for {
		if _, i, _, msg = skipKey(doc, i); msg != "" {
			return i, msg
		}
		if i, _, msg = skipValue(doc, i, depth, to); msg != "" {
			return i, msg
		}
		i = skipSpace(doc, i)
		switch peek(doc, i) {
		case ',':
			i = skipSpace(doc, i+1)
		case '}':
			return i + 1, ""
		default:
			return i, msgInObject
		}
	}
}

// skipArray checks the array whose bracket is at i and which is the depth-th level.
func skipArray(doc []byte, i, depth int, to *ends) (end int, msg string) {
	if depth > MaxDepth {
		return i, msgDepth
	}
	i = skipSpace(doc, i+1)
	if peek(doc, i) == ']' {
		return i + 1, ""
	}
	for {
		if i, _, msg = skipValue(doc, i, depth, to); msg != "" {
			return i, msg
		}
		i = skipSpace(doc, i)
		switch peek(doc, i) {
		case ',':
			i = skipSpace(doc, i+1)
		case ']':
			return i + 1, ""
		default:
			return i, msgInArray
		}
	}
}

// skipKey checks the name that begins at i and the colon behind it. keyEnd is the place behind the
// name's closing quote, next that of the value, escaped says whether the name is written with escapes.
func skipKey(doc []byte, i int) (keyEnd, next int, escaped bool, msg string) {
	if peek(doc, i) != '"' {
		return i, i, false, msgKey
	}
	keyEnd, escaped, msg = skipString(doc, i)
	if msg != "" {
		return keyEnd, keyEnd, false, msg
	}
	i = skipSpace(doc, keyEnd)
	if peek(doc, i) != ':' {
		return keyEnd, i, false, msgColon
	}
	return keyEnd, skipSpace(doc, i+1), escaped, ""
}

// skipLiteral checks that word begins at i.
func skipLiteral(doc []byte, i int, word string) (end int, msg string) {
	if len(doc)-i < len(word) || string(doc[i:i+len(word)]) != word {
		return i, msgLiteral
	}
	return i + len(word), ""
}

// skipNumber checks the number that begins at i: an optional minus, digits without a needless zero in
// front, then optionally a fraction and an exponent (RFC 8259 §6).
func skipNumber(doc []byte, i int) (end int, msg string) {
	if peek(doc, i) == '-' {
		i++
	}
	digits := skipDigits(doc, i)
	if digits == i {
		return i, msgNumber
	}
	if doc[i] == '0' {
		digits = i + 1
	}
	i = digits
	if peek(doc, i) == '.' {
		if digits = skipDigits(doc, i+1); digits == i+1 {
			return digits, msgNumber
		}
		i = digits
	}
	if c := peek(doc, i); c == 'e' || c == 'E' {
		i++
		if c := peek(doc, i); c == '+' || c == '-' {
			i++
		}
		if digits = skipDigits(doc, i); digits == i {
			return digits, msgNumber
		}
		i = digits
	}
	return i, ""
}

func skipDigits(doc []byte, i int) int {
	for i < len(doc) && '0' <= doc[i] && doc[i] <= '9' {
		i++
	}
	return i
}

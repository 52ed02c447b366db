package auto

// What the dashboard shows and what is looked up by name stands in lists of words or lines:
// one string takes less room in the module than many.

// nth is line k of a list, counted from 0.
func nth(list string, k int) string {
	begin := 0
	for i := range len(list) {
		if list[i] != '\n' {
			continue
		}
		if k == 0 {
			return list[begin:i]
		}
		k--
		begin = i + 1
	}
	return list[begin:]
}

// index is the number of the line that is name, in small letters or not; below 0 if none is.
func index(list string, name []byte) int {
	line, at, same := 0, 0, true
	for i := 0; i <= len(list); i++ {
		if i == len(list) || list[i] == '\n' {
			if same && at == len(name) {
				return line
			}
			line, at, same = line+1, 0, true
			continue
		}
		same = same && at < len(name) && (list[i] == name[at] || list[i] == name[at]|0x20)
		at++
	}
	return -1
}

// String is the name of the category.
func (c Category) String() string { return nth("other\ncode\nmath\nwriting\ntranslation", int(c)) }

// String is the name of the script.
func (s Script) String() string {
	return nth("none\nlatin\ncyrillic\ngreek\nhan\nkana\nhangul\narabic\nhebrew\ndevanagari\nbengali\ntamil\nthai\nother", int(s))
}

// String is the code of ISO 639-1; "und" where the language is not told.
func (l Language) String() string {
	return nth("und\nen\nde\nfr\nes\nit\npt\nnl\npl\ntr\nsv\nda\ncs\nro\nhu\nfi\nid\nvi\nru\nuk\nbg\nel\nzh\nja\nko\nar\nfa\nhe\nhi\nbn\nta\nth", int(l))
}

// String is the feature's name, for people.
func (f Feature) String() string { return nth(featureNames, int(f)) }

// featureNames has a line for each feature, in order; the groups of words, in theirs; and one
// for what single words add.
const featureNames = `length
words
lines
numbers
digits
large numbers
fractions
sentences
questions
capitalised words
words in capitals
long words
commas
quotes
math signs
LaTeX
dollar signs
code signs
parentheses
identifiers
indented lines
bullets
options
gaps
colons
percent signs
code ticks
last paragraph
numbers in the last paragraph
paragraphs
word length
share of digits
share of math signs
share of code signs
share of long words
share of capitalised words
share of commas
share of function words
sentence length
share of numbers
variety of words
share of capitals
line length
share of identifiers
commas in the last paragraph
sentences in the last paragraph
sentence length in the last paragraph
share of numbers in the last paragraph
length of options
share of numeric options
share of questions
proof
mathematics
programming
algorithms
writing
translation
language names
facts asked for
explanation
comparison
negation
conditions
quantities
science
law, medicine, economics
inference
units
everyday words
design and analysis
form prescribed
choice
going on
single words`

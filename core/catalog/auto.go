package catalog

import (
	"strconv"
	"strings"

	"strowger/core/auto/pool"
	"strowger/core/jsonout"
	"strowger/core/scan"
)

// AutoName is what a caller asks for who leaves the choice of a model to auto mode.
const AutoName = "auto"

// CutAuto splits a caller's name that asks for auto mode, auto or auto:suffix. No model's id
// is such a name, for that has an author.
func CutAuto(name string) (suffix string, has, ok bool) {
	first, suffix, has := strings.Cut(name, ":")
	return suffix, has, first == AutoName
}

// notChat are words in the names of models that do something else than to answer: embeddings,
// ranking, moderation, speech and images.
var notChat = [...]string{"embed", "rerank", "moderation", "whisper", "tts", "transcribe", "dall-e", "imagen"}

// Chats reports whether the model is one that answers, as far as its name tells.
func (m *Model) Chats() bool {
	name := strings.ToLower(m.ID)
	for _, word := range notChat {
		if strings.Contains(name, word) {
			return false
		}
	}
	return true
}

// The bounds of what is said of a model: permille of quality, and Elo points. The ratings that
// LMArena gives are around 1000 to 1500.
const (
	mostQuality = 1000
	mostElo     = 4000
)

func (c *checker) checkAbility(place []string, a *pool.Ability) {
	c.checkMarks(place, "quality", a.Own[:], mostQuality)
	c.checkMarks(place, "elo", a.Elo[:], mostElo)
	c.checkText(place, "ability_from", a.From)
}

func (c *checker) checkMarks(place []string, field string, marks []int16, most int16) {
	for _, n := range marks {
		if n < 0 || n > most {
			c.report(place, field, "must be from 0 to "+strconv.Itoa(int(most)), "")
			return
		}
	}
}

// setAuto drops what says no more than nothing.
func (r *Routing) setAuto() {
	dropEmpty(&r.Auto.Models)
	if r.Auto.Preference == pool.PreferenceBalanced {
		r.Auto.Preference = pool.PreferenceNone
	}
	if r.Auto.Learn != nil && *r.Auto.Learn {
		r.Auto.Learn = nil
	}
}

// checkAuto refuses a pool of models that do not exist, or that are named twice.
func (c *checker) checkAuto(place []string, a *Auto) {
	if a.Preference != pool.PreferenceNone && a.Preference.String() == "" {
		c.report(place, "preference", "must be one of "+strings.Join(pool.PreferenceNames(), ", "), "")
	}
	seen := make(map[string]bool, len(a.Models))
	for i, name := range a.Models {
		at := "models." + strconv.Itoa(i)
		m, _ := c.whole(name)
		switch {
		case m == nil:
			c.report(place, at, "unknown model "+strconv.Quote(name), c.NearestModel(name))
		case seen[m.ID]:
			c.report(place, at, m.ID+" stands here twice", "")
		default:
			seen[m.ID] = true
		}
	}
}

func writeAbility(w *jsonout.Writer, a *pool.Ability) {
	writeMarks(w, "quality", a.Own[:])
	writeMarks(w, "elo", a.Elo[:])
	w.OptString("ability_from", a.From)
	optBool(w, "like", a.Like)
}

// writeMarks writes marks up to the last that is not 0.
func writeMarks(w *jsonout.Writer, key string, marks []int16) {
	n := len(marks)
	for n > 0 && marks[n-1] == 0 {
		n--
	}
	if n == 0 {
		return
	}
	w.BeginAt(key, '[')
	for _, mark := range marks[:n] {
		w.Int("", int64(mark))
	}
	w.End(']')
}

func writeAuto(w *jsonout.Writer, a *Auto) {
	if a.Models != nil {
		w.Strings("auto_models", a.Models)
	}
	w.OptString("auto_preference", a.Preference.String())
	if a.Learn != nil {
		w.Bool("auto_learn", *a.Learn)
	}
}

// marks reads what writeMarks wrote.
func (r *reader) marks(at []int16, place string) func(scan.Value) {
	return func(v scan.Value) {
		n := 0
		r.array(v, place, r.int(place, func(mark int64) {
			switch {
			case n == len(at):
				r.fail(place, "too many numbers")
			case mark != int64(int16(mark)):
				r.fail(place, "too large a number")
			default:
				at[n] = int16(mark)
				n++
			}
		}))
	}
}

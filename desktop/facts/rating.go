package facts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"strowger/core/auto/pool"
	"strowger/core/catalog"
)

// Rating is how good a model is for those who have compared its answers with others'.
type Rating struct {
	Model string // author/name
	Elo   [pool.AspectCount]int16
	From  string // the list it is from
	Date  string // as of, 2006-01-02
	// Like, unless empty, is the model that it succeeds, whose rating stands for it; then nothing
	// else is set.
	Like string
}

// ahead is by how much a model that nobody has rated is taken to be better than the one of its
// family that came before it, in Elo points: vendors seldom publish what is worse. Stated, not
// measured.
const ahead = 10

// maxRating is above all ratings that there are.
const maxRating = 4000

func (r *reader) rating() Rating {
	x := Rating{Model: r.model()}
	if x.Like, _ = r.field("like"); x.Like == "" {
		for a := range pool.AspectCount {
			x.Elo[a] = int16(r.number(a.String(), maxRating, 0))
		}
		if x.Elo[pool.AspectOverall] == 0 {
			r.fail("overall: missing")
		}
		x.From, x.Date = r.from()
	}
	r.end()
	return x
}

func (x *Rating) append(dst []byte) []byte {
	dst = append(dst, "rating "+x.Model...)
	if x.Like != "" {
		return append(dst, " like="+x.Like...)
	}
	for a := range pool.AspectCount {
		if x.Elo[a] != 0 {
			dst = strconv.AppendInt(append(dst, " "+a.String()+"="...), int64(x.Elo[a]), 10)
		}
	}
	return append(dst, " from="+x.From+"@"+x.Date...)
}

// sortedRatings reports the first rating that stands in the wrong place or twice, or is like
// one that is not there.
func (c *Catalog) sortedRatings() error {
	for i := range c.ratings {
		x := &c.ratings[i]
		if i > 0 && c.ratings[i-1].Model >= x.Model {
			return fmt.Errorf("1: rating %s: out of order or there twice", x.Model)
		}
		if x.Like == "" {
			continue
		}
		if like, ok := c.rating(x.Like); !ok || like.Like != "" {
			return fmt.Errorf("1: rating %s: like %s, which is not rated", x.Model, x.Like)
		}
	}
	return nil
}

func (c *Catalog) rating(model string) (Rating, bool) {
	i, ok := slices.BinarySearchFunc(c.ratings, model, func(x Rating, id string) int { return strings.Compare(x.Model, id) })
	if !ok {
		return Rating{}, false
	}
	return c.ratings[i], true
}

// Ability is what is known of a model, in catalog.Model's words; the zero value if nothing is.
func (c *Catalog) Ability(model string) (a pool.Ability) {
	x, ok := c.rating(model)
	if !ok {
		return a
	}
	if x.Like != "" {
		a = c.Ability(x.Like)
		for i := range a.Elo {
			if a.Elo[i] != 0 {
				a.Elo[i] += ahead
			}
		}
		a.From, a.Like = "that of "+x.Like+", "+a.From, true
		return a
	}
	return pool.Ability{Elo: x.Elo, From: x.From + " " + x.Date}
}

// rate gives a model that is not rated what is known of one here. What the configuration says
// itself of its quality stays beside it.
func (c *Catalog) rate(m *catalog.Model, known string) {
	if m.Ability.Elo == [pool.AspectCount]int16{} {
		own := m.Ability.Own
		m.Ability = c.Ability(known)
		m.Ability.Own = own
	}
}

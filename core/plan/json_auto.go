package plan

import (
	"strowger/core/auto"
	"strowger/core/auto/pool"
	"strowger/core/jsonout"
)

// writeAuto writes how the model was chosen; nothing if the caller named it.
func (d *Decision) writeAuto(w *jsonout.Writer) {
	c := d.Auto
	if c == nil {
		return
	}
	a := d.Policy.Auto
	w.BeginAt("auto", '{')
	w.String("preference", c.Preference.String())
	w.String("preference_from", string(a.PreferenceFrom))
	w.String("pool_from", string(a.PoolFrom))
	w.Int("difficulty", c.Difficulty)
	writeTask(w, &c.Task)
	if l := c.Last; l == nil {
		w.Null("last")
	} else {
		w.BeginAt("last", '{')
		w.String("model", l.Model)
		w.Micros("age_us", d.At.Sub(l.At))
		w.Int("warm_tokens", l.Warm)
		w.End('}')
	}
	w.Int("thrift", c.Thrift)
	if l := c.Learned; l == nil {
		w.Null("learned")
	} else {
		w.BeginAt("learned", '{')
		w.String("rev", l.Rev)
		w.Int("outcomes", int64(l.Outcomes))
		w.End('}')
	}
	w.BeginAt("models", '[')
	for i := range c.Options {
		writeOption(w, &c.Options[i])
	}
	w.End(']')
	w.String("reason", c.Reason.String())
	if c.RunnerUp < 0 {
		w.Null("runner_up")
	} else {
		w.String("runner_up", c.Options[c.RunnerUp].Model)
	}
	w.String("tip", c.Tip())
	if by := c.Difficulty - int64(c.Task.Difficulty); by != 0 {
		w.Int("learned_difficulty", by)
	}
	w.End('}')
}

// writeTask writes what was read of the request. The features are those that move the
// difficulty most, with by how many permille.
func writeTask(w *jsonout.Writer, t *pool.Task) {
	if t.Unread {
		w.Bool("unread", true)
	} else {
		w.Int("quantile", int64(t.Quantile))
		w.Int("score", int64(t.Reading.Difficulty))
		w.String("category", t.Category.String())
		w.String("language", t.Language.String())
		w.BeginAt("features", '{')
		var buf [pool.MostMoved]auto.Contribution
		if t.Moved != nil {
			buf = *t.Moved
		} else {
			t.Contributions(buf[:0], len(buf))
		}
		for _, f := range buf {
			if f.Points != 0 {
				w.Int(f.Feature.String(), int64(f.Points))
			}
		}
		w.End('}')
	}
	w.Int("carried", int64(t.Carried))
	w.BeginAt("tools", '{')
	w.Int("calls", int64(t.Tools.Calls))
	w.Int("failed", int64(t.Tools.Failed))
	w.Int("repeated", int64(t.Tools.Repeated))
	w.Int("writes", int64(t.Tools.Writes))
	w.Bool("loop", t.Tools.Loop)
	w.Bool("last_failed", t.Tools.LastFailed)
	w.End('}')
	if t.Conversation != 0 {
		w.BeginAt("conversation", '"')
		w.Buf = appendHex(w.Buf, t.Conversation)
		w.End('"')
	}
}

func writeOption(w *jsonout.Writer, o *pool.Option) {
	w.Begin('{')
	w.String("model", o.Model)
	w.Bool("eligible", o.Eligible)
	w.Int("quality", int64(o.Quality))
	w.Int("rating", int64(o.Rating))
	w.String("quality_from", o.QualityFrom)
	w.Int("learned", int64(o.Learned))
	w.IntOrNull("cost_nano", o.Cost, o.Priced)
	w.IntOrNull("kept_nano", o.Kept, o.Priced)
	w.IntOrNull("time_us", o.Time, o.Time > 0)
	from := ""
	switch {
	case o.Timed:
		from = "measured"
	case o.Time > 0:
		from = "peers"
	}
	w.String("time_from", from)
	w.Int("success", o.Success)
	w.Int("in_flight", o.InFlight)
	w.Bool("resting", o.Resting)
	w.Int("utility", o.Utility)
	w.Int("rank", int64(o.Rank))
	w.Bool("behind", o.Behind)
	if o.Rated() {
		w.BeginAt("quality_parts", '{')
		w.Int(pool.AspectOverall.String(), int64(o.Rating-o.Parts[0].Points-o.Parts[1].Points))
		for _, p := range o.Parts {
			if p.Aspect != pool.AspectOverall {
				w.Int(p.Aspect.String(), int64(p.Points))
			}
		}
		w.End('}')
		w.String("rated_from", o.Ability.From)
	}
	w.End('}')
}

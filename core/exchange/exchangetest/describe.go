package exchangetest

import (
	"bytes"
	"fmt"
	"strconv"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/limits"
	"strowger/core/stats"
)

// Describe writes a command as a scenario shows it.
func Describe(c exchange.Command) string {
	switch c := c.(type) {
	case exchange.Send:
		s := fmt.Sprintf("send %d %s %s %s", c.Attempt, c.Endpoint.ID, c.Path, bytes.TrimSpace(c.Content()))
		for _, h := range c.Header {
			s += fmt.Sprintf(" %s=%q", h.Name, h.Value)
		}
		if c.KeyName != "authorization" || c.KeyPrefix != "Bearer " {
			s += fmt.Sprintf(" key=%q", c.KeyName+" "+c.KeyPrefix)
		}
		if c.Turn != 0 {
			s += fmt.Sprintf(" turn=%d", c.Turn)
		}
		return s
	case exchange.Wake:
		return "wake " + c.At.Sub(Epoch).String()
	case exchange.Cancel:
		return fmt.Sprintf("cancel %d", c.Attempt)
	case exchange.Reply:
		s := fmt.Sprintf("reply %d", c.Status)
		for _, h := range c.Header {
			s += fmt.Sprintf(" %s=%q", h.Name, h.Value)
		}
		return s
	case exchange.Write:
		return "write " + strconv.Quote(string(c.Bytes))
	case exchange.Admit:
		return "admit " + describeAdmission(&c.Admission)
	case exchange.Settle:
		return fmt.Sprintf("settle %s spent=%d", describeAdmission(&c.Admission), c.Spent)
	case exchange.Remember:
		s := fmt.Sprintf("remember %q", c.Key)
		for i := range c.Calls {
			s += " " + c.Calls[i].ID
		}
		return s
	case exchange.Lookup:
		s := fmt.Sprintf("lookup %d %q", c.Attempt, c.Key)
		if c.Wait {
			s += " wait"
		}
		return s
	case exchange.Keep:
		return fmt.Sprintf("keep %q for %s to %q", c.Body, c.TTL, c.Key)
	case exchange.Answering:
		return "answering " + c.Endpoint
	case exchange.Record:
		return "record " + describeSample(c.Sample)
	case exchange.Finish:
		return DescribeFinish(c.Report.Outcome, c.Cut, c.Report.AppendJSON(nil))
	}
	return describeAuto(c)
}

// describeAuto writes the commands of auto mode.
func describeAuto(c exchange.Command) string {
	switch c := c.(type) {
	case exchange.Converse:
		s := fmt.Sprintf("converse %x %s warm=%d", c.Conversation, c.Turn.Model, c.Turn.Warm)
		if c.Turn.Answered {
			s += " answered"
		}
		if c.Turn.Judged {
			s += " judged"
		}
		return s + " " + c.Turn.Decision
	case exchange.Judge:
		return fmt.Sprintf("judge %s %s good=%t %s", c.Source, c.Model, c.Good, c.Decision)
	}
	return fmt.Sprintf("%T", c)
}

// DescribeFinish writes a Finish whose report is at hand as JSON only.
func DescribeFinish(outcome string, cut bool, report []byte) string {
	s := "finish " + outcome
	if cut {
		s += " cut"
	}
	return s + "\n  report " + string(report)
}

func describeAdmission(a *limits.Admission) string {
	s := strconv.FormatInt(a.Amount, 10)
	for _, l := range a.Limits {
		s += fmt.Sprintf(" %q=%d/%s", l.Account, l.Most, l.Per)
	}
	if a.Rate != (catalog.Rate{}) {
		s += fmt.Sprintf(" rate=%d/%s key=%q", a.Rate.Requests, a.Rate.Per, a.Key)
	}
	return s
}

func describeSample(p stats.Sample) string {
	s := fmt.Sprintf("%s %s status=%d first=%s total=%s", p.Endpoint, p.Outcome, p.Status, p.FirstToken, p.Total)
	if p.Usage.Known || p.Usage.Estimated {
		s += fmt.Sprintf(" in=%d out=%d", p.Usage.Input, p.Usage.Output)
	}
	if p.Usage.Estimated {
		s += " estimated"
	}
	if p.Price.Known {
		s += fmt.Sprintf(" cost=%d", p.Cost)
	}
	if !p.RetryAt.IsZero() {
		s += " retry=" + p.RetryAt.Sub(Epoch).String()
	}
	if p.Account != "" {
		s += " account=" + p.Account
	}
	if p.Resumed {
		s += " resumed"
	}
	return s
}

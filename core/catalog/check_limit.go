package catalog

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// checkCache refuses a rule that would keep nothing, or not for a time.
func (c *checker) checkCache(place []string, r Cache) {
	switch {
	case r.TTL < 0 || r.TTL > 0 && r.TTL < time.Second:
		c.report(place, "ttl", "must be at least 1s", "")
	case r.TTL > 0 && r.Off:
		c.report(place, "ttl", "is given, but the cache is switched off: choose one", "")
	case r.TTL == 0 && !r.Off && (r.MaxBytes > 0 || r.Coalesce):
		c.report(place, "ttl", "missing: nothing is cached without it", "")
	}
	if r.MaxBytes < 0 {
		c.report(place, "max_bytes", "must not be negative", "")
	}
}

// checkCostLimits checks a list of limits that hold together.
func (c *checker) checkCostLimits(place []string, limits []CostLimit) {
	seen := map[Per]bool{}
	for i, l := range limits {
		at := append(slices.Clone(place), strconv.Itoa(i))
		if l.Most <= 0 {
			c.report(at, "usd", "must be above 0", "")
		}
		switch {
		case l.Per.String() == "":
			c.report(at, "per", "must be one of "+strings.Join(PerNames(), ", "), "")
		case seen[l.Per]:
			c.report(at, "per", "there is a limit per "+l.Per.String()+" already", "")
		}
		seen[l.Per] = true
	}
}

// checkKeys checks the client keys. Two of one hash would be one key with two names.
func (c *checker) checkKeys() {
	hashes := map[string]string{}
	for i := range c.config.Keys {
		k := &c.config.Keys[i]
		place := []string{"keys", strconv.Itoa(i)}
		switch {
		case !goodName(k.Name, ".@"):
			c.report(place, "name", `a key's name is letters, digits, "-", "_", ".", "@" and, between them, "/"`, "")
		case len(k.Name) > MaxName:
			c.report(place, "name", tooLong, "")
		case c.Key(k.Name) != nil:
			c.report(place, "name", strconv.Quote(k.Name)+" is defined twice", "")
		}
		c.keys[k.Name] = i
		switch other, seen := hashes[k.SHA256]; {
		case k.SHA256 == "":
			c.report(place, "sha256", "missing: give the SHA-256 of the key", "")
		case !isSHA256(k.SHA256):
			c.report(place, "sha256", "must be 64 lower-case hexadecimal digits: the SHA-256 of the key, not the key", "")
		case seen:
			c.report(place, "sha256", "is that of key "+strconv.Quote(other)+" too", "")
		}
		hashes[k.SHA256] = k.Name
		c.checkCostLimits(append(place, "cost_limit"), k.CostLimits)
		c.checkRate(append(place, "rate_limit"), k.Rate)
	}
}

func isSHA256(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

func (c *checker) checkRate(place []string, r Rate) {
	if r == (Rate{}) {
		return
	}
	if r.Requests <= 0 {
		c.report(place, "requests", "must be above 0", "")
	}
	switch r.Per {
	case time.Second, time.Minute, time.Hour, 24 * time.Hour:
	default:
		c.report(place, "per", "must be one of second, minute, hour, day", "")
	}
}

package pool

import "slices"

// Preference is what counts most in a choice.
type Preference uint8

// The preferences. PreferenceNone: nobody has said one, which means balanced.
const (
	PreferenceNone Preference = iota
	PreferenceBalanced
	PreferenceQuality
	PreferenceSpeed
	PreferenceCost
)

var preferenceNames = [...]string{"", "balanced", "quality", "speed", "cost"}

// String is the preference's name.
func (p Preference) String() string {
	if int(p) < len(preferenceNames) {
		return preferenceNames[p]
	}
	return ""
}

// PreferenceNamed is the preference of that name; PreferenceNone if there is none.
func PreferenceNamed(name string) Preference {
	return Preference(max(slices.Index(preferenceNames[:], name), 0))
}

// PreferenceNames lists the names that can be asked for.
func PreferenceNames() []string { return slices.Clone(preferenceNames[1:]) }

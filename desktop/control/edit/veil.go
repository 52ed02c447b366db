package edit

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"strowger/desktop/config"
	"strowger/desktop/control/reply"
)

// veil keeps secrets that stand in texts from being shown: something else stands in their place,
// the same for the same secret, and is exchanged again in texts that come back. So texts can be
// compared, merged and changed as they are shown, and what is written is what was there.
type veil struct {
	seed string // of this process: from what stands for a secret nobody can try out which it is

	mu     sync.Mutex
	behind map[string]string // secrets by what stands for them
}

// mostHidden is how many secrets are remembered; then those that are shown again are.
const mostHidden = 1000

// standIn is what stands for a secret. Its last four characters are the secret's.
var standIn = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`hidden-[0-9a-f]{10}…[\w-]{0,4}`) })

// hide is a text without its secrets; false, and nothing, if one would be left.
func (v *veil) hide(text string) (string, bool) {
	secrets := config.Secrets([]byte(text))
	v.mu.Lock()
	for _, s := range v.behind { // also where a text cannot be read
		if strings.Contains(text, s) {
			secrets = append(secrets, s)
		}
	}
	v.mu.Unlock()
	if len(secrets) == 0 {
		return text, true
	}
	secrets = config.LongestFirst(secrets)
	out := config.Replace(text, secrets, v.name)
	for _, s := range config.Secrets([]byte(out)) {
		if standIn().FindString(s) != s {
			return "", false
		}
	}
	return out, true
}

// name is what stands for a secret.
func (v *veil) name(secret string) string {
	if standIn().FindString(secret) == secret {
		return secret // somebody wrote it himself
	}
	mac := hmac.New(sha256.New, []byte(v.seed))
	mac.Write([]byte(secret))
	name := "hidden-" + hex.EncodeToString(mac.Sum(nil)[:5]) + "…" + end(secret)
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.behind == nil || len(v.behind) >= mostHidden {
		v.behind = map[string]string{}
	}
	v.behind[name] = secret
	return name
}

// end is the end of a secret that is long enough not to be told by it.
func end(secret string) string {
	if len(secret) < 12 {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r < 128 && (r == '-' || r == '_' || r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z') {
			return r
		}
		return -1
	}, secret[len(secret)-4:])
}

// reveal is a text with its secrets; unknown is what stands for one that is not known.
func (v *veil) reveal(text string) (out, unknown string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	out = standIn().ReplaceAllStringFunc(text, func(name string) string {
		secret, ok := v.behind[name]
		if !ok {
			unknown = name
			return name
		}
		return secret
	})
	return out, unknown
}

// shown is a text as it is answered; nothing, if a secret would be left in it.
func (p *Part) shown(text string) string {
	out, _ := p.veil.hide(text)
	return out
}

// read reads what is sent, in which there is a text that may have been shown here.
func (p *Part) read(w http.ResponseWriter, r *http.Request, in any, text *string) bool {
	if !reply.Read(w, r, maxBody, in) {
		return false
	}
	out, unknown := p.veil.reveal(*text)
	if unknown != "" {
		reply.Fail(w, http.StatusUnprocessableEntity, unknown+" stood for a secret that is not known any more: load the file again, or write the secret's reference there")
		return false
	}
	*text = out
	return true
}

package codec

import "strings"

// URL is the address of path at a base URL: one slash between them, and behind it the query of
// either, the base's first, as Azure has its api-version there
// (learn.microsoft.com/azure/ai-foundry/openai/reference).
func URL(base, path string) string {
	base, query, _ := strings.Cut(base, "?")
	path, more, _ := strings.Cut(path, "?")
	if query != "" && more != "" {
		query += "&"
	}
	url := strings.TrimRight(base, "/") + "/" + strings.TrimLeft(path, "/")
	if query += more; query != "" {
		url += "?" + query
	}
	return url
}

package config

import "testing"

// Where the data plane is, as documented, if a file says nothing of it.
func TestDefaultListen(t *testing.T) {
	c, err := Parse("", []byte("routing: {strategy: cost}\n"), nil)
	if err != nil || c.Listen != "127.0.0.1:8787" {
		t.Errorf("%+v, %v", c, err)
	}
}

package pool

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// The reference states the constants as they are.
func TestDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/reference/auto.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(doc)), " ")
	for _, want := range []string{
		fmt.Sprintf("exp(-(R - %d - %d·d) / %d)", Elo0, EloHard, EloScale),
		fmt.Sprintf("%d points at a dollar for a million tokens of output at its cheapest endpoint, %d more for each doubling", PriceElo, PriceDoubling),
		fmt.Sprintf("less %d permille for each doubling of the cost and %d for each doubling of the time; above a difficulty of %d those more than %d permille below", Lambda, Mu, hard, FloorBelow),
		fmt.Sprintf("cost, among those at most %d permille below the best", Delta),
		fmt.Sprintf("%d points together at most", mostAside),
		fmt.Sprintf("$%.5f at least", float64(leastCost)/1e9),
		fmt.Sprintf("less than %d permille are left of a limit on money, cost counts more in `balanced`, up to four times as much at the end; below %d", thrifty, parsimonious),
		fmt.Sprintf("with over %d attempts more in flight", idle),
		fmt.Sprintf("better by more than %d permille", margin/1000),
		fmt.Sprintf("for %d minutes", WarmFor/time.Minute),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("docs/reference/auto.md does not say %q", want)
		}
	}
	for r := ReasonBest; r <= ReasonNothing; r++ {
		if !strings.Contains(text, "`"+r.String()+"`") {
			t.Errorf("docs/reference/auto.md does not explain %s", r)
		}
	}
}

package keda

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"weir.dev/weir/tests/keda/support"
)

// tally counts rows that are equal, and the rules that explain the others.
type tally struct {
	rows, equal, failures int
	perRule               map[string]int
	perKind, perAim       map[string]int
}

func newTally() *tally {
	return &tally{perRule: map[string]int{}, perKind: map[string]int{}, perAim: map[string]int{}}
}

func (n *tally) add(t *testing.T, c *compared, logs map[string][]support.LogRange) {
	t.Helper()
	n.rows++
	n.perKind[c.row.kind]++
	if c.row.aim != "" {
		n.perAim[c.row.aim]++
	}
	wantKeda := c.row.predict(c.row.keda, logs, ruleSet{})
	wantWeir := c.row.predict(c.row.weir, logs, allRules())
	if !c.keda.is(wantKeda) {
		n.fail(t, c, "KEDA does not answer as the model of this test says", c.keda, c.kedaError, wantKeda)
	}
	if !c.weir.is(wantWeir) {
		n.fail(t, c, "Weir does not answer as KEDA's rules and docs/differences.md say", c.weir, c.weirErr, wantWeir)
	}
	if c.keda.failed == works && c.weir.failed == works && c.keda.name != c.weir.name {
		n.fail(t, c, "the metric names differ", c.weir, nil, c.keda)
	}
	if (c.keda.failed != works && c.weir.failed != works) || c.keda == c.weir {
		n.equal++
		return
	}
	rules := c.row.explain(logs)
	if len(rules) == 0 {
		n.fail(t, c, "no rule explains the difference", c.weir, c.weirErr, c.keda)
	}
	for _, rule := range rules {
		n.perRule[rule]++
	}
}

func (n *tally) fail(t *testing.T, c *compared, what string, got outcome, err error, want outcome) {
	t.Helper()
	if n.failures++; n.failures <= 20 {
		t.Errorf("row %d (%s): %s\n  got  %+v (%v)\n  want %+v\n  metadata %v env %v\n  commits %v",
			c.row.id, c.row.kind, what, got, err, want, c.row.metadata, c.row.env, c.row.commits)
	}
}

func (r *row) predict(failed failure, logs map[string][]support.LogRange, rules ruleSet) outcome {
	if failed != works {
		return outcome{failed: failed}
	}
	value, active := expect(r, logs, rules)
	return outcome{value: value * 1000, target: r.threshold * 1000, active: active}
}

func (o outcome) is(want outcome) bool {
	if o.failed != works || want.failed != works {
		return o.failed == want.failed
	}
	return o.value == want.value && o.target == want.target && o.active == want.active
}

// explain names the fewest rules that make Weir's answer out of KEDA's.
func (r *row) explain(logs map[string][]support.LogRange) []string {
	if r.failureRule != "" {
		return []string{r.failureRule}
	}
	all := r.predict(works, logs, allRules())
	var fewest []string
	for subset := 1; subset < 1<<len(lagRules); subset++ {
		var rules []string
		set := ruleSet{}
		for i, id := range lagRules {
			if subset&(1<<i) != 0 {
				rules = append(rules, id)
				set[id] = true
			}
		}
		if (fewest == nil || len(rules) < len(fewest)) && r.predict(works, logs, set) == all {
			fewest = rules
		}
	}
	return fewest
}

func (n *tally) report(t *testing.T, documented []string) {
	t.Helper()
	t.Logf("rows compared: %d, equal: %d, different by a documented rule: %d", n.rows, n.equal, n.rows-n.equal)
	for _, kind := range sorted(n.perKind) {
		t.Logf("  kind %-28s %4d", kind, n.perKind[kind])
	}
	for _, aim := range aims {
		t.Logf("  lag  %-28s %4d", aim.name, n.perAim[aim.name])
	}
	n.reportRules(t, documented)
	if n.failures > 20 {
		t.Errorf("%d failures in all", n.failures)
	}
}

func (n *tally) reportRules(t *testing.T, documented []string) {
	t.Helper()
	expected := append(slices.Clone(lagRules), missingTopicInList)
	for _, row := range documentedRows {
		expected = append(expected, row.rule)
	}
	for _, rule := range expected {
		t.Logf("  rule %-28s %4d", rule, n.perRule[rule])
		if n.perRule[rule] == 0 {
			t.Errorf("rule %s never occurred in %d rows", rule, n.rows)
		}
		if !slices.Contains(documented, rule) {
			t.Errorf("rule %s is not in docs/differences.md", rule)
		}
	}
	for _, rule := range documented {
		if !slices.Contains(expected, rule) && !slices.Contains(notInRows, rule) {
			t.Errorf("docs/differences.md has a rule %s that no row of this test shows", rule)
		}
	}
}

var ruleCell = regexp.MustCompile("^`?([a-z][a-z0-9]*-[a-z0-9-]+)`?$")

// documentedRules reads the rule ids, the first column of the tables in docs/differences.md.
func documentedRules(t *testing.T) []string {
	t.Helper()
	file, err := os.Open(filepath.Join(support.Root(), "docs", "differences.md"))
	must(t, err)
	defer file.Close()
	var ids []string
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		cells := strings.Split(lines.Text(), "|")
		if len(cells) < 3 {
			continue
		}
		if match := ruleCell.FindStringSubmatch(strings.TrimSpace(cells[1])); match != nil {
			ids = append(ids, match[1])
		}
	}
	must(t, lines.Err())
	if len(ids) == 0 {
		t.Fatal(fmt.Errorf("docs/differences.md names no rule"))
	}
	return ids
}

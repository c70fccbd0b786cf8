package load

import "fmt"

// Table holds what was measured beside its goal.
type Table struct{ rows []row }

type row struct{ what, measured, goal, verdict string }

const missed = "MISSED"

// Goal adds a figure that must be at most so much, in a unit.
func (t *Table) Goal(what string, measured, most float64, unit string) {
	verdict := "met"
	if !(measured <= most) { // NaN is no success
		verdict = missed
	}
	t.rows = append(t.rows, row{what, number(measured, unit), "at most " + number(most, unit), verdict})
}

// Note adds a figure without a goal.
func (t *Table) Note(what string, measured float64, unit string) {
	t.rows = append(t.rows, row{what: what, measured: number(measured, unit), goal: "-"})
}

func number(value float64, unit string) string {
	text := fmt.Sprintf("%.4g", value)
	if value >= 1000 {
		text = fmt.Sprintf("%.0f", value)
	}
	if unit == "" {
		return text
	}
	return text + " " + unit
}

// Print returns whether every goal was met.
func (t *Table) Print() bool {
	met := true
	fmt.Printf("%-66s %14s   %-18s\n", "", "measured", "goal")
	for _, row := range t.rows {
		fmt.Printf("%-66s %14s   %-18s %s\n", row.what, row.measured, row.goal, row.verdict)
		met = met && row.verdict != missed
	}
	return met
}

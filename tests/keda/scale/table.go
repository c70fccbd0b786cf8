package main

import (
	"fmt"

	"weir.dev/weir/tests/keda/support"
)

// table holds what was measured beside its goal.
type table struct{ rows [][4]string }

func (t *table) add(what, measured, goal string, met bool) {
	verdict := "met"
	if !met {
		verdict = "MISSED"
	}
	t.rows = append(t.rows, [4]string{what, measured, goal, verdict})
}

func (t *table) note(what, measured string) {
	t.rows = append(t.rows, [4]string{what, measured, "-", ""})
}

func (t *table) count(what string, measured, most int) {
	t.add(what, fmt.Sprint(measured), fmt.Sprintf("at most %d", most), measured <= most)
}

func (t *table) memory(what string, weir *support.Weir, most float64) error {
	measured, err := weir.ResidentMB()
	if err != nil {
		return err
	}
	t.add(what, fmt.Sprintf("%.1f MB", measured), fmt.Sprintf("at most %.0f MB", most), measured <= most)
	return nil
}

func (t *table) milliseconds(what string, measured, most float64) {
	t.add(what, fmt.Sprintf("%.2f ms", measured), fmt.Sprintf("at most %.0f ms", most), measured <= most)
}

// print returns whether every goal was met.
func (t *table) print() bool {
	met := true
	fmt.Printf("%-46s %14s   %-16s\n", "", "measured", "goal")
	for _, row := range t.rows {
		fmt.Printf("%-46s %14s   %-16s %s\n", row[0], row[1], row[2], row[3])
		met = met && row[3] != "MISSED"
	}
	return met
}

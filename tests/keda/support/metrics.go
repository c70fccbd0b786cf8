package support

import (
	"fmt"
	"strconv"
	"strings"
)

// Metrics is one reading of /metrics: series, with their labels as they stand there, and values.
type Metrics map[string]float64

// Metrics reads the counters and gauges of the process.
func (w *Weir) Metrics() (Metrics, error) {
	code, body, err := w.Get("/metrics")
	if err != nil || code != 200 {
		return nil, fmt.Errorf("/metrics answered %d: %w", code, err)
	}
	metrics := Metrics{}
	for line := range strings.Lines(body) {
		series, text, found := cutLast(strings.TrimSpace(line), " ")
		if !found || strings.HasPrefix(line, "#") {
			continue
		}
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("/metrics: %q: %w", line, err)
		}
		metrics[series] = value
	}
	return metrics, nil
}

func cutLast(text, separator string) (string, string, bool) {
	at := strings.LastIndex(text, separator)
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+len(separator):], true
}

// Sum adds all series of a name whose labels hold each of the texts, such as `type="Fetch"`.
func (m Metrics) Sum(name string, labels ...string) float64 {
	sum := 0.0
	for series, value := range m {
		if base, _, _ := strings.Cut(series, "{"); base == name && holdsAll(series, labels) {
			sum += value
		}
	}
	return sum
}

func holdsAll(series string, labels []string) bool {
	for _, label := range labels {
		if !strings.Contains(series, label) {
			return false
		}
	}
	return true
}

package main

import (
	"math"
	"slices"
)

// cost is what one refresh of all groups takes, or one poll of all scalers: milliseconds, requests and bytes.
type cost struct {
	wall, client, broker     float64
	requests, sent, received float64
	errors                   float64
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// medianCost is the median of each field by itself, where it is always known; errors are added.
func medianCost(costs []cost) cost {
	of := func(field func(cost) float64) float64 {
		values := make([]float64, len(costs))
		for i, c := range costs {
			if values[i] = field(c); math.IsNaN(values[i]) {
				return math.NaN()
			}
		}
		return median(values)
	}
	errors := 0.0
	for _, c := range costs {
		errors += c.errors
	}
	return cost{
		wall:     of(func(c cost) float64 { return c.wall }),
		client:   of(func(c cost) float64 { return c.client }),
		broker:   of(func(c cost) float64 { return c.broker }),
		requests: of(func(c cost) float64 { return c.requests }),
		sent:     of(func(c cost) float64 { return c.sent }),
		received: of(func(c cost) float64 { return c.received }),
		errors:   errors,
	}
}

// percentile of values, which it sorts; the highest for 100.
func percentile(values []float64, percent int) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[(len(values)-1)*percent/100]
}

#!/usr/bin/env python3
"""Runs Weir's placement benchmark and Knative's scheduler on the same problems and prints both. See run.sh."""

import argparse
import json
import os
import pathlib
import subprocess
import sys

SIZES = [(100, 100), (1_000, 1_000), (10_000, 1_000), (10_000, 10_000)]
# Beyond this Knative's scheduler takes minutes: it places a few groups, and no time of all is given.
KNATIVE_ALL = 1_000 * 1_000
KNATIVE_FEW = 20
GOALS = [("all groups from nothing, ms", "all", 100.0), ("one group's change, ms", "change", 0.1)]


# One group of 10,000 virtual replicas, as large as a ConsumerGroup may be.
LARGE = {"one_large_group": "all of it from nothing", "large_group_looked_at": "a look for moves that are worth it"}


def weir(program, quick):
    """Real and CPU milliseconds by (name, pods, groups), of one large group by (name, pods): the median of three runs."""
    command = [program, "--benchmark_format=json", "--benchmark_repetitions=3", "--benchmark_report_aggregates_only=true"]
    if quick:
        command.append("--benchmark_filter=/pods:(100|1000)(/groups:(100|1000))?$")
    output = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    to_ms = {"ns": 1e-6, "us": 1e-3, "ms": 1.0}
    figures = {}
    for run in output["benchmarks"]:
        if run.get("error_occurred"):
            raise SystemExit(f"{run['name']}: {run['error_message']}")
        if run.get("aggregate_name") != "median":
            continue
        name, *arguments = run["run_name"].split("/")
        if name in ("all_from_nothing", "one_change"):
            name += "/" + arguments.pop(0)
        size = tuple(int(argument.split(":")[1]) for argument in arguments if argument.startswith(("pods:", "groups:")))
        scale = to_ms[run["time_unit"]]
        figures[name, *size] = {"ms": run["real_time"] * scale, "cpuMs": run["cpu_time"] * scale}
    return figures


def knative(program, pods, groups):
    command = [program, f"-pods={pods}", f"-groups={groups}"]
    if pods * groups > KNATIVE_ALL:
        command += [f"-most={KNATIVE_FEW}", f"-calls={KNATIVE_FEW}"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


# What our programs call it, the key of it in a row, and in words.
FIGURES = [
    ("all_from_nothing/default", "all", "all groups from nothing"),
    ("all_from_nothing/knative_1_17", "allAsKnative", "the same, profile knative-1.17"),
    ("one_change/default", "change", "one group's change"),
    ("one_change/knative_1_17", "changeAsKnative", "the same, profile knative-1.17"),
    ("nothing_to_change", "nothing", "nothing to change"),
    ("zero_to_all", "zeroToAll", "a group from 0 to 20, or back"),
    ("pod_lost", "podLost", "a pod lost, and back"),
    ("look_for_moves", "lookForMoves", "a look for moves that are worth it"),
]
SAME_AS = {"allAsKnative": "all", "changeAsKnative": "change"}


def row(pods, groups, ours, theirs):
    everything = pods * groups <= KNATIVE_ALL
    return {
        "pods": pods,
        "groups": groups,
        "weir": {key: ours[name, pods, groups] for name, key, _ in FIGURES},
        "knative": {
            key: {"ms": theirs[key + "Ms"], "cpuMs": theirs[key + "CpuMs"]}
            for key in ("all", "change", "nothing")
            if key != "all" or everything
        },
    }


def text(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def print_table(rows):
    lines = [["PODS", "GROUPS", "MILLISECONDS", "WEIR", "CPU", "KNATIVE", "CPU", "RATIO OF CPU"]]
    for each in rows:
        for _, key, label in FIGURES:
            ours, theirs = each["weir"][key], each["knative"].get(SAME_AS.get(key, key), {})
            ratio = f"{theirs['cpuMs'] / ours['cpuMs']:,.0f}" if theirs else "-"
            lines.append([f"{each['pods']:,}", f"{each['groups']:,}", label, text(ours["ms"]), text(ours["cpuMs"]),
                          text(theirs.get("ms")), text(theirs.get("cpuMs")), ratio])
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        cells = [cell.ljust(width) if column == 2 else cell.rjust(width) for column, (cell, width) in enumerate(zip(line, widths))]
        print("  ".join(cells).rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weir")
    parser.add_argument("knative")
    parser.add_argument("--quick", action="store_true", help="up to 1,000 pods and groups only")
    parser.add_argument("--out", default="build/bench/placement.json")
    arguments = parser.parse_args()
    sizes = [size for size in SIZES if not arguments.quick or max(size) <= 1_000]
    ours = weir(arguments.weir, arguments.quick)
    rows = [row(pods, groups, ours, knative(arguments.knative, pods, groups)) for pods, groups in sizes]
    print_table(rows)
    large = [{"pods": pods, "name": name, **figure} for (name, pods, *groups), figure in ours.items() if not groups]
    print("\none group of 10,000 virtual replicas:")
    for each in large:
        print(f"{each['pods']:>7,} pods  {LARGE[each['name']]}: {text(each['ms'])} ms")
    out = pathlib.Path(arguments.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"loadAverage": os.getloadavg()[0], "vreplicas": 20, "sizes": rows, "largeGroup": large}, indent=2) + "\n")
    print(f"\n20 virtual replicas a group; load average {os.getloadavg()[0]:.1f}; figures in {out}")
    missed = False
    at_goal = next(each for each in rows if (each["pods"], each["groups"]) == (1_000, 1_000))
    for label, key, most in GOALS:
        value = at_goal["weir"][key]["ms"]
        missed = missed or value > most
        print(f"goal: {label}, 1,000 pods and groups: {text(value)}, at most {most:g}: {'met' if value <= most else 'MISSED'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

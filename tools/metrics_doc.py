#!/usr/bin/env python3
"""Writes the tables of docs/metrics.md from what a scaler and a controller at work export.

Usage: metrics_doc.py [--check] SCALER CONTROLLER   two files in Prometheus' text format; with --check it writes nothing, and fails
where the tables are not what it would write. `WEIR_WRITE_DOCS=1 make test-observability` brings both.
"""

import pathlib
import re
import sys

FILE = pathlib.Path(__file__).resolve().parents[1] / "docs" / "metrics.md"
BEGIN = "<!-- metrics: written by tools/metrics_doc.py -->"
END = "<!-- metrics end -->"
SERIES = re.compile(r"^(\w+)(?:\{(.*)\})? \S+$")
LABEL = re.compile(r'(\w+)="(?:[^"\\]|\\.)*"')
# What a name ends in, and the unit that this says; the first that fits.
UNITS = [("_timestamp_seconds", "Unix time, seconds"), ("_seconds", "seconds"), ("_bytes", "bytes"), ("_bytes_total", "bytes"), ("_lag", "records"),
         ("_lso", "records"), ("_replicas", "replicas"), ("_vreplicas", "virtual replicas")]


class Family:
    def __init__(self, name):
        self.name, self.kind, self.help, self.labels, self.by = name, "", "", set(), set()

    def unit(self):
        if self.help.startswith(("1 ", "1,")):
            return "0 or 1"
        return next((unit for end, unit in UNITS if self.name.endswith(end)), "count")


def family_name(series, families):
    for end in ("_bucket", "_sum", "_count"):
        if series.endswith(end) and series.removesuffix(end) in families:
            return series.removesuffix(end)
    return series


def read(text, families, command):
    """Adds the families of an exposition."""
    for line in text.splitlines():
        if line.startswith(("# HELP ", "# TYPE ")):
            _, what, name, rest = line.split(" ", 3)
            family = families.setdefault(name, Family(name))
            family.by.add(command)
            if what == "HELP":
                family.help = rest
            else:
                family.kind = rest
        elif found := SERIES.match(line):
            family = families[family_name(found.group(1), families)]
            family.labels |= set(LABEL.findall(found.group(2) or "")) - {"le"}


def row(family):
    labels = ", ".join(sorted(family.labels)) or "-"
    return f"| `{family.name}` | {family.kind} | {labels} | {family.unit()} | {family.help.replace('|', chr(92) + '|')} |"


def tables(families):
    lines = []
    for title, by in (("Scaler", {"scaler"}), ("Controller", {"controller"}), ("Both", {"scaler", "controller"})):
        lines += [f"## {title}", "", "| metric | type | labels | unit | tells |", "|---|---|---|---|---|"]
        lines += [row(family) for name, family in sorted(families.items()) if family.by == by]
        lines.append("")
    return "\n".join(lines)


def families_of(scaler, controller):
    families = {}
    read(scaler, families, "scaler")
    read(controller, families, "controller")
    return families


def wanted(text, families):
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{tables(families)}\n{END}{after}"


def main():
    arguments = [word for word in sys.argv[1:] if word != "--check"]
    text = FILE.read_text()
    made = wanted(text, families_of(*(pathlib.Path(name).read_text() for name in arguments)))
    if "--check" not in sys.argv[1:]:
        FILE.write_text(made)
    elif text != made:
        sys.exit("docs/metrics.md is not what the metrics are: run WEIR_WRITE_DOCS=1 make test-observability")


if __name__ == "__main__":
    main()

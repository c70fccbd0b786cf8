#!/usr/bin/env python3
"""Writes the table of values into charts/weir/README.md, from the comments of values.yaml that start with `# --`.

Usage: chart_readme.py [--check]   with --check it writes nothing, and fails where the table is not what it would write.
"""

import json
import pathlib
import re
import sys

import yaml

CHART = pathlib.Path(__file__).resolve().parents[1] / "charts" / "weir"
BEGIN = "<!-- values: written by tools/chart_readme.py -->"
END = "<!-- values end -->"
KEY = re.compile(r"^( *)([A-Za-z]\w*):(.*)$")


def rows(text):
    """Path, default and description of each documented value, in the file's order."""
    defaults = yaml.safe_load(text)
    path, comment = [], None
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("# -- "):
            comment = [stripped[5:]]
        elif stripped.startswith("#"):
            if comment is not None:
                comment.append(stripped[1:].strip())
        else:
            key = KEY.match(line)
            if key:
                path = [*path[: len(key.group(1)) // 2], key.group(2)]
            if key and comment is not None:
                value = defaults
                for name in path:
                    value = value[name]
                yield ".".join(path), json.dumps(value), " ".join(comment)
            comment = None


def table(text):
    lines = ["| value | default | meaning |", "|---|---|---|"]
    for path, default, meaning in rows(text):
        lines.append(f"| {path} | `{default}` | {meaning.replace('|', chr(92) + '|')} |")
    return "\n".join(lines)


def undocumented(text):
    """Leaves that no comment tells of, nor one of a map above them."""
    documented = {path for path, _, _ in rows(text)}

    def walk(value, path):
        if path in documented:
            return
        if isinstance(value, dict) and value:
            for name, inner in value.items():
                yield from walk(inner, f"{path}.{name}" if path else name)
        else:
            yield path

    return list(walk(yaml.safe_load(text), ""))


def main():
    values = (CHART / "values.yaml").read_text()
    missing = undocumented(values)
    if missing:
        sys.exit(f"values.yaml: no `# --` comment for {', '.join(missing)}")
    readme = CHART / "README.md"
    text = readme.read_text()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    wanted = f"{before}{BEGIN}\n{table(values)}\n{END}{after}"
    if "--check" not in sys.argv[1:]:
        readme.write_text(wanted)
    elif text != wanted:
        sys.exit("charts/weir/README.md is not what values.yaml says: run tools/chart_readme.py")


if __name__ == "__main__":
    main()

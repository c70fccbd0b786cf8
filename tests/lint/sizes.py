#!/usr/bin/env python3
"""Names source files that have outgrown one concern. Usage: sizes.py [ROOT]"""

import pathlib
import sys

MOST_LINES = 400
FOLDERS = ("src", "tests", "tools", "bench", "proto", "examples")
SUFFIXES = {".h", ".cc", ".go", ".py", ".sh", ".proto"}


def check(root):
    problems = []
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in SUFFIXES:
                continue
            lines = len(path.read_text().splitlines())
            if lines > MOST_LINES:
                problems.append(f"{path.relative_to(root)}: {lines} lines, at most {MOST_LINES}: find the seam in it")
    return problems


if __name__ == "__main__":
    found_problems = check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(found_problems), end="\n" if found_problems else "")
    sys.exit(1 if found_problems else 0)

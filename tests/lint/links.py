#!/usr/bin/env python3
"""Names relative links in Markdown that lead nowhere: no such file, or no such heading in it. Usage: links.py [ROOT]"""

import pathlib
import re
import sys

FENCE = re.compile(r"^\s*(```|~~~)")
CODE = re.compile(r"`[^`]*`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")
ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def prose(path):
    """Numbered lines outside code blocks."""
    fenced = False
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            yield number, line


def anchors(path):
    """What a heading's link is called: lower case, no punctuation, hyphens for spaces, numbered when repeated."""
    seen = {}
    names = set()
    for _, line in prose(path):
        heading = HEADING.match(line)
        if not heading:
            continue
        text = re.sub(r"[^\w\- ]", "", heading.group(1).lower()).replace(" ", "-")
        count = seen.get(text, 0)
        seen[text] = count + 1
        names.add(f"{text}-{count}" if count else text)
    return names


def problem_of(link, path, root):
    target, _, anchor = link.partition("#")
    file = path if not target else (root / target.lstrip("/") if target.startswith("/") else path.parent / target)
    if not file.exists():
        return f"{link}: no such file"
    if anchor and file.suffix == ".md" and anchor not in anchors(file):
        return f"{link}: no such heading"
    return None


def check(root):
    problems = []
    for path in sorted(root.rglob("*.md")):
        if {"build", ".git"} & set(path.relative_to(root).parts):
            continue
        for number, line in prose(path):
            for link in LINK.findall(CODE.sub("", line)):
                problem = None if ELSEWHERE.match(link) else problem_of(link, path, root)
                if problem:
                    problems.append(f"{path.relative_to(root)}:{number}: {problem}")
    return problems


if __name__ == "__main__":
    found_problems = check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(found_problems), end="\n" if found_problems else "")
    sys.exit(1 if found_problems else 0)

#!/usr/bin/env python3
"""Holds every include under src/ against cmake/include_table.txt. Usage: include_table.py [ROOT]"""

import fnmatch
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')
STANDARD = re.compile(r"^[a-z_0-9]+$")
# The C library and the kernel: whoever may do I/O may include them.
SYSTEM = re.compile(
    r"^(sys|netinet|arpa|net|linux)/|^(dirent|errno|fcntl|netdb|poll|pthread|signal|syslog|termios|time|unistd)\.h$"
)
# fmt formats, telemetry writes; iostream also runs static initialisers in whoever includes it.
REFUSED = {"iostream": "use fmt", "format": "g++ 12 has none, use fmt"}
# These take the time as an argument and do no I/O.
PURE = {"lag", "scaling", "placement"}
IMPURE_HEADERS = {"filesystem", "fstream", "thread", "mutex", "condition_variable", "future", "random"}


class Rule:
    def __init__(self, modules, headers):
        self.modules = modules
        self.headers = headers

    def allows_header(self, header):
        for pattern in self.headers:
            if pattern.endswith("/"):
                if header.startswith(pattern):
                    return True
            elif fnmatch.fnmatch(header, pattern):
                return True
        return False


def read_table(path):
    rules = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = [column.strip() for column in line.split("|")]
        if len(columns) != 3:
            raise SystemExit(f"{path}:{number}: must be `module | modules | headers`")
        name, modules, headers = columns
        unknown = [used for used in modules.split() if used not in rules]
        if unknown:
            raise SystemExit(f"{path}:{number}: {name} uses {unknown[0]}, which no line above it names")
        rules[name] = Rule(set(modules.split()), headers.split())
    return rules


def check_quoted(module, rule, header, source):
    target = header.split("/")[0]
    if header.endswith(".pb.h"):
        return None if rule.allows_header(header) else f"{module} may not include generated code ({header})"
    if "/" not in header:
        return f'"{header}": name it from src/, as "{module}/{header}"'
    if target != module and target not in rule.modules:
        return f"{module} may not include {target} ({header})"
    if not (source / header).is_file():
        return f"{header} does not exist under src/"
    return None


def check_bracketed(module, rule, header):
    if header in REFUSED:
        return f"<{header}>: {REFUSED[header]}"
    if module in PURE and (header in IMPURE_HEADERS or SYSTEM.match(header)):
        return f"{module} is pure: no <{header}>"
    if STANDARD.match(header) or SYSTEM.match(header) or rule.allows_header(header):
        return None
    return f"{module} may not include <{header}>"


def check(root):
    """All violations, each as file:line: what is wrong."""
    source = root / "src"
    rules = read_table(root / "cmake" / "include_table.txt")
    problems = []
    for path in sorted(source.rglob("*")):
        if path.suffix not in {".h", ".cc"}:
            continue
        module = path.relative_to(source).parts[0]
        if module not in rules:
            problems.append(f"{path.relative_to(root)}: {module} has no line in the include table")
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            quoted, bracketed = found.groups()
            if quoted:
                problem = check_quoted(module, rules[module], quoted, source)
            else:
                problem = check_bracketed(module, rules[module], bracketed)
            if problem:
                problems.append(f"{path.relative_to(root)}:{number}: {problem}")
    return problems


if __name__ == "__main__":
    found_problems = check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(found_problems), end="\n" if found_problems else "")
    sys.exit(1 if found_problems else 0)

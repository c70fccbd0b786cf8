#!/usr/bin/env python3
"""Runs clang-tidy over src/ and remembers which files were clean, by the content of all they depend on in the repository.

Usage: clang_tidy.py CLANG_TIDY BUILD_DIR CACHE_DIR [FILE...]
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Most of the time is for reading what the sources include, which is shared by those that are looked at together.
TOGETHER = 8
QUOTED = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def arguments_of(entry):
    """What clang takes of a g++ command: macros, include paths and the language level; warnings are g++'s own affair."""
    words = entry.get("arguments") or shlex.split(entry["command"])
    kept = []
    takes_next = False
    for word in words:
        if takes_next or word.startswith(("-D", "-I", "-std=", "-pthread")):
            kept.append(word)
            takes_next = False
        elif word == "-isystem":
            kept.append(word)
            takes_next = True
    return kept


def closure(path, known):
    """The file and every header of the repository that it reaches, by name."""
    pending, reached = [path], {path}
    while pending:
        current = pending.pop()
        if current not in known:
            known[current] = QUOTED.findall(current.read_text())
        for header in known[current]:
            candidate = ROOT / "src" / header
            if candidate not in reached and candidate.is_file():
                reached.add(candidate)
                pending.append(candidate)
    return sorted(reached)


def key_of(path, arguments, version, known):
    digest = hashlib.sha256()
    for part in (version, (ROOT / ".clang-tidy").read_text(), " ".join(arguments)):
        digest.update(part.encode() + b"\0")
    for file in closure(path, known):
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def run(clang_tidy, path, arguments, options=()):
    command = [clang_tidy, "--quiet", "--use-color=false", *options, str(path), "--", "-xc++", "-w", *arguments]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return result.returncode == 0, result.stdout if result.stdout.strip() else result.stderr


def batches(work):
    """The work in lists of sources that are compiled with the same arguments."""
    by_arguments = {}
    for item in work:
        by_arguments.setdefault(tuple(item[1]), []).append(item)
    for items in by_arguments.values():
        yield from (items[i : i + TOGETHER] for i in range(0, len(items), TOGETHER))


def clean_together(clang_tidy, batch):
    if len(batch) == 1:
        return False
    with tempfile.NamedTemporaryFile("w", suffix=".cc") as joined:
        joined.writelines(f'#include "{path}"\n' for path, _, _ in batch)
        joined.flush()
        options = ["--config-file=.clang-tidy", "--checks=-bugprone-suspicious-include", r"--header-filter=/src/.*\.(h|cc)$"]
        return run(clang_tidy, joined.name, batch[0][1], options)[0]


def check(clang_tidy, batch):
    """Marks the clean sources of a batch; returns what is wrong with the others. Those are looked at one by one where there is
    something wrong with them together, if only a name that two of them have."""
    if clean_together(clang_tidy, batch):
        results = [(stamp, True, "") for _, _, stamp in batch]
    else:
        results = [(stamp, *run(clang_tidy, path, arguments)) for path, arguments, stamp in batch]
    for stamp, clean, _ in results:
        if clean:
            stamp.touch()
    return [output for _, clean, output in results if not clean]


def main():
    clang_tidy, build, cache = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    wanted = {pathlib.Path(name).resolve() for name in sys.argv[4:]}
    cache.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([clang_tidy, "--version"], capture_output=True, text=True, check=True).stdout
    known, work = {}, []
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"])
        if (ROOT / "src") not in path.parents or (wanted and path not in wanted):
            continue
        arguments = arguments_of(entry)
        work.append((path, arguments, cache / key_of(path, arguments, version, known)))
    if not work:
        sys.exit(f"no file of src/ in {build}/compile_commands.json")
    todo = [item for item in work if not item[2].exists()]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for problems in pool.map(lambda batch: check(clang_tidy, batch), batches(todo)):
            failed += len(problems)
            for output in problems:
                print(output.strip(), flush=True)
    print(f"clang-tidy: {len(work)} files, {len(work) - len(todo)} known to be clean, {failed} not clean")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

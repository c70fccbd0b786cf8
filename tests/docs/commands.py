"""The shell commands of a document, by what the fence of their block says: ```sh, or ```sh and one word."""

import pathlib
import re
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(\S*)\s*(.*)$")

# Besides blocks that are run as they are.
KINDS = {
    "": "runs and ends",
    "running": "goes on until it is ended",
    "yours": "values of the reader's; the test has its own",
    "docker": "needs Docker",
    "nodes": "needs a cluster with nodes that run pods",
}


@dataclass(frozen=True)
class Block:
    line: int  # of its fence
    kind: str
    text: str


def blocks(path):
    """Those with the language sh; raises where one has a word that means nothing."""
    found, current, start, kind = [], None, 0, ""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        fence = FENCE.match(line)
        if fence and current is None:
            language, kind = fence.groups()
            if language == "sh" and kind not in KINDS:
                raise ValueError(f"{path.name}:{number}: ```sh {kind}: must be one of {', '.join(filter(None, KINDS))}")
            current, start = ([] if language == "sh" else False), number
        elif fence:
            if current is not False:
                found.append(Block(start, kind, "\n".join(current)))
            current = None
        elif current is not None and current is not False:
            current.append(line)
    return found

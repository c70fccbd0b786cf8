"""Holds every text of docs/troubleshooting.md against the sources: no error is told of that Weir does not say."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
PLACEHOLDER = re.compile(r"\{[^{}]*\}")
# What the sources leave open, a text may leave open or fill in.
OPEN = "\0"


def literals():
    """Every string of the sources, those that the compiler joins as one, with a mark where a value is put in."""
    found = set()
    for path in (ROOT / "src").rglob("*.cc"):
        text = re.sub(r'"\s*\n\s*"', "", path.read_text())
        for literal in LITERAL.findall(text):
            found.add(PLACEHOLDER.sub(OPEN, literal.replace('\\"', '"')))
    return found


def said(text, known):
    """Whether some string of the sources has all parts of the text between `...`, in their order."""
    parts = [part for part in text.split("...") if part.strip()]
    pattern = re.compile(".*".join(re.escape(part) for part in parts), re.DOTALL)
    return any(pattern.search(literal) for literal in known)


def texts():
    for line in (ROOT / "docs/troubleshooting.md").read_text().splitlines():
        cell = re.match(r"\| `([^`]+)` \|.*\|.*\|$", line)
        if cell and " " in cell.group(1) and not cell.group(1).startswith(("weir ", "kubectl ", "/status")):
            yield cell.group(1)


class Texts(unittest.TestCase):
    def test_each_is_in_the_sources(self):
        known = literals()
        listed = list(texts())
        self.assertGreater(len(listed), 40)
        for text in listed:
            with self.subTest(text):
                self.assertTrue(said(text, known), "no source says this")

    def test_a_text_that_nobody_says_is_found_out(self):
        self.assertFalse(said("Kafka at ... is on holiday", literals()))


if __name__ == "__main__":
    unittest.main()

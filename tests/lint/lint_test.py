"""Shows that the lint tests catch what they are there for. Run by `make test-tools`."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import clang_tidy  # noqa: E402
import include_table  # noqa: E402
import links  # noqa: E402
import sizes  # noqa: E402

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
TABLE = """# a comment
base   |          | fmt/
lag    | base     | fmt/
kafka  | base lag | fmt/ librdkafka/
rpc    | base     | grpcpp/ *.pb.h
"""


class Tree(unittest.TestCase):
    """A repository of a few files in a directory of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


class IncludeTable(Tree):
    def setUp(self):
        super().setUp()
        self.write("cmake/include_table.txt", TABLE)
        for header in ("base/error.h", "lag/offsets.h", "kafka/session.h"):
            self.write("src/" + header, "#pragma once\n")

    def problems(self, name, include):
        self.write("src/" + name, "#pragma once\n" + include + "\n")
        return include_table.check(self.root)

    def test_takes_what_the_table_allows(self):
        allowed = [
            ("lag/a.cc", '#include "lag/offsets.h"'),
            ("lag/b.cc", '#include "base/error.h"'),
            ("lag/c.cc", "#include <optional>"),
            ("lag/d.cc", "#include <fmt/format.h>"),
            ("kafka/wire/e.cc", '#include "lag/offsets.h"'),
            ("kafka/f.cc", "#include <librdkafka/rdkafka.h>"),
            ("kafka/g.cc", "#include <sys/socket.h>"),
            ("kafka/h.cc", "#  include <mutex>"),
            ("rpc/i.cc", '#include "weir/v1/lag.grpc.pb.h"'),
            ("rpc/j.cc", "// #include <iostream>"),
        ]
        for name, include in allowed:
            self.assertEqual(self.problems(name, include), [], include)

    def test_catches_each_kind_of_violation(self):
        refused = [
            ("base/a.cc", '#include "lag/offsets.h"', "base may not include lag"),
            ("rpc/a.cc", '#include "kafka/session.h"', "rpc may not include kafka"),
            ("lag/a.cc", "#include <librdkafka/rdkafka.h>", "lag may not include <librdkafka/rdkafka.h>"),
            ("kafka/a.cc", "#include <curl/curl.h>", "kafka may not include <curl/curl.h>"),
            ("kafka/b.cc", "#include <yaml.h>", "kafka may not include <yaml.h>"),
            ("lag/b.cc", '#include "weir/v1/lag.pb.h"', "lag may not include generated code"),
            ("lag/c.cc", "#include <mutex>", "lag is pure"),
            ("lag/d.cc", "#include <unistd.h>", "lag is pure"),
            ("base/b.cc", "#include <iostream>", "use fmt"),
            ("lag/e.cc", '#include "offsets.h"', "name it from src/"),
            ("lag/f.cc", '#include "lag/missing.h"', "does not exist"),
            ("odd/a.cc", "#include <vector>", "no line in the include table"),
        ]
        for name, include, problem in refused:
            found = self.problems(name, include)
            self.assertEqual(len(found), 1, (include, found))
            self.assertIn(problem, found[0])
            self.assertTrue(found[0].startswith("src/" + name), found[0])
            (self.root / "src" / name).unlink()

    def test_a_table_that_names_a_module_before_its_line_is_refused(self):
        self.write("cmake/include_table.txt", "lag | base | fmt/\nbase | | fmt/\n")
        with self.assertRaisesRegex(SystemExit, "lag uses base"):
            include_table.check(self.root)

    def test_the_table_of_this_repository_is_read(self):
        rules = include_table.read_table(REPOSITORY / "cmake" / "include_table.txt")
        self.assertNotIn("kafka", rules["rpc"].modules)
        self.assertEqual(rules["base"].modules, set())


class Sizes(Tree):
    def test_names_the_file_that_is_too_long(self):
        self.write("src/lag/long.cc", "\n" * 401)
        self.write("src/lag/just.cc", "\n" * 400)
        self.write("src/lag/data.txt", "\n" * 900)
        self.assertEqual(len(sizes.check(self.root)), 1)
        self.assertIn("src/lag/long.cc: 401 lines", sizes.check(self.root)[0])


class Links(Tree):
    def test_names_links_that_lead_nowhere(self):
        self.write("docs/b.md", "# First part\n\n## A `key`, and more\n\n## First part\n")
        self.write(
            "README.md",
            "[b](docs/b.md) [up](/docs/b.md#first-part) [h](docs/b.md#a-key-and-more) [two](docs/b.md#first-part-1)\n"
            "[web](https://example.com/x) `[code](nowhere.md)` [gone](docs/c.md)\n"
            "```\n[fenced](nowhere.md)\n```\n"
            "[heading](docs/b.md#second-part) [own](#missing)\n",
        )
        self.assertEqual(
            links.check(self.root),
            [
                "README.md:2: docs/c.md: no such file",
                "README.md:6: docs/b.md#second-part: no such heading",
                "README.md:6: #missing: no such heading",
            ],
        )


class ClangTidy(unittest.TestCase):
    def test_keeps_what_clang_understands_of_a_command(self):
        entry = {"command": "g++ -DA=1 -Isrc -isystem /gen -O2 -Wall -Werror -fPIC -std=c++23 -o a.o -c a.cc"}
        self.assertEqual(clang_tidy.arguments_of(entry), ["-DA=1", "-Isrc", "-isystem", "/gen", "-std=c++23"])

    def test_a_file_is_looked_at_again_when_a_header_behind_its_headers_changes(self):
        path = REPOSITORY / "src" / "lag" / "partition_lag.cc"
        reached = clang_tidy.closure(path, {})
        self.assertIn(REPOSITORY / "src" / "lag" / "offsets.h", reached)
        self.assertIn(REPOSITORY / "src" / "base" / "clock.h", reached)
        self.assertNotEqual(clang_tidy.key_of(path, [], "1", {}), clang_tidy.key_of(path, [], "2", {}))

    def test_sources_are_looked_at_together_where_their_arguments_are_the_same(self):
        work = [(f"a{i}", ["-DA"], None) for i in range(clang_tidy.TOGETHER + 1)] + [("b", ["-DB"], None)]
        self.assertEqual([len(batch) for batch in clang_tidy.batches(work)], [clang_tidy.TOGETHER, 1, 1])


if __name__ == "__main__":
    unittest.main()

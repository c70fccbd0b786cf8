"""The packages that the Dockerfile installs beside the binary have the libraries that it is linked with."""

import os
import re
import subprocess
import unittest

from chart import ROOT


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def runtime_packages():
    section = (ROOT / "tools" / "apt-packages.txt").read_text().split("[runtime]\n")[1].split("\n[")[0]
    return section.split()


class Image(unittest.TestCase):
    def test_every_library_is_installed(self):
        listed = runtime_packages()
        depends = output_of("dpkg-query", "--show", "--showformat=${Depends},", *listed)
        there = set(listed) | set(re.findall(r"(?:^|[,|]) *([a-z0-9.+-]+)", depends))
        needed = re.findall(r"\(NEEDED\).*\[(.+)\]", output_of("readelf", "--dynamic", os.environ["WEIR_BIN"]))
        self.assertGreater(len(needed), 10)
        for library in needed:
            with self.subTest(library):
                owners = set(re.findall(r"^([^:,]+)", output_of("dpkg-query", "--search", f"*/{library}"), re.MULTILINE))
                self.assertTrue(owners & there, f"{library} is of {sorted(owners)}: list it under [runtime]")


if __name__ == "__main__":
    unittest.main()

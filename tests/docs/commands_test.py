"""Runs the commands of README.md and docs/getting-started.md as they are written: in this checkout, with a real
broker, a real API server. Blocks that need Docker or nodes are parsed only, and counted."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

from commands import ROOT, blocks

sys.path.insert(0, str(ROOT / "tests" / "chart"))
from cluster import BINARIES, Cluster  # noqa: E402

BROKER = ROOT / "tests" / "support" / "kafka_broker.sh"
DOCUMENTS = ["README.md", "docs/getting-started.md"]
# Those of the demonstration, which makes them.
TOPIC = "weir-demo"
WAIT_S = 60


def tool_path():
    folders = [BINARIES, pathlib.Path(os.environ["WEIR_HELM"]).parent]
    return ":".join([*map(str, folders), os.environ["PATH"]])


def setUpModule():
    global cluster, environment
    cluster = Cluster()
    unittest.addModuleCleanup(cluster.stop)
    folder = tempfile.TemporaryDirectory(prefix="weir-docs-")
    unittest.addModuleCleanup(folder.cleanup)
    subprocess.run([BROKER, "start", folder.name, "--parent", str(os.getpid())], check=True, capture_output=True)
    unittest.addModuleCleanup(subprocess.run, [BROKER, "kill", folder.name], capture_output=True)
    bootstrap = re.search(r"^BOOTSTRAP=(.*)$", (pathlib.Path(folder.name) / "env").read_text(), re.MULTILINE).group(1)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    environment |= {"PATH": tool_path(), "KUBECONFIG": str(cluster.kubeconfig), "KAFKA": bootstrap, "GROUP": TOPIC, "TOPIC": TOPIC,
                    "REGISTRY": "registry.example/platform"}
    # A topic with records, and a group that reads it. In so short a time it cannot show everything, and says so.
    subprocess.run([ROOT / "build/release/weir", "demo", "--brokers", bootstrap, "--duration", "3s"], capture_output=True)


class Shell:
    """Blocks one after the other, each of which finds what those before it have exported."""

    def __init__(self):
        self.variables = dict(environment)

    def run(self, text):
        with tempfile.NamedTemporaryFile("r") as left:
            script = f"set -euo pipefail\n{text}\nenv -0 >{left.name}"
            done = subprocess.run(["bash", "-c", script], cwd=ROOT, env=self.variables, capture_output=True, text=True)
            for entry in left.read().split("\0"):
                name, _, value = entry.partition("=")
                if name:
                    self.variables[name] = value
        return done

    def start(self, text):
        return subprocess.Popen(["bash", "-c", f"set -euo pipefail\n{text}"], cwd=ROOT, env=self.variables, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)


def answers(url):
    try:
        return urllib.request.urlopen(url, timeout=2).status == 200
    except OSError:
        return False


class Commands(unittest.TestCase):
    def check_running(self, shell, text):
        """It lives until it is interrupted; what listens answers."""
        process = shell.start(text)
        try:
            listens = re.search(r"--http-listen (\S+)", text)
            # The demonstration, which listens nowhere that one knows, tells of its replicas.
            seen = any(listens or "replicas" in line for line in process.stdout)
            self.assertTrue(seen, "ended by itself")
            deadline = time.monotonic() + WAIT_S
            while listens and not answers(f"http://{listens.group(1)}/healthz"):
                self.assertIsNone(process.poll(), "ended by itself")
                self.assertLess(time.monotonic(), deadline, "does not answer")
                time.sleep(0.1)
            self.assertIsNone(process.poll(), "ended by itself")
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
            process.communicate(timeout=WAIT_S)

    def check_block(self, shell, block):
        parsed = subprocess.run(["bash", "-n", "-c", block.text], capture_output=True, text=True)
        self.assertEqual((parsed.stderr, parsed.returncode), ("", 0))
        if block.kind == "running":
            self.check_running(shell, block.text)
        elif block.kind == "":
            done = shell.run(block.text)
            self.assertEqual(done.returncode, 0, f"{block.text}\n{done.stdout}{done.stderr}")

    def check(self, name):
        found = blocks(ROOT / name)
        run = [block for block in found if block.kind in ("", "running")]
        print(f"{name}: {len(run)} blocks run, {len(found) - len(run)} parsed", file=sys.stderr)
        self.assertGreater(len(run), 4)
        shell = Shell()
        for block in found:
            with self.subTest(f"{name}:{block.line}"):
                self.check_block(shell, block)

    def test_values_of_the_reader_are_those_that_the_test_has(self):
        for name in DOCUMENTS:
            for block in blocks(ROOT / name):
                if block.kind == "yours":
                    for variable in re.findall(r"(\w+)=", block.text):
                        self.assertIn(variable, environment)

    def test_readme(self):
        self.check("README.md")
        left = Shell().run("helm uninstall weir --namespace weir")
        self.assertEqual(left.returncode, 0, left.stderr)

    def test_then_getting_started(self):
        self.check("docs/getting-started.md")


if __name__ == "__main__":
    unittest.main()

"""What the tests here watch: a broker, the scaler with a crowd of groups, the controller with an API server. All on 127.0.0.1, each
stopped by its own process."""

import os
import pathlib
import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
WEIR = os.environ["WEIR_BIN"]
CROWD = pathlib.Path(WEIR).parent / "tests" / "observability" / "weir_crowd"
KUBECTL = pathlib.Path(os.environ.get("WEIR_KUBE_BIN", "")) / "kubectl"


def free_ports(count):
    """Below the range that the kernel gives to outgoing connections."""
    words = subprocess.run([ROOT / "tests/support/kafka_broker.sh", "ports", str(count)], check=True, capture_output=True, text=True)
    return [int(word) for word in words.stdout.split()]


def get(url):
    """Status, headers and body; an error status is an answer."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def eventually(condition, what, within=60):
    """The first thing that `condition` returns and that is true."""
    deadline = time.monotonic() + within
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {what}")
        time.sleep(0.1)


class Process:
    """A program with its output in a file."""

    def __init__(self, command, folder, name, stdin=None):
        self.log = pathlib.Path(folder) / f"{name}.log"
        with self.log.open("w") as output:
            self.process = subprocess.Popen(list(map(str, command)), stdin=stdin, stdout=output, stderr=subprocess.STDOUT)

    def said(self):
        return self.log.read_text()

    def await_line(self, pattern, within=60):
        def look():
            found = re.search(pattern, self.said())
            if not found and self.process.poll() is not None:
                raise AssertionError(f"{self.log.stem} ended:\n{self.said()}")
            return found
        return eventually(look, f"{pattern} in the log of {self.log.stem}", within)

    def stop(self):
        if self.process.stdin:
            self.process.stdin.close()
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Broker:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder) / "broker"
        self.folder.mkdir()
        self._script("start", "--listeners", "sasl_plain", "--parent", str(os.getpid()))
        lines = (line.split("=", 1) for line in (self.folder / "env").read_text().splitlines() if "=" in line)
        self.environment = {name: value.strip("'\"") for name, value in lines}

    def _script(self, command, *arguments):
        done = subprocess.run([ROOT / "tests/support/kafka_broker.sh", command, self.folder, *arguments], capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(done.stderr)

    def bootstrap(self, listener=""):
        return self.environment[f"BOOTSTRAP_{listener}" if listener else "BOOTSTRAP"]

    def stop(self):
        self._script("stop")


class Scaler(Process):
    """`weir scaler` with the page, limits that one namespace runs into, and a cluster whose password is wrong."""

    def __init__(self, folder, broker):
        self.folder, self.broker = pathlib.Path(folder), broker
        self.grpc, self.http_port = (f"127.0.0.1:{free_ports(1)[0]}", free_ports(1)[0])
        self.http = f"http://127.0.0.1:{self.http_port}"
        config = {"limits": {"namespaces": {"crowded": {"triggers": 1}}},
                  "clusters": {"secured": {"bootstrapServers": [broker.bootstrap("SASL_PLAIN")], "namespaces": ["*"],
                                           "auth": {"sasl": "plaintext", "username": "alice", "password": "wrong"}}}}
        (self.folder / "weir.yaml").write_text(yaml.safe_dump(config))
        self.start()

    def start(self):
        super().__init__([WEIR, "scaler", "--config", self.folder / "weir.yaml", "--listen", self.grpc, "--http-listen",
                          f"127.0.0.1:{self.http_port}", "--no-kubernetes", "--status-page", "--refresh-interval", "2s",
                          "--log-level", "error"], self.folder, "scaler")
        eventually(self.answers, "the scaler's HTTP port")

    def answers(self):
        try:
            return get(self.http + "/healthz")[0] == 200
        except OSError:
            if self.process.poll() is not None:
                raise AssertionError(self.said()) from None
            return False


class Crowd(Process):
    def __init__(self, folder, broker, scaler, groups):
        super().__init__([CROWD, broker.bootstrap(), scaler.grpc, groups], folder, "crowd", stdin=subprocess.PIPE)
        try:
            self.await_line("ready", 300)
        except AssertionError:
            self.stop()
            raise


class ControlPlane:
    """An API server, and `weir controller` on it."""

    def __init__(self, folder, scaler_address):
        self.folder = pathlib.Path(folder) / "kube"
        self.folder.mkdir()
        keda = KUBECTL.parent / "keda-crds" / "keda.sh_scaledobjects.yaml"
        done = self._script("start", "--parent", str(os.getpid()), "--crds", ROOT / "charts/weir/crds/consumergroups.yaml", "--crds", keda)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        self.http_port = free_ports(1)[0]
        self.http = f"http://127.0.0.1:{self.http_port}"
        self.controller = Process(
            [WEIR, "controller", "--kubeconfig", self.folder / "admin.kubeconfig", "--scaler-address", scaler_address, "--http-listen",
             f"127.0.0.1:{self.http_port}", "--status-page", "--lease-namespace", "default", "--lease-duration", "3s",
             "--pool-namespaces", "*"],
            folder, "controller")
        self.controller.await_line("running")
        eventually(lambda: "weir_controller_leader 1" in get(self.http + "/metrics")[2], "a leader")

    def _script(self, command, *arguments):
        return subprocess.run([ROOT / "tests/support/kube_cluster.sh", command, self.folder, *map(str, arguments)],
                              capture_output=True, text=True)

    def kubectl(self, *arguments, stdin=None):
        done = subprocess.run([KUBECTL, "--kubeconfig", self.folder / "admin.kubeconfig", *map(str, arguments)], input=stdin,
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"kubectl {' '.join(map(str, arguments))}: {done.stderr}")
        return done.stdout

    def stop(self):
        self.controller.stop()
        self._script("stop")


class Surroundings:
    """A folder and processes in it, stopped in the reverse order."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="weir-observability-")
        self.folder = pathlib.Path(self._folder.name)
        self._started = []

    def add(self, started):
        self._started.append(started)
        return started

    def stop(self):
        for started in reversed(self._started):
            started.stop()
        self._folder.cleanup()

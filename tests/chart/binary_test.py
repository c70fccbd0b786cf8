"""The binary takes what the chart renders: arguments and configuration file."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from chart import VALUES, of_kind, render

BINARY = os.environ.get("WEIR_BIN", "")
CONFIG = "/etc/weir/config/"


def arguments_of(objects, component):
    """None where there is no such Deployment."""
    for found in of_kind(objects, "Deployment"):
        if found["metadata"]["labels"]["app.kubernetes.io/component"] == component:
            return found["spec"]["template"]["spec"]["containers"][0]["args"]
    return None


def run(arguments):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=120)


def make_files(folder):
    """What the controller's arguments name: a certificate, and a kubeconfig of a server that nobody listens for."""
    for name in ("authority", "tls"):
        (folder / name).mkdir()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                    "-subj", "/CN=weir", "-keyout", folder / "tls/tls.key", "-out", folder / "tls/tls.crt"],
                   check=True, capture_output=True)
    shutil.copy(folder / "tls/tls.crt", folder / "authority/ca.crt")
    (folder / "kubeconfig").write_text("""
apiVersion: v1
kind: Config
clusters: [{name: away, cluster: {server: "http://127.0.0.1:1"}}]
users: [{name: nobody, user: {token: none}}]
contexts: [{name: away, context: {cluster: away, user: nobody, namespace: scaling}}]
current-context: away
""")


class Binary(unittest.TestCase):
    def test_scaler_accepts_its_arguments_and_file(self):
        for values in VALUES:
            with self.subTest(values.name), tempfile.TemporaryDirectory() as folder:
                objects = render(values)
                arguments = arguments_of(objects, "scaler")
                config = next(found for found in of_kind(objects, "ConfigMap") if "weir.yaml" in found.get("data", {}))
                (pathlib.Path(folder) / "weir.yaml").write_text(config["data"]["weir.yaml"])
                self.assertIn(CONFIG + "weir.yaml", arguments)
                checked = run([each.replace(CONFIG, folder + "/") for each in arguments] + ["--check-config"])
                self.assertEqual(checked.returncode, 0, checked.stderr)
                self.assertIn("weir.yaml: ok", checked.stdout)

    def test_controller_runs_with_its_arguments(self):
        """It has no file to check, so it is started, with an API server that is away, and ended once it runs."""
        tried = 0
        for values in VALUES:
            arguments = arguments_of(render(values), "controller")
            if arguments is None:
                continue
            tried += 1
            with self.subTest(values.name), tempfile.TemporaryDirectory() as folder:
                make_files(pathlib.Path(folder))
                arguments = [each.replace("/etc/weir/", folder + "/").replace("=0.0.0.0:8080", "=127.0.0.1:0")
                             for each in arguments]
                command = [BINARY, *arguments, "--kubeconfig", folder + "/kubeconfig"]
                with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as started:
                    said = []
                    for line in started.stdout:
                        said.append(line)
                        if "running" in line:
                            started.terminate()
                self.assertEqual(started.returncode, 0, "".join(said))
                self.assertTrue(any("running" in line for line in said), said)
        self.assertGreaterEqual(tried, 6)

    def test_a_wrong_argument_would_be_seen(self):
        for component in ("scaler", "controller"):
            arguments = arguments_of(render(VALUES[0]), component)
            self.assertIn("--no-such-flag", run([*arguments, "--no-such-flag"]).stderr)


if __name__ == "__main__":
    unittest.main()

"""What a real API server says to the chart: every rendering, and releases that come, change, go and stand side by side."""

import os
import subprocess
import tempfile
import unittest

import yaml

from chart import NAMESPACE, VALUES, of_kind, pod_templates, render
from cluster import Cluster

GROUP = """
apiVersion: weir.dev/v1alpha1
kind: ConsumerGroup
metadata: {name: orders, namespace: shop}
spec: {bootstrapServers: ["kafka:9092"], topics: [orders], groupId: orders}
"""
CRD = "consumergroups.weir.dev"


def setUpModule():
    global cluster
    cluster = Cluster()
    unittest.addModuleCleanup(cluster.stop)
    for name in (NAMESPACE, "keda", "keda-system", "shop", "billing", "elsewhere", "monitoring", "streams", "knative-eventing"):
        cluster.must("create", "namespace", name)
    cluster.must("label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce=restricted",
                 "pod-security.kubernetes.io/warn=restricted")
    cluster.must("create", "priorityclass", "platform", "--value=1000")


def sample(notes, first):
    """The indented YAML of the notes that starts with this line."""
    lines = notes.splitlines()
    start = lines.index(f"  {first}")
    end = next((at for at in range(start, len(lines)) if not lines[at].startswith("  ")), len(lines))
    return yaml.safe_load("\n".join(line[2:] for line in lines[start:end]))


def check(document):
    """What `weir check` says to it; fails where that is an error."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump(document, file)
        file.flush()
        done = subprocess.run([os.environ["WEIR_BIN"], "check", file.name], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)


class Objects(unittest.TestCase):
    def test_every_object_is_accepted_without_a_warning(self):
        for values in VALUES:
            with self.subTest(values.name):
                done = cluster.kubectl("apply", "--server-side", "--dry-run=server", "--warnings-as-errors", "--filename=-",
                                       stdin=yaml.safe_dump_all(render(values)))
                # A Pod wants its ServiceAccount, which a dry run has not made.
                left = [line for line in done.stderr.splitlines() if "serviceaccount" not in line]
                self.assertEqual(left, [])
                self.assertGreaterEqual(len(done.stdout.splitlines()) + 1, len(render(values)))

    def test_every_pod_may_run_where_restricted_is_enforced(self):
        made = set()
        for values in VALUES:
            for name, template in pod_templates(render(values)):
                with self.subTest(f"{values.name} {name}"):
                    account = template["spec"].get("serviceAccountName", "default")
                    if account not in made:
                        made.add(account)
                        cluster.must("create", "serviceaccount", account, "--namespace", NAMESPACE)
                    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "tried", "namespace": NAMESPACE},
                           "spec": template["spec"]}
                    cluster.must("create", "--dry-run=server", "--warnings-as-errors", "--filename=-", stdin=yaml.safe_dump(pod))
        for account in made:
            cluster.must("delete", "serviceaccount", account, "--namespace", NAMESPACE)

    def test_restricted_is_enforced(self):
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "tried", "namespace": NAMESPACE},
               "spec": {"automountServiceAccountToken": False, "containers": [{"name": "any", "image": "any"}]}}
        cluster.kubectl("create", "serviceaccount", "default", "--namespace", NAMESPACE)
        refused = cluster.kubectl("create", "--dry-run=server", "--filename=-", stdin=yaml.safe_dump(pod))
        cluster.kubectl("delete", "serviceaccount", "default", "--namespace", NAMESPACE)
        self.assertIn("violates PodSecurity", refused.stderr)


class Releases(unittest.TestCase):
    def owner(self):
        return cluster.get("crd", CRD)["metadata"]["annotations"]["meta.helm.sh/release-name"]

    def replicas(self, name, namespace):
        return cluster.get("deployment", name, namespace)["spec"]["replicas"]

    def test_groups_and_their_crd_outlive_releases(self):
        cluster.helm("install", "weir", namespace=NAMESPACE)
        cluster.must("wait", "--for=condition=Established", "--timeout=60s", "crd", CRD)
        cluster.must("apply", "--filename=-", stdin=GROUP)
        uid = cluster.get("consumergroup", "orders", "shop")["metadata"]["uid"]

        cluster.helm("upgrade", "weir", "--set", "scaler.replicaCount=3", namespace=NAMESPACE)
        self.assertEqual(self.replicas("weir-scaler", NAMESPACE), 3)
        cluster.helm("rollback", "weir", "1", namespace=NAMESPACE)
        self.assertEqual(self.replicas("weir-scaler", NAMESPACE), 2)

        # A second release beside it leaves the CRD to the first, and says so.
        notes = cluster.helm("install", "second", "--set", "controller.enabled=false", namespace="elsewhere")
        self.assertIn("belongs to release weir and was left as it is", " ".join(notes.split()))
        self.assertEqual(self.owner(), "weir")
        cluster.helm("upgrade", "second", "--set", "controller.enabled=false,scaler.replicaCount=4", namespace="elsewhere")
        cluster.helm("uninstall", "second", namespace="elsewhere")
        cluster.helm("uninstall", "weir", namespace=NAMESPACE)
        self.assertEqual(cluster.get("consumergroup", "orders", "shop")["metadata"]["uid"], uid)

        # Another name and namespace, beside the CRD that was kept; then it takes that over.
        cluster.helm("install", "again", namespace="elsewhere")
        self.assertEqual(self.owner(), "weir")
        cluster.helm("upgrade", "again", "--take-ownership", "--set", "crds.takeOwnership=true", namespace="elsewhere")
        self.assertEqual(self.owner(), "again")
        cluster.helm("upgrade", "again", namespace="elsewhere")
        self.assertEqual(self.owner(), "again")
        cluster.helm("uninstall", "again", namespace="elsewhere")
        self.assertEqual(cluster.get("consumergroup", "orders", "shop")["metadata"]["uid"], uid)

    def test_generated_certificates_are_kept(self):
        options = ("--set", "crds.install=false,tls.enabled=true,tls.source=generate,tls.clientAuth=true")
        places = {"sealed-weir-tls": "billing", "sealed-weir-controller-tls": "billing", "billing-sealed-weir-keda-tls": "keda"}

        def secrets():
            return {name: cluster.get("secret", name, namespace)["data"] for name, namespace in places.items()}

        cluster.helm("install", "sealed", *options, namespace="billing")
        made = secrets()
        cluster.helm("upgrade", "sealed", *options, "--set", "scaler.replicaCount=3", namespace="billing")
        self.assertEqual(secrets(), made)
        # One that is gone cannot be signed again by an authority whose key nobody has: all are made anew, together.
        cluster.must("delete", "secret", "sealed-weir-tls", "--namespace", "billing")
        cluster.helm("upgrade", "sealed", *options, namespace="billing")
        self.assertEqual(len({data["ca.crt"] for data in secrets().values()}), 1)
        self.assertNotEqual(secrets(), made)
        cluster.helm("uninstall", "sealed", namespace="billing")

    def test_what_the_notes_say_can_be_pasted(self):
        for values in VALUES:
            with self.subTest(values.name):
                notes = cluster.helm("install", "noted", "--values", values, "--dry-run=server", namespace="elsewhere")
                notes = notes[notes.index("\nNOTES:\n"):]
                check({"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": "orders"},
                       "spec": {"scaleTargetRef": {"name": "orders"}, "maxReplicaCount": 3, **sample(notes, "triggers:")}})
                if any("controller" in found["metadata"]["name"] for found in of_kind(render(values), "Deployment")):
                    check(sample(notes, "apiVersion: weir.dev/v1alpha1"))


if __name__ == "__main__":
    unittest.main()

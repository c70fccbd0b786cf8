"""A pool on an API server where nothing runs pods: its StatefulSet, nodes in zones, and pods that say they are ready."""

import json

import yaml

NAMESPACE, NAME = "data-plane", "dispatcher"
LABELS = {"app": "dispatcher", "weir.dev/pool": "true"}
ZONES = ("eu-west-1a", "eu-west-1b", "eu-west-1c")
READY = {"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}


def node(number):
    return {"apiVersion": "v1", "kind": "Node",
            "metadata": {"name": f"node-{number}", "labels": {"topology.kubernetes.io/zone": ZONES[number % len(ZONES)],
                                                              "kubernetes.io/hostname": f"node-{number}"}}}


def stateful_set(pods, quota):
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": NAME, "image": NAME}]}}
    return {"apiVersion": "apps/v1", "kind": "StatefulSet",
            "metadata": {"name": NAME, "namespace": NAMESPACE, "labels": LABELS,
                         "annotations": {"weir.dev/capacity": "20", "weir.dev/min-replicas": str(pods), "weir.dev/max-replicas": str(pods),
                                         "weir.dev/max-vreplicas-per-namespace": str(quota), "weir.dev/allowed-namespaces": "*"}},
            "spec": {"replicas": pods, "serviceName": NAME, "selector": {"matchLabels": {"app": NAME}}, "template": template}}


def pod(number, nodes, owner):
    reference = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": NAME, "uid": owner, "controller": True}
    return {"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": f"{NAME}-{number}", "namespace": NAMESPACE, "labels": LABELS, "ownerReferences": [reference]},
            "spec": {"nodeName": f"node-{number % nodes}", "containers": [{"name": NAME, "image": NAME}]}}


def make_pool(plane, pods=12, nodes=6, quota=1000):
    """Makes all of it. The controller must have been told of the namespace."""
    plane.kubectl("create", "namespace", NAMESPACE)
    plane.kubectl("create", "serviceaccount", "default", "--namespace", NAMESPACE)
    plane.kubectl("create", "--filename=-", stdin=yaml.safe_dump_all([*map(node, range(nodes)), stateful_set(pods, quota)]))
    plane.kubectl("patch", "statefulset", NAME, "--namespace", NAMESPACE, "--subresource=status", "--patch",
                  json.dumps({"status": {"observedGeneration": 1, "replicas": pods, "readyReplicas": pods}}))
    owner = plane.kubectl("get", "statefulset", NAME, "--namespace", NAMESPACE, "--output=jsonpath={.metadata.uid}")
    plane.kubectl("create", "--filename=-", stdin=yaml.safe_dump_all(pod(number, nodes, owner) for number in range(pods)))
    for number in range(nodes):
        plane.kubectl("patch", "node", f"node-{number}", "--subresource=status", "--patch", json.dumps({"status": READY}))
    for number in range(pods):
        plane.kubectl("patch", "pod", f"{NAME}-{number}", "--namespace", NAMESPACE, "--subresource=status", "--patch",
                      json.dumps({"status": {"phase": "Running", **READY}}))


def placed_group(number, namespace, replicas, bootstrap):
    """A ConsumerGroup on that pool, which nobody scales."""
    return {"apiVersion": "weir.dev/v1alpha1", "kind": "ConsumerGroup", "metadata": {"name": f"consumer-{number:03}", "namespace": namespace},
            "spec": {"bootstrapServers": [bootstrap], "topics": ["orders"], "groupId": f"consumer.{number:03}", "replicas": replicas,
                     "scaling": {"class": "disabled"}, "pool": {"name": NAME, "namespace": NAMESPACE}}}

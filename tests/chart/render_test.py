"""What the chart renders from each file of values/: sound in itself, and right where the values ask for something."""

import json
import unittest

import yaml

from chart import CHART, NAMESPACE, ROOT, VALUES, helm, name_of, named, of_kind, pod_templates, render, template

SELECTOR = ("app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component")

# Every object of the values that say little; for the others see the tests below.
OBJECTS = {
    "default": """
        ClusterRole/scaling-lag-weir-consumergroups-edit ClusterRole/scaling-lag-weir-consumergroups-view
        ClusterRole/scaling-lag-weir-controller ClusterRole/scaling-lag-weir-scaler
        ClusterRoleBinding/scaling-lag-weir-controller ClusterRoleBinding/scaling-lag-weir-scaler
        ConfigMap/lag-weir-scaler CustomResourceDefinition/consumergroups.weir.dev
        Deployment/lag-weir-controller Deployment/lag-weir-scaler Pod/lag-weir-test
        PodDisruptionBudget/lag-weir-controller PodDisruptionBudget/lag-weir-scaler
        Role/lag-weir-controller RoleBinding/lag-weir-controller Service/lag-weir
        ServiceAccount/lag-weir-controller ServiceAccount/lag-weir-scaler""",
    "everything-off": "ConfigMap/lag-weir-scaler Deployment/lag-weir-scaler Service/lag-weir",
    "namespaced": """
        ConfigMap/lag-weir-scaler Deployment/lag-weir-scaler Pod/lag-weir-test PodDisruptionBudget/lag-weir-scaler
        Role/scaling-lag-weir-scaler Role/scaling-lag-weir-scaler RoleBinding/scaling-lag-weir-scaler
        RoleBinding/scaling-lag-weir-scaler Service/lag-weir ServiceAccount/lag-weir-scaler""",
}


def values_named(name):
    return next(path for path in VALUES if path.stem == name)


def objects_of(name):
    return render(values_named(name))


def rules_in(path, kind):
    documents = yaml.safe_load_all((CHART / "rbac" / path).read_text())
    return [rule for role in documents if role["kind"] == kind for rule in role["rules"]]


class EveryRendering(unittest.TestCase):
    """Holds for all files of values/."""

    def each(self):
        self.assertGreaterEqual(len(VALUES), 8)
        return [(values, render(values)) for values in VALUES]

    def test_lint_finds_nothing(self):
        for values, _ in self.each():
            linted = helm("lint", "--strict", "--values", values, CHART)
            self.assertEqual(linted.returncode, 0, linted.stdout + linted.stderr)

    def test_no_object_comes_twice(self):
        for _, objects in self.each():
            names = [(found["metadata"].get("namespace"), name_of(found)) for found in objects]
            self.assertEqual(len(names), len(set(names)), names)

    def test_objects_are_labelled(self):
        for _, objects in self.each():
            for found in objects:
                if name_of(found).startswith("ConfigMap/") and "data" not in found:
                    continue  # extraObjects
                self.assertEqual(found["metadata"]["labels"]["app.kubernetes.io/part-of"], "weir", name_of(found))

    def test_selectors_find_the_pods(self):
        for _, objects in self.each():
            labels = [pod["metadata"]["labels"] for _, pod in pod_templates(objects)]
            for found in objects:
                spec = found.get("spec", {})
                selector = spec.get("selector", spec.get("podSelector"))
                if found["kind"] == "CustomResourceDefinition" or not selector:
                    continue
                selector = selector.get("matchLabels", selector)
                self.assertEqual(set(selector), set(SELECTOR), name_of(found))
                self.assertTrue(any(selector.items() <= pod.items() for pod in labels), name_of(found))

    def test_pods_are_restricted(self):
        for _, objects in self.each():
            for name, pod in pod_templates(objects):
                context = pod["spec"]["securityContext"]
                self.assertTrue(context["runAsNonRoot"], name)
                self.assertEqual(context["runAsUser"], 65532, name)
                self.assertEqual(context["seccompProfile"], {"type": "RuntimeDefault"}, name)
                for container in pod["spec"]["containers"]:
                    inner = container["securityContext"]
                    self.assertFalse(inner["allowPrivilegeEscalation"], name)
                    self.assertTrue(inner["readOnlyRootFilesystem"], name)
                    self.assertEqual(inner["capabilities"], {"drop": ["ALL"]}, name)

    def test_mounts_have_volumes(self):
        for _, objects in self.each():
            for name, pod in pod_templates(objects):
                volumes = {volume["name"] for volume in pod["spec"].get("volumes", [])}
                mounts = [mount for container in pod["spec"]["containers"] for mount in container.get("volumeMounts", [])]
                self.assertEqual({mount["name"] for mount in mounts}, volumes, name)
                paths = [mount["mountPath"] for mount in mounts]
                self.assertEqual(len(paths), len(set(paths)), name)

    def test_bindings_lead_somewhere(self):
        for _, objects in self.each():
            names = {name_of(found) for found in objects}
            for found in of_kind(objects, "RoleBinding") + of_kind(objects, "ClusterRoleBinding"):
                self.assertIn(f"{found['roleRef']['kind']}/{found['roleRef']['name']}", names)
                for subject in found["subjects"]:
                    self.assertIn(f"ServiceAccount/{subject['name']}", names)
                    self.assertEqual(subject["namespace"], NAMESPACE)

    def test_only_pods_that_ask_the_api_server_have_a_token(self):
        for values, objects in self.each():
            tokens = {name: pod["spec"]["automountServiceAccountToken"] for name, pod in pod_templates(objects)}
            for name, token in tokens.items():
                wanted = not name.startswith("Pod/") and values.stem != "everything-off"
                self.assertEqual(token, wanted, name)


class Renderings(unittest.TestCase):
    """What single files of values/ are there for."""

    def test_objects(self):
        for name, wanted in OBJECTS.items():
            with self.subTest(name):
                self.assertEqual(sorted(map(name_of, objects_of(name))), sorted(wanted.split()))

    def test_crd_is_the_one_of_the_repository_and_stays(self):
        found = named(objects_of("default"), "CustomResourceDefinition/consumergroups.weir.dev")
        source = yaml.safe_load((CHART / "crds" / "consumergroups.yaml").read_text())
        self.assertEqual(found["spec"], source["spec"])
        self.assertEqual(found["metadata"]["annotations"], {"helm.sh/resource-policy": "keep"})

    def test_rights_are_those_of_rbac(self):
        objects = objects_of("default")
        scaler = rules_in("scaler.yaml", "ClusterRole")
        self.assertEqual(named(objects, "ClusterRole/scaling-lag-weir-scaler")["rules"], scaler)
        controller = rules_in("controller.yaml", "ClusterRole")
        self.assertEqual(named(objects, "ClusterRole/scaling-lag-weir-controller")["rules"], controller)
        lease = rules_in("controller.yaml", "Role")
        self.assertEqual(named(objects, "Role/lag-weir-controller")["rules"], lease)
        # Of the Leases only where all sources are taken over.
        sources = [rule for rule in rules_in("kafka-source.yaml", "ClusterRole") if "leases" not in rule["resources"]]
        everything = objects_of("everything-on")
        nodes = rules_in("pool.yaml", "ClusterRole")
        self.assertEqual(named(everything, "ClusterRole/scaling-kafka-lag-controller")["rules"], controller + sources + nodes)
        takes_all = template("--set", "controller.kafkaSource=all", "--show-only", "templates/controller/clusterrole.yaml")
        self.assertEqual(list(yaml.safe_load_all(takes_all.stdout))[0]["rules"],
                         controller + rules_in("kafka-source.yaml", "ClusterRole"))
        pools = [found for found in of_kind(everything, "Role") if found["metadata"]["name"].endswith("-controller-pool")]
        namespaces = ["streams", "knative-eventing", NAMESPACE]
        self.assertEqual([found["metadata"]["namespace"] for found in pools], namespaces)
        self.assertEqual([found["rules"] for found in pools], [rules_in("pool.yaml", "Role")] * 3)
        arguments = named(everything, "Deployment/kafka-lag-controller")["spec"]["template"]["spec"]["containers"][0]["args"]
        self.assertIn("--pool-namespaces=" + ",".join(namespaces), arguments)
        # Files bring the Secrets.
        restricted = named(objects_of("restricted"), "ClusterRole/scaling-lag-weir-scaler")["rules"]
        self.assertEqual(restricted, [rule for rule in scaler if "secrets" not in rule["resources"]])
        self.assertLess(len(restricted), len(scaler))

    def test_namespaces_get_roles(self):
        objects = objects_of("namespaced")
        for kind in ("Role", "RoleBinding"):
            self.assertEqual([found["metadata"]["namespace"] for found in of_kind(objects, kind)], ["shop", "billing"])
        config = yaml.safe_load(named(objects, "ConfigMap/lag-weir-scaler")["data"]["weir.yaml"])
        self.assertEqual(config["kubernetes"], {"namespaces": ["shop", "billing"]})

    def test_the_image(self):
        images = {}
        for name in ("default", "ha", "everything-on"):
            found = {pod["spec"]["containers"][0]["image"] for at, pod in pod_templates(objects_of(name))
                     if not at.startswith("StatefulSet/")}
            self.assertEqual(len(found), 1, found)
            images[name] = found.pop()
        version = yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"]
        self.assertEqual(images["default"], f"weir:{version}")
        self.assertIn(f"VERSION {version} ", (ROOT / "CMakeLists.txt").read_text())
        self.assertEqual(images["ha"], "registry.example/platform/weir@sha256:" + "0123456789abcdef" * 4)
        self.assertEqual(images["everything-on"], "weir:edge")

    def test_high_availability(self):
        objects = objects_of("ha")
        scaler = named(objects, "Deployment/lag-weir-scaler")
        self.assertNotIn("replicas", scaler["spec"])
        spread = scaler["spec"]["template"]["spec"]["topologySpreadConstraints"]
        self.assertEqual([(each["topologyKey"], each["whenUnsatisfiable"]) for each in spread],
                         [("topology.kubernetes.io/zone", "DoNotSchedule")])
        self.assertEqual(set(spread[0]["labelSelector"]["matchLabels"]), set(SELECTOR))
        self.assertEqual(named(objects, "PodDisruptionBudget/lag-weir-scaler")["spec"]["minAvailable"], "50%")
        self.assertEqual(named(objects, "PodDisruptionBudget/lag-weir-controller")["spec"]["maxUnavailable"], 2)
        self.assertEqual(named(objects, "HorizontalPodAutoscaler/lag-weir-scaler")["spec"]["minReplicas"], 3)
        self.assertEqual(named(objects, "Service/lag-weir")["spec"]["clusterIP"], "None")

    def test_a_change_of_the_configuration_restarts_the_pods(self):
        sums = set()
        for name in ("default", "restricted", "everything-on"):
            scaler = next(pod for at, pod in pod_templates(objects_of(name)) if at.endswith("-scaler"))
            sums.add(scaler["metadata"]["annotations"]["checksum/config"])
        self.assertEqual(len(sums), 3)

    def test_tls(self):
        for name in ("tls", "tls-cert-manager", "tls-generated"):
            with self.subTest(name):
                objects = objects_of(name)
                keda = {"tls": "weir-client"}.get(name, "scaling-lag-weir-keda-tls")
                authentication = named(objects, "ClusterTriggerAuthentication/scaling-lag-weir")
                self.assertEqual([(ref["parameter"], ref["name"]) for ref in authentication["spec"]["secretTargetRef"]],
                                 [("caCert", keda), ("tlsClientCert", keda), ("tlsClientKey", keda)])
                arguments = named(objects, "Deployment/lag-weir-controller")["spec"]["template"]["spec"]["containers"][0]["args"]
                self.assertIn("--scaler-tls", arguments)
                self.assertIn("--scaler-authentication=scaling-lag-weir", arguments)
        made = of_kind(objects_of("tls-cert-manager"), "Certificate")
        self.assertEqual([(found["metadata"]["namespace"], found["spec"]["secretName"]) for found in made],
                         [("scaling", "lag-weir-tls"), ("scaling", "lag-weir-controller-tls"),
                          ("keda-system", "scaling-lag-weir-keda-tls")])
        self.assertIn("lag-weir.scaling.svc", made[0]["spec"]["dnsNames"])
        generated = of_kind(objects_of("tls-generated"), "Secret")
        self.assertEqual(len({found["data"]["ca.crt"] for found in generated}), 1)
        self.assertEqual(len({found["data"]["tls.key"] for found in generated}), 3)

    def test_pools(self):
        objects = objects_of("pools")
        made = of_kind(objects, "StatefulSet")
        self.assertEqual([found["metadata"]["name"] for found in made], ["dispatcher", "shared"])
        for found in made:
            self.assertEqual(found["metadata"]["labels"]["weir.dev/pool"], "true")
            self.assertEqual(found["spec"]["template"]["metadata"]["labels"]["weir.dev/pool"], "true")
            # The controller sizes it.
            self.assertNotIn("replicas", found["spec"])
        self.assertEqual(made[0]["metadata"]["annotations"],
                         {"weir.dev/capacity": "20", "weir.dev/min-replicas": "0", "weir.dev/max-replicas": "50"})
        self.assertEqual(made[1]["metadata"]["annotations"],
                         {"weir.dev/capacity": "50", "weir.dev/min-replicas": "2", "weir.dev/max-replicas": "3",
                          "weir.dev/max-vreplicas-per-namespace": "40", "weir.dev/allowed-namespaces": "shop-*,billing",
                          "weir.dev/ack": "required", "example.com/owner": "platform"})
        pods = [found["spec"]["template"]["spec"] for found in made]
        self.assertEqual([pod["containers"][0]["image"] for pod in pods],
                         ["registry.example/consumers:1", "registry.example/other:2"])
        self.assertEqual([pod["serviceAccountName"] for pod in pods], ["lag-weir-pool-dispatcher", "shared-consumers"])
        self.assertEqual(pods[1]["securityContext"]["runAsUser"], 65532)

    def test_the_controller_looks_for_pools_where_there_are_some(self):
        objects = objects_of("pools")
        arguments = named(objects, "Deployment/lag-weir-controller")["spec"]["template"]["spec"]["containers"][0]["args"]
        self.assertIn("--pool-namespaces=shop,scaling", arguments)
        self.assertIn("--default-pool=scaling/shared", arguments)
        roles = [found for found in of_kind(objects, "Role") if found["metadata"]["name"] == "scaling-lag-weir-controller-pool"]
        self.assertEqual([found["metadata"]["namespace"] for found in roles], ["shop", "scaling"])
        for role in roles:
            self.assertEqual(role["rules"], rules_in("pool.yaml", "Role"))

    def test_a_pool_may_read_its_own_assignments_alone(self):
        for pool, pods in (("dispatcher", 50), ("shared", 3)):
            rules = named(objects_of("pools"), f"Role/lag-weir-pool-{pool}")["rules"]
            self.assertEqual([(rule["resources"], rule["verbs"]) for rule in rules],
                             [(["configmaps"], ["list", "watch"]), (["pods"], ["patch"])])
            for rule in rules:
                self.assertEqual(rule["resourceNames"], [f"{pool}-{ordinal}" for ordinal in range(pods)])

    def test_monitors(self):
        for name, kind, endpoints in (("monitoring", "ServiceMonitor", "endpoints"),
                                      ("restricted", "PodMonitor", "podMetricsEndpoints")):
            with self.subTest(kind):
                objects = objects_of(name)
                for component in ("scaler", "controller"):
                    monitor = named(objects, f"{kind}/lag-weir-{component}")
                    self.assertEqual(monitor["spec"][endpoints][0]["path"], "/metrics")
        monitor = named(objects_of("monitoring"), "ServiceMonitor/lag-weir-scaler")
        self.assertEqual(monitor["metadata"]["labels"]["release"], "prometheus")
        self.assertEqual(monitor["spec"]["endpoints"][0]["scrapeTimeout"], "10s")
        # A ServiceMonitor finds nothing without a Service.
        self.assertEqual(named(objects_of("monitoring"), "Service/lag-weir-controller")["spec"]["ports"][0]["name"], "http")

    def test_alerts(self):
        source = yaml.safe_load((CHART / "rules.yaml").read_text())["groups"]
        found = named(objects_of("everything-on"), "PrometheusRule/kafka-lag")
        rendered = [rule for group in found["spec"]["groups"] for rule in group["rules"]]
        self.assertEqual(rendered, [rule for group in source for rule in group["rules"]])
        chosen = named(objects_of("monitoring"), "PrometheusRule/lag-weir")
        self.assertEqual(chosen["metadata"]["labels"]["release"], "prometheus")
        self.assertEqual(chosen["metadata"]["labels"]["role"], "alerts")
        rules = {rule["alert"]: rule for group in chosen["spec"]["groups"] for rule in group["rules"]}
        self.assertEqual(len(rules), len(rendered) - 1)
        self.assertNotIn("WeirGroupsUnread", rules)
        self.assertEqual(rules["WeirNoLeader"]["labels"], {"severity": "critical", "team": "platform"}, "ours stand")
        self.assertEqual(rules["WeirNoLeader"]["annotations"]["runbook_url"],
                         "https://docs.example.com/weir/docs/runbooks.md#weirnoleader")

    def test_alerts_without_a_controller_do_not_miss_it(self):
        done = template("--set", "controller.enabled=false,monitoring.prometheusRule.enabled=true", "--show-only",
                        "templates/monitoring/prometheusrule.yaml")
        self.assertEqual([group["name"] for group in yaml.safe_load(done.stdout)["spec"]["groups"]], ["lag-weir.weir-scaler"])

    def test_dashboards(self):
        found = named(objects_of("monitoring"), "ConfigMap/lag-weir-dashboard-weir")
        self.assertEqual(found["metadata"]["namespace"], "monitoring")
        self.assertEqual(found["metadata"]["labels"]["grafana_dashboard"], "weir")
        source = (CHART / "dashboards" / "weir.json").read_text()
        self.assertEqual(json.loads(found["data"]["weir.json"]), json.loads(source))
        folder = named(objects_of("everything-on"), "ConfigMap/kafka-lag-dashboard-weir")["metadata"]
        self.assertEqual(folder["annotations"], {"grafana_folder": "Kafka"})
        self.assertEqual(folder["labels"]["grafana_dashboard"], "1")

    def test_status_page_is_asked_for(self):
        for name, wanted in (("default", False), ("everything-on", True)):
            objects = objects_of(name)
            configs = [found["data"]["weir.yaml"] for found in of_kind(objects, "ConfigMap") if "weir.yaml" in found.get("data", {})]
            self.assertEqual([yaml.safe_load(text).get("statusPage", False) for text in configs], [wanted])
            controller = next(pod for name, pod in pod_templates(objects) if name.endswith("-controller"))
            self.assertEqual("--status-page" in controller["spec"]["containers"][0]["args"], wanted)

    def test_network_policy_lets_nobody_else_in(self):
        ingress = named(objects_of("restricted"), "NetworkPolicy/lag-weir-scaler")["spec"]["ingress"]
        self.assertEqual([rule["ports"][0]["port"] for rule in ingress], ["grpc", "http"])
        self.assertTrue(all(rule["from"] for rule in ingress))


if __name__ == "__main__":
    unittest.main()

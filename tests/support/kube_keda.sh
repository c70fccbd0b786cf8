# KEDA's operator, metrics adapter and admission webhooks for kube_cluster.sh, which sources this. They run as KEDA's own
# ServiceAccount with the rights of KEDA's own manifests.

# The manifest of its webhooks, made to reach a process of this machine instead of a Service.
webhook_configuration() {  # PORT
  python3 - "$bin/keda-config/webhooks/validation_webhooks.yaml" "$1" "$dir/pki/ca.crt" <<'PYTHON'
import base64, pathlib, re, sys
text = pathlib.Path(sys.argv[1]).read_text()
bundle = base64.b64encode(pathlib.Path(sys.argv[3]).read_bytes()).decode()
service = re.compile(r"^( +)service:\n(?: +(?:name|namespace): .*\n){2} +path: (\S+)\n", re.MULTILINE)
text, count = service.subn(rf"\1url: https://127.0.0.1:{sys.argv[2]}\2\n\1caBundle: {bundle}\n", text)
assert count > 0, "no webhook names a Service"
print(text)
PYTHON
}

apply_keda_manifests() {  # ADAPTER_PORT WEBHOOK_PORT
  admin apply --server-side -f "$bin/keda-crds" || return 1
  wait_for_crds || return 1
  local file
  for file in general/namespace service_account/service_account rbac/role rbac/role_binding rbac/aggregate_cluster_roles \
    metrics-server/role metrics-server/role_binding; do
    admin apply -f "$bin/keda-config/$file.yaml" || return 1
  done
  admin apply -f - <<MANIFEST || return 1
apiVersion: v1
kind: Service
metadata: {name: keda-metrics-apiserver, namespace: keda}
spec: {type: ExternalName, externalName: localhost, ports: [{port: $1}]}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.external.metrics.k8s.io}
spec:
  group: external.metrics.k8s.io
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  caBundle: $(base64 -w 0 "$dir/pki/ca.crt")
  service: {name: keda-metrics-apiserver, namespace: keda, port: $1}
MANIFEST
  webhook_configuration "$2" | admin apply -f -
}

launch_keda() {  # NAME COMMAND...
  local name=$1
  shift
  launch "$name" env POD_NAMESPACE=keda POD_NAME=keda WATCH_NAMESPACE= KEDA_CLUSTER_OBJECT_NAMESPACE=keda \
    KUBECONFIG="$dir/keda.kubeconfig" "$@"
}

wait_for_metrics() {
  for ((i = 0; i < 600; i++)); do
    ! admin get --raw /apis/external.metrics.k8s.io/v1beta1 >>"$dir/keda-wait.log" 2>&1 || return 0
    for name in keda-operator keda-adapter keda-webhooks; do
      is_running "$name" || fail "$name ended: $(tail -n 3 "$dir/$name.log")"
    done
    sleep 0.2
  done
  fail "KEDA's metrics were not served within 120 s, see $dir/keda-adapter.log"
}

start_keda() {
  local adapter webhook operator rest
  read -r adapter webhook operator rest <<<"$(free_ports 8)"
  local ports
  read -r -a ports <<<"$rest"
  apply_keda_manifests "$adapter" "$webhook" >"$dir/keda.log" 2>&1 || fail "KEDA's manifests: $(tail -n 3 "$dir/keda.log")"
  write_kubeconfig keda "{token: $(admin -n keda create token keda-operator --duration=24h)}"
  cd "$dir/pki"
  certificate keda "/CN=keda" DNS:keda-operator,DNS:keda-operator.keda.svc,DNS:keda-metrics-apiserver.keda.svc >>"$dir/pki.log" 2>&1
  mkdir -p keda && cp ca.crt keda/ca.crt && cp keda.crt keda/tls.crt && cp keda.key keda/tls.key
  launch_keda keda-operator "$bin/keda-operator" --cert-dir=keda --metrics-service-bind-address="127.0.0.1:$operator" \
    --metrics-bind-address="127.0.0.1:${ports[0]}" --health-probe-bind-address="127.0.0.1:${ports[1]}" \
    --enable-webhook-patching=false --enable-apiservice-patching=false
  launch_keda keda-adapter "$bin/keda-adapter" --cert-dir=keda --secure-port="$adapter" --bind-address=127.0.0.1 \
    --port="${ports[2]}" --metrics-service-address="localhost:$operator" --client-ca-file=ca.crt --tls-cert-file=keda.crt \
    --tls-private-key-file=keda.key --lister-kubeconfig="$dir/keda.kubeconfig" \
    --authentication-kubeconfig="$dir/keda.kubeconfig" --authorization-kubeconfig="$dir/keda.kubeconfig"
  launch_keda keda-webhooks "$bin/keda-webhooks" --cert-dir=keda --port="$webhook" \
    --metrics-bind-address="127.0.0.1:${ports[3]}" --health-probe-bind-address="127.0.0.1:${ports[4]}"
  wait_for_metrics
}

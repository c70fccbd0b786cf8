#!/bin/bash
# Starts and stops a control plane for tests on 127.0.0.1: etcd and kube-apiserver with RBAC, on free ports; and KEDA.
#
#   kube_cluster.sh start DIR [OPTION...]        returns when the API server is ready
#   kube_cluster.sh stop DIR                     ends all of it
#   kube_cluster.sh end|kill|pause|resume|restart DIR NAME   of one process: etcd, apiserver, controller-manager,
#                                                scheduler, kwok, keda-operator, keda-adapter, keda-webhooks
#
# Options of start:
#   --parent PID           all of it is killed soon after this process has ended
#   --crds FILE            applied once the API server is ready; may be given again
#   --account NAME FILE    ServiceAccount weir/NAME with the rights of FILE: the ClusterRole and, where there is one, the
#                          Role of that name; its token is in DIR/NAME.kubeconfig
#   --controller-manager   garbage collection, the HPA, namespaces, Deployments
#   --kwok                 kube-scheduler, and kwok, by which nodes and pods run without a machine: a node that is created
#                          with the annotation kwok.x-k8s.io/node=fake is ready, and so are the pods that come to it
#   --keda                 KEDA's operator, metrics adapter and admission webhooks
#   --audit                each request of a ServiceAccount is a line of JSON in DIR/audit.log
#
# DIR/admin.kubeconfig is for the test. DIR/NAME.log is each one's
# log, DIR/NAME.pid its process.
set -euo pipefail

fail() { echo "kube_cluster.sh: $*" >&2; exit 1; }

script=$(readlink -f "$0")
source "$(dirname "$script")/kube_keda.sh"
bin=${WEIR_KUBE_BIN:-$(ls -d "${WEIR_CACHE:-$HOME/.cache/weir}"/kubernetes-* 2>/dev/null | head -n 1)}

# Ports below the range that the kernel gives to outgoing connections, which could take them in between.
free_ports() {
  python3 - "$1" <<'PYTHON'
import random, socket, sys
ports = []
while len(ports) < int(sys.argv[1]):
    port = random.randint(15000, 32000)
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
    if port not in ports:
        ports.append(port)
print(*ports)
PYTHON
}

is_running() { [[ -s $dir/$1.pid ]] && kill -0 "$(<"$dir/$1.pid")" 2>/dev/null; }

# The command of a process is kept, so that it can be started again as it was.
launch() {  # NAME COMMAND...
  local name=$1
  shift
  printf '%q ' "$@" >"$dir/$name.command"
  relaunch "$name"
}

relaunch() {  # NAME
  cd "$dir/pki"
  setsid bash -c "exec $(<"$dir/$1.command")" >>"$dir/$1.log" 2>&1 </dev/null &
  echo $! >"$dir/$1.pid"
}

end_process() {  # NAME SIGNAL
  is_running "$1" || return 0
  local pid
  pid=$(<"$dir/$1.pid")
  kill "-$2" "$pid" 2>/dev/null || true
  kill -CONT "$pid" 2>/dev/null || true
  for ((i = 0; i < 200; i++)); do kill -0 "$pid" 2>/dev/null || return 0; sleep 0.05; done
  kill -KILL "$pid" 2>/dev/null || true
}

certificate() {  # NAME SUBJECT [FURTHER_NAMES]
  openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "$2"
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out "$1.crt" \
    -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1%s\nextendedKeyUsage=serverAuth,clientAuth\n' "${3:+,$3}")
}

make_pki() {
  mkdir -p "$dir/pki"
  cd "$dir/pki"
  {
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -keyout ca.key -out ca.crt -subj "/CN=Weir test CA"
    certificate apiserver /CN=kube-apiserver
    certificate admin /O=system:masters/CN=admin
    certificate front-proxy /CN=front-proxy
    openssl genrsa -out accounts.key 2048
    openssl rsa -in accounts.key -pubout -out accounts.pub
  } >"$dir/pki.log" 2>&1 || fail "openssl failed, see $dir/pki.log"
}

write_kubeconfig() {  # NAME USER
  cat >"$dir/$1.kubeconfig" <<CONFIG
apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "https://127.0.0.1:$api_port", certificate-authority: pki/ca.crt}}]
users: [{name: $1, user: $2}]
contexts: [{name: test, context: {cluster: test, user: $1}}]
current-context: test
CONFIG
}

admin() { "$bin/kubectl" --kubeconfig "$dir/admin.kubeconfig" "$@"; }

wait_ready() {
  local url=https://127.0.0.1:$api_port/readyz
  for ((i = 0; i < 1200; i++)); do
    ! curl --silent --fail --output /dev/null --cacert "$dir/pki/ca.crt" --cert "$dir/pki/admin.crt" \
      --key "$dir/pki/admin.key" "$url" || return 0
    is_running apiserver || fail "the API server ended: $(tail -n 3 "$dir/apiserver.log")"
    sleep 0.1
  done
  fail "the API server was not ready within 120 s, see $dir/apiserver.log"
}

write_audit_policy() {
  cat >"$dir/audit.yaml" <<POLICY
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{level: Metadata, userGroups: [system:serviceaccounts]}, {level: None}]
POLICY
}

start_control_plane() {  # OPTION_OF_THE_API_SERVER...
  local etcd_port peer_port
  read -r etcd_port peer_port api_port <<<"$(free_ports 3)"
  echo "$api_port" >"$dir/api_port"
  launch etcd "$bin/etcd" --data-dir "$dir/etcd" --listen-client-urls "http://127.0.0.1:$etcd_port" \
    --advertise-client-urls "http://127.0.0.1:$etcd_port" --listen-peer-urls "http://127.0.0.1:$peer_port" \
    --initial-advertise-peer-urls "http://127.0.0.1:$peer_port" --initial-cluster "default=http://127.0.0.1:$peer_port" \
    --unsafe-no-fsync --log-level error
  launch apiserver "$bin/kube-apiserver" --etcd-servers="http://127.0.0.1:$etcd_port" --secure-port="$api_port" \
    --bind-address=127.0.0.1 --advertise-address=127.0.0.1 --authorization-mode=RBAC \
    --tls-cert-file=apiserver.crt --tls-private-key-file=apiserver.key --client-ca-file=ca.crt \
    --service-account-issuer=https://kubernetes.default.svc --service-account-key-file=accounts.pub \
    --service-account-signing-key-file=accounts.key --service-cluster-ip-range=10.99.0.0/16 \
    --enable-admission-plugins=OwnerReferencesPermissionEnforcement \
    --requestheader-client-ca-file=ca.crt --requestheader-allowed-names=front-proxy \
    --requestheader-extra-headers-prefix=X-Remote-Extra- --requestheader-group-headers=X-Remote-Group \
    --requestheader-username-headers=X-Remote-User --proxy-client-cert-file=front-proxy.crt \
    --proxy-client-key-file=front-proxy.key --enable-aggregator-routing=false "$@"
  write_kubeconfig admin '{client-certificate: pki/admin.crt, client-key: pki/admin.key}'
  wait_ready
}

start_controller_manager() {
  launch controller-manager "$bin/kube-controller-manager" --kubeconfig="$dir/admin.kubeconfig" \
    --authentication-kubeconfig="$dir/admin.kubeconfig" --authorization-kubeconfig="$dir/admin.kubeconfig" \
    --secure-port=0 --leader-elect=false --service-account-private-key-file=accounts.key --root-ca-file=ca.crt \
    --use-service-account-credentials=true
}

start_kwok() {
  launch scheduler "$bin/kube-scheduler" --kubeconfig="$dir/admin.kubeconfig" \
    --authentication-kubeconfig="$dir/admin.kubeconfig" --authorization-kubeconfig="$dir/admin.kubeconfig" \
    --secure-port=0 --leader-elect=false
  launch kwok "$bin"/kwok-* --kubeconfig="$dir/admin.kubeconfig" --manage-all-nodes=false \
    --manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake --node-lease-duration-seconds=40
}

make_account() {  # NAME FILE
  {
    { admin get namespace weir || admin create namespace weir; } && admin -n weir create serviceaccount "$1" &&
      admin -n weir apply -f "$2" &&
      admin create clusterrolebinding "$1" --clusterrole="$1" --serviceaccount="weir:$1" &&
      { ! grep -q '^kind: Role$' "$2" || admin -n weir create rolebinding "$1" --role="$1" --serviceaccount="weir:$1"; }
  } >>"$dir/rbac.log" 2>&1 || fail "the rights could not be granted: $(tail -n 3 "$dir/rbac.log")"
  write_kubeconfig "$1" "{token: $(admin -n weir create token "$1" --duration=24h)}"
}

# kubectl does not wait for an object that has no conditions yet.
wait_for_crds() {
  for ((i = 0; i < 100; i++)); do
    ! admin wait --for=condition=Established --timeout=20s crd --all || return 0
    sleep 0.1
  done
  return 1
}

# Ends everything soon after the process that wanted it has ended without stopping it.
watch_parent() {  # PARENT
  setsid bash -c "while kill -0 $1 && [[ -d '$dir' ]]; do sleep 0.5; done; [[ ! -d '$dir' ]] || '$script' stop '$dir'" \
    >/dev/null 2>&1 </dev/null &
}

start() {
  local parent="" crds=() accounts=() controller_manager="" kwok="" keda="" audit=()
  [[ -x $bin/kube-apiserver ]] || fail "no kube-apiserver in ${bin:-the cache}: run tests/support/kube_binaries.sh"
  while (($#)); do
    case $1 in
      --parent) parent=$2; shift 2 ;;
      --crds) crds+=("$(readlink -f "$2")"); shift 2 ;;
      --account) accounts+=("$2" "$(readlink -f "$3")"); shift 3 ;;
      --controller-manager) controller_manager=yes; shift ;;
      --kwok) kwok=yes; shift ;;
      --keda) keda=yes; shift ;;
      --audit) audit=("--audit-policy-file=$dir/audit.yaml" "--audit-log-path=$dir/audit.log"); shift ;;
      *) fail "no such option: $1" ;;
    esac
  done
  make_pki
  ((${#audit[@]} == 0)) || write_audit_policy
  start_control_plane "${audit[@]}"
  [[ -z $parent ]] || watch_parent "$parent"
  [[ -z $controller_manager ]] || start_controller_manager
  [[ -z $kwok ]] || start_kwok
  local file
  for file in "${crds[@]}"; do
    admin apply --server-side -f "$file" >>"$dir/crds.log" 2>&1 || fail "$file: $(tail -n 3 "$dir/crds.log")"
  done
  ((${#crds[@]} == 0)) || wait_for_crds >>"$dir/crds.log" 2>&1 || fail "a CRD is not served: $(tail -n 3 "$dir/crds.log")"
  for ((n = 0; n < ${#accounts[@]}; n += 2)); do make_account "${accounts[n]}" "${accounts[n + 1]}"; done
  [[ -z $keda ]] || start_keda
}

stop_all() {
  local name
  for name in keda-webhooks keda-adapter keda-operator kwok scheduler controller-manager apiserver etcd; do end_process "$name" KILL; done
}

(($# >= 2)) || fail "usage: kube_cluster.sh start|stop DIR [OPTION...], or end|kill|pause|resume|restart DIR NAME"
command=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
shift 2
[[ ! -s $dir/api_port ]] || api_port=$(<"$dir/api_port")
case $command in
  start) start "$@" ;;
  stop) stop_all ;;
  end) end_process "$1" TERM ;;
  kill) end_process "$1" KILL ;;
  pause) kill -STOP "$(<"$dir/$1.pid")" ;;
  resume) kill -CONT "$(<"$dir/$1.pid")" ;;
  restart)
    end_process "$1" TERM
    relaunch "$1"
    [[ $1 != apiserver ]] || wait_ready
    ;;
  *) fail "no such command: $command" ;;
esac

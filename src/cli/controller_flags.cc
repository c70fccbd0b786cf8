#include <CLI/CLI.hpp>

#include "cli/common_flags.h"
#include "cli/controller_command.h"

namespace weir::cli {
namespace {

constexpr const char* kControllerExamples =
    R"(Install the CRD first: kubectl apply --server-side -f charts/weir/crds. Run two of it: one leads, by a Lease.

Examples:
  weir controller --scaler-address weir-scaler.weir.svc:9090
  weir controller --scaler-address weir-scaler.weir.svc:9090 --default-pool weir/dispatcher
  weir controller --kubeconfig ~/.kube/config --scaler-address 127.0.0.1:9090 --http-listen 127.0.0.1:8081
)";

void add_scaler_reach(CLI::App& command, ControllerFlags& flags) {
  const auto* scaler = "Scaler";
  command
      .add_option("--scaler-address", flags.scaler_address,
                  "where KEDA and this controller reach `weir scaler`; becomes part of every ScaledObject")
      ->type_name("HOST:PORT")
      ->required()
      ->group(scaler);
  command.add_flag("--scaler-tls", flags.scaler_tls, "the scaler serves TLS; also becomes part of every ScaledObject")
      ->group(scaler);
  command.add_option("--scaler-ca", flags.scaler_ca, "CA of the scaler's certificate (default: the system's)")
      ->type_name("FILE")
      ->group(scaler);
  command.add_option("--scaler-cert", flags.scaler_certificate, "client certificate for it")
      ->type_name("FILE")
      ->group(scaler);
  command.add_option("--scaler-key", flags.scaler_key, "its private key")->type_name("FILE")->group(scaler);
  command
      .add_option("--scaler-authentication", flags.scaler_authentication,
                  "the ClusterTriggerAuthentication that has KEDA's caCert, tlsClientCert and tlsClientKey")
      ->type_name("NAME")
      ->group(scaler);
}

void add_pools(CLI::App& command, ControllerFlags& flags) {
  const auto* pools = "Pools";
  command
      .add_option("--pool-namespaces", flags.pool_namespaces,
                  "namespaces of pools: StatefulSets labelled weir.dev/pool=true, on whose pods ConsumerGroups are "
                  "placed; '*' for all (default none: nothing is placed)")
      ->type_name("NAMESPACE,...")
      ->delimiter(',')
      ->group(pools);
  command
      .add_option("--default-pool", flags.default_pool,
                  "the pool of ConsumerGroups that name none; its namespace is one of --pool-namespaces (default none)")
      ->type_name("NAMESPACE/NAME")
      ->group(pools);
  command
      .add_option("--scheduler-config", flags.scheduler_config,
                  "YAML with profile, profiles and patience, as `weir plan` takes them")
      ->type_name("FILE")
      ->group(pools);
  command
      .add_option("--scheduler-profile", flags.scheduler_profile,
                  "how to place, of that file or built in: default, compact, knative-1.9 or knative-1.17")
      ->type_name("NAME")
      ->group(pools);
}

}  // namespace

void add_controller_flags(CLI::App& command, ControllerFlags& flags) {
  command.footer(kControllerExamples);
  add_scaler_reach(command, flags);
  const auto* api = "API server";
  command.add_option("--kubeconfig", flags.kubeconfig, "how to reach it (default: as the pod this runs in)")
      ->type_name("FILE")
      ->group(api);
  command.add_option("--kube-api-qps", flags.qps, "requests a second (default 100)")
      ->type_name("NUMBER")
      ->check(CLI::Range(1.0, 100'000.0))
      ->group(api);
  command.add_option("--kube-api-burst", flags.burst, "requests at once after a pause (default 200)")
      ->type_name("COUNT")
      ->check(CLI::Range(1, 100'000))
      ->group(api);
  const auto* sources = "Knative";
  command
      .add_option(
          "--kafka-source", flags.kafka_source,
          "make a ConsumerGroup of each KafkaSource annotated weir.dev/managed=true (managed), of every one (all, "
          "where Knative's own controller does not run), or of none (default off)")
      ->type_name("off|managed|all")
      ->group(sources);
  add_pools(command, flags);
  const auto* lease = "Leader";
  command
      .add_option("--lease-namespace", flags.lease_namespace,
                  "where the Lease weir-controller lies (default: the namespace of the pod or the kubeconfig)")
      ->type_name("NAMESPACE")
      ->group(lease);
  command.add_option("--lease-duration", flags.lease_duration, "after which another takes over (default 15s)")
      ->type_name("DURATION")
      ->group(lease);
  const auto* ports = "Ports and logs";
  add_http_listen(command, flags.http_listen, ports);
  command
      .add_flag("--status-page", flags.status_page,
                "serve a page on / of the HTTP port that shows ConsumerGroups and placements; read only")
      ->group(ports);
  add_log_flags(command, flags.log_format, flags.log_level, ports);
}

}  // namespace weir::cli

#include <CLI/CLI.hpp>

#include "cli/lag_command.h"

namespace weir::cli {
namespace {

constexpr const char* kLagExamples = R"(Exit codes: 0, 1 an error of Kafka or the scaler, 2 a wrong flag.

Examples:
  weir lag --bootstrap-servers kafka:9092 --group orders --topic orders --set lagThreshold=50
  weir lag -f scaledobject.yaml --watch
  weir lag --config weir.yaml --cluster prod --group orders -o json
  weir lag --scaler weir:9090 -f scaledobject.yaml
)";

void add_trigger(CLI::App& command, LagFlags& flags) {
  const auto* group = "Trigger";
  command.add_option("--bootstrap-servers", flags.bootstrap_servers, "the cluster's brokers")
      ->type_name("HOST:PORT,...")
      ->group(group);
  command.add_option("--group", flags.group, "consumer group")->type_name("GROUP")->group(group);
  command.add_option("--topic", flags.topic, "topics (default: all that the group has committed to)")
      ->type_name("TOPIC,...")
      ->group(group);
  command
      .add_option("--set", flags.set, "any key of the trigger's metadata, such as lagThreshold=50; may be given again")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false)
      ->group(group);
  command.add_option("-f,--file", flags.file, "ScaledObject or ScaledJob to take the trigger from; flags win")
      ->type_name("FILE")
      ->group(group);
  command.add_option("--trigger", flags.trigger, "index of the trigger in the file (default: the first on Kafka)")
      ->type_name("N")
      ->group(group);
}

void add_credentials(CLI::App& command, LagFlags& flags) {
  const auto* group = "Credentials";
  command.add_option("--username", flags.username, "SASL user")->type_name("USER")->group(group);
  command.add_option("--password-file", flags.password_file, "file with the password")->type_name("FILE")->group(group);
  command.add_option("--sasl", flags.sasl, "plaintext, scram_sha256 or scram_sha512")
      ->type_name("MECHANISM")
      ->group(group);
  command.add_flag("--tls", flags.tls, "connect over TLS")->group(group);
  command.add_option("--ca", flags.ca, "CA of the brokers, PEM; implies --tls")->type_name("FILE")->group(group);
  command.add_option("--config", flags.config, "the scaler's configuration, for --cluster")
      ->type_name("FILE")
      ->group(group);
  command.add_option("--cluster", flags.cluster, "cluster of the configuration (clusterRef)")
      ->type_name("NAME")
      ->group(group);
  command.add_option("--secrets-dir", flags.secrets_dir, "Secrets as files DIR/NAMESPACE/NAME/KEY")
      ->type_name("DIR")
      ->group(group);
  command.add_option("--auth-secret", flags.auth_secret, "Secret with KEDA's parameters (authSecret)")
      ->type_name("NAME")
      ->group(group);
  command
      .add_option("--namespace", flags.ns,
                  "namespace of the Secret and the ScaledObject (default: the file's, or default)")
      ->type_name("NAMESPACE")
      ->group(group)
      ->default_str("");
}

void add_scaler(CLI::App& command, LagFlags& flags) {
  const auto* group = "Running scaler";
  command.add_option("--scaler", flags.scaler, "ask this scaler instead of Kafka")
      ->type_name("HOST:PORT")
      ->group(group);
  command.add_option("--name", flags.name, "name of the ScaledObject")->type_name("NAME")->group(group);
  command.add_flag("--scaler-tls", flags.scaler_tls, "connect to it over TLS")->group(group);
  command.add_option("--scaler-ca", flags.scaler_ca, "its CA, PEM; implies --scaler-tls")
      ->type_name("FILE")
      ->group(group);
  command.add_option("--scaler-cert", flags.scaler_cert, "certificate to show it, PEM")
      ->type_name("FILE")
      ->group(group);
  command.add_option("--scaler-key", flags.scaler_key, "its private key")->type_name("FILE")->group(group);
}

}  // namespace

void add_lag_flags(CLI::App& command, LagFlags& flags) {
  command.footer(kLagExamples);
  add_trigger(command, flags);
  add_credentials(command, flags);
  add_scaler(command, flags);
  const auto* cluster = "ConsumerGroup";
  command
      .add_option("--consumergroup", flags.consumer_group,
                  "the trigger of this ConsumerGroup; with --scaler where Secrets are needed")
      ->type_name("NAMESPACE/NAME")
      ->group(cluster);
  command.add_option("--kubeconfig", flags.kubeconfig, "how to reach the API server (default: as kubectl)")
      ->type_name("FILE")
      ->group(cluster);
  const auto* group = "Output";
  command.add_option("-o,--output", flags.output, "table or json (default table)")
      ->type_name("FORMAT")
      ->group(group)
      ->default_str("");
  command.add_option("--watch", flags.watch, "print again and again (default every 2s)")
      ->type_name("[DURATION]")
      ->expected(0, 1)
      ->default_str("2s")
      ->group(group);
  command.add_option("--timeout", flags.timeout, "how long Kafka may take to answer (default 10s)")
      ->type_name("DURATION")
      ->default_str("")
      ->group(group);
}

}  // namespace weir::cli

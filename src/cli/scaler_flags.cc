#include <CLI/CLI.hpp>

#include "base/field_errors.h"
#include "base/parse.h"
#include "cli/common_flags.h"
#include "cli/scaler_command.h"

namespace weir::cli {
namespace {

constexpr const char* kExamples =
    R"(Durations are a number with ms, s, m or h, such as 500ms or 50m. A flag wins over the configuration file.

Examples:
  weir scaler --listen 127.0.0.1:9090 --http-listen 127.0.0.1:8080
  weir scaler --config weir.yaml --secrets-dir /etc/weir/secrets --log-format json
  weir scaler --config weir.yaml --check-config
)";

void add_ports(CLI::App& command, ScalerFlags& flags) {
  const auto* group = "Ports";
  command.add_option("--listen", flags.listen, "where KEDA connects, gRPC (default 0.0.0.0:9090)")
      ->type_name("HOST:PORT")
      ->group(group);
  add_http_listen(command, flags.http_listen, group);
  command
      .add_flag("--status-page", flags.status_page,
                "serve a page on / of the HTTP port that shows groups, sessions and why they scale; read only")
      ->group(group);
  command.add_flag("--reflection", flags.reflection, "serve gRPC reflection, for grpcurl")->group(group);
  command
      .add_flag("--stream-metric-spec", flags.stream_metric_spec,
                "serve StreamMetricSpec; off, KEDA asks GetMetricSpec, which is cheaper")
      ->group(group);
}

void add_configuration(CLI::App& command, ScalerFlags& flags) {
  const auto* group = "Configuration";
  command.add_option("--config", flags.config, "YAML file: clusters, limits and all that flags can say")
      ->type_name("FILE")
      ->group(group);
  command.add_flag("--check-config", flags.check_config, "only check the file: prints `FILE: ok`, or every error")
      ->group(group);
  command
      .add_option("--secrets-dir", flags.secrets_dir,
                  "Secrets as files DIR/NAMESPACE/NAME/KEY, read again when they change")
      ->type_name("DIR")
      ->group(group);
  command
      .add_option("--kafka-client", flags.kafka_client,
                  "wire: Weir's own; librdkafka; or auto: librdkafka where Weir's own cannot serve (default auto)")
      ->type_name("CLIENT")
      ->group(group);
}

void add_kubernetes(CLI::App& command, ScalerFlags& flags) {
  const auto* group = "Kubernetes (in a pod without further words)";
  command
      .add_option("--kubeconfig", flags.kubeconfig,
                  "how to reach the API server, which bears out callers and has their Secrets and ConsumerGroups")
      ->type_name("FILE")
      ->group(group);
  command
      .add_option("--watch-namespaces", flags.watch_namespaces,
                  "only these, each with rights of its own, parted by commas (default all)")
      ->type_name("NAME,NAME")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group(group);
  command.add_flag("--no-kubernetes", flags.no_kubernetes, "ask no API server, not even in a pod")->group(group);
}

void add_tls(CLI::App& command, ScalerFlags& flags) {
  const auto* group = "TLS (PEM files, read again when they change)";
  command.add_option("--tls-cert", flags.tls_certificate, "certificate of the gRPC server")
      ->type_name("FILE")
      ->group(group);
  command.add_option("--tls-key", flags.tls_key, "its private key")->type_name("FILE")->group(group);
  command.add_option("--tls-client-ca", flags.tls_client_ca, "CA that every client's certificate must be signed by")
      ->type_name("FILE")
      ->group(group);
  command
      .add_option("--allowed-client", flags.allowed_clients,
                  "name in a client certificate whose caller is believed (KEDA's); may be given again")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->group(group);
}

void add_times(CLI::App& command, ScalerFlags& flags) {
  const auto* group = "Times";
  command.add_option("--refresh-interval", flags.refresh_interval, "how often offsets are read (default 5s)")
      ->type_name("DURATION")
      ->group(group);
  command
      .add_option("--watch-after", flags.watch_after,
                  "partitions without a record for so long are watched for the next one (default 5s)")
      ->type_name("DURATION")
      ->group(group);
  command
      .add_option("--max-stale", flags.max_stale, "how long the last offsets serve while Kafka is away (default 60s)")
      ->type_name("DURATION")
      ->group(group);
  command.add_option("--max-stream-age", flags.max_stream_age, "after which a stream is ended with OK (default 50m)")
      ->type_name("DURATION")
      ->group(group);
  command
      .add_option("--shutdown-grace", flags.shutdown_grace, "how long calls may take to finish at SIGTERM (default 2s)")
      ->type_name("DURATION")
      ->group(group);
}

void add_logs(CLI::App& command, ScalerFlags& flags) {
  const auto* group = "Logs and metrics";
  add_log_flags(command, flags.log_format, flags.log_level, group);
  command
      .add_option("--metrics-max-triggers", flags.metrics_max_triggers,
                  "series of their own for so many groups, sums for the rest (default 10000)")
      ->type_name("COUNT")
      ->group(group);
}

void set(std::string& target, const std::optional<std::string>& flag) {
  if (flag) target = *flag;
}

void set_duration(std::chrono::milliseconds& target, const char* name, const std::optional<std::string>& flag,
                  base::FieldErrors& errors) {
  if (!flag) return;
  if (const auto value = base::parse_duration(*flag))
    target = *value;
  else
    errors.add(name, *flag, "must be a duration with a unit of ms, s, m or h, such as 500ms, 5s or 50m");
}

void apply_logs(const ScalerFlags& flags, Settings& settings, base::FieldErrors& errors) {
  if (flags.log_format) {
    if (const auto format = telemetry::parse_log_format(*flags.log_format))
      settings.log.format = *format;
    else
      errors.add("--log-format", "", format.error().message);
  }
  if (flags.log_level) {
    if (const auto level = telemetry::parse_log_level(*flags.log_level))
      settings.log.level = *level;
    else
      errors.add("--log-level", "", level.error().message);
  }
}

void apply_kafka_client(const ScalerFlags& flags, Settings& settings, base::FieldErrors& errors) {
  if (!flags.kafka_client) return;
  if (const auto choice = kafka::parse_client_choice(*flags.kafka_client))
    settings.kafka_client = *choice;
  else
    errors.add("--kafka-client", "", choice.error().message);
}

void apply_kubernetes(const ScalerFlags& flags, Settings& settings, base::FieldErrors& errors) {
  auto& kubernetes = settings.kubernetes;
  if (flags.kubeconfig) kubernetes.kubeconfig = *flags.kubeconfig;
  if (!flags.watch_namespaces.empty()) kubernetes.namespaces = flags.watch_namespaces;
  if (flags.no_kubernetes) kubernetes.off = true;
  if (kubernetes.off && flags.kubeconfig)
    errors.add("--kubeconfig", *flags.kubeconfig, "cannot stand beside --no-kubernetes; leave out one of them");
}

void apply_tls(const ScalerFlags& flags, Settings& settings, base::FieldErrors& errors) {
  if (flags.tls_certificate || flags.tls_key || flags.tls_client_ca) {
    if (!settings.tls) settings.tls.emplace();
    set(settings.tls->certificate, flags.tls_certificate);
    set(settings.tls->key, flags.tls_key);
    set(settings.tls->client_ca, flags.tls_client_ca);
  }
  if (settings.tls && settings.tls->certificate.empty())
    errors.add("--tls-cert", "", "is missing; TLS needs a certificate");
  if (settings.tls && settings.tls->key.empty())
    errors.add("--tls-key", "", "is missing; TLS needs the certificate's key");
  if (!flags.allowed_clients.empty()) settings.allowed_clients = flags.allowed_clients;
  if (!settings.allowed_clients.empty() && (!settings.tls || settings.tls->client_ca.empty())) {
    errors.add("--allowed-client", settings.allowed_clients.front(),
               "needs --tls-client-ca: without it no client shows a certificate");
  }
}

}  // namespace

void add_scaler_flags(CLI::App& command, ScalerFlags& flags) {
  command.footer(kExamples);
  add_ports(command, flags);
  add_configuration(command, flags);
  add_kubernetes(command, flags);
  add_tls(command, flags);
  add_times(command, flags);
  add_logs(command, flags);
}

base::Result<void> apply_flags(const ScalerFlags& flags, Settings& settings) {
  base::FieldErrors errors;
  set(settings.listen, flags.listen);
  set(settings.http_listen, flags.http_listen);
  if (flags.secrets_dir) settings.secrets_dir = *flags.secrets_dir;
  apply_kubernetes(flags, settings, errors);
  set_duration(settings.refresh_interval, "--refresh-interval", flags.refresh_interval, errors);
  set_duration(settings.watch_after, "--watch-after", flags.watch_after, errors);
  set_duration(settings.max_stale, "--max-stale", flags.max_stale, errors);
  set_duration(settings.max_stream_age, "--max-stream-age", flags.max_stream_age, errors);
  set_duration(settings.shutdown_grace, "--shutdown-grace", flags.shutdown_grace, errors);
  if (flags.metrics_max_triggers) settings.metrics_max_triggers = *flags.metrics_max_triggers;
  if (flags.stream_metric_spec) settings.stream_metric_spec = true;
  if (flags.reflection) settings.reflection = true;
  if (flags.status_page) settings.status_page = true;
  apply_kafka_client(flags, settings, errors);
  apply_logs(flags, settings, errors);
  apply_tls(flags, settings, errors);
  if (settings.max_stale <= settings.refresh_interval) {
    errors.add("--max-stale", base::format_duration(settings.max_stale),
               "must be longer than --refresh-interval, " + base::format_duration(settings.refresh_interval));
  }
  if (errors.empty()) return {};
  return std::unexpected(errors.to_error());
}

}  // namespace weir::cli

#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "kafka/credentials.h"
#include "kafka/session_pool.h"
#include "rpc/server.h"
#include "rpc/trigger_table.h"
#include "telemetry/logging.h"

namespace weir::cli {

// A Kafka cluster that the operator of Weir describes once and triggers name by `clusterRef`.
struct ClusterProfile {
  std::vector<std::string> bootstrap_servers;
  std::vector<std::string> namespaces;                        // globs of those that may use it
  kafka::AuthParameters auth;                                 // by KEDA's names
  std::map<std::string, std::filesystem::path> auth_files;    // the same, read from files
  std::optional<std::pair<std::string, std::string>> secret;  // namespace and name, instead of both

  // Whether its users must be believed: anything but every namespace.
  bool restricted() const { return namespaces != std::vector<std::string>{"*"}; }
};

struct Limits {
  rpc::NamespaceLimits triggers;
  std::size_t sessions = 100;  // to brokers that triggers name themselves
};

// Limits of namespaces by name or glob. Unset fields are those of the default.
struct LimitOverride {
  std::optional<std::int64_t> triggers, streams, partitions, sessions, metadata_bytes;
};

struct LimitSettings {
  Limits common;
  std::vector<std::pair<std::string, LimitOverride>> namespaces;  // in the file's order

  // An exact name counts before the first glob that matches.
  Limits of(const std::string& ns) const;
};

// Which API server tells of callers, Secrets and ConsumerGroups.
struct KubernetesSettings {
  bool off = false;
  std::filesystem::path kubeconfig = {};     // empty: that of the pod this runs in; outside of one, none
  std::vector<std::string> namespaces = {};  // empty: all
};

// Everything that `weir scaler` can be told, by its file or by flags.
struct Settings {
  std::string listen = "0.0.0.0:9090";
  std::string http_listen = "0.0.0.0:8080";
  std::filesystem::path secrets_dir;  // empty: Secrets come from the API server, if there is one
  KubernetesSettings kubernetes;
  std::chrono::milliseconds refresh_interval{5000};
  std::chrono::milliseconds watch_after{5000};
  std::chrono::milliseconds max_stale{60'000};
  std::chrono::milliseconds max_stream_age{std::chrono::minutes(50)};
  std::chrono::milliseconds shutdown_grace{2000};
  kafka::ClientChoice kafka_client = kafka::ClientChoice::kAuto;
  bool stream_metric_spec = false;
  bool reflection = false;
  bool status_page = false;  // on the HTTP port
  std::optional<rpc::TlsFiles> tls;
  std::vector<std::string> allowed_clients;
  std::size_t metrics_max_triggers = 10'000;
  telemetry::LogOptions log;

  std::map<std::string, ClusterProfile> clusters;
  std::optional<std::vector<std::string>> allowed_brokers;  // globs of host:port; none: any without Secrets
  LimitSettings limits;
};

// Reads a configuration file over `settings`. kInvalidArgument holds every error, a line each, with FILE:LINE and the
// key. Paths in the file are relative to its folder.
base::Result<void> read_config(const std::filesystem::path& file, Settings& settings);

// The same for text; `file` names it in errors.
base::Result<void> parse_config(const std::string& text, const std::filesystem::path& file, Settings& settings);

}  // namespace weir::cli

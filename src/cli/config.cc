#include "cli/config.h"

#include <fstream>
#include <sstream>

#include "base/parse.h"
#include "cli/yaml_documents.h"
#include "cli/yaml_map.h"
#include "scaling/trigger_keys.h"

namespace weir::cli {
namespace {

using base::ErrorCode;

// Reads one file over the settings. Holds what every part needs.
class ConfigReader {
 public:
  ConfigReader(const std::filesystem::path& file, Settings& settings, YamlErrors& errors)
      : folder_(file.parent_path()), settings_(settings), errors_(errors) {}

  void read(const YAML::Node& document) {
    YamlMap top(document, "", errors_);
    read_server(top);
    top.map("tls", [this](YamlMap& map) { read_tls(map); });
    top.map("callers", [this](YamlMap& map) {
      if (auto names = map.texts("allowedClients")) settings_.allowed_clients = std::move(*names);
    });
    top.map("kubernetes", [this](YamlMap& map) { read_kubernetes(map); });
    top.map("clusters", [this](YamlMap& map) { read_clusters(map); });
    if (auto globs = top.texts("allowedBrokers")) settings_.allowed_brokers = std::move(*globs);
    top.map("limits", [this](YamlMap& map) { read_limits(map); });
    top.map("log", [this](YamlMap& map) { read_log(map); });
    top.finish();
  }

 private:
  template <class T>
  static void set(T& target, std::optional<T> value) {
    if (value) target = std::move(*value);
  }

  std::filesystem::path path(const std::string& text) const { return folder_ / text; }

  void read_server(YamlMap& top) {
    set(settings_.listen, top.text("listen"));
    set(settings_.http_listen, top.text("httpListen"));
    if (const auto folder = top.text("secretsDir")) settings_.secrets_dir = path(*folder);
    set(settings_.refresh_interval, top.duration("refreshInterval"));
    set(settings_.watch_after, top.duration("watchAfter"));
    set(settings_.max_stale, top.duration("maxStale"));
    set(settings_.max_stream_age, top.duration("maxStreamAge"));
    set(settings_.shutdown_grace, top.duration("shutdownGrace"));
    read_kafka_client(top);
    set(settings_.stream_metric_spec, top.boolean("streamMetricSpec"));
    set(settings_.reflection, top.boolean("reflection"));
    set(settings_.status_page, top.boolean("statusPage"));
    if (const auto count = top.count("metricsMaxTriggers"))
      settings_.metrics_max_triggers = static_cast<std::size_t>(*count);
  }

  void read_kubernetes(YamlMap& map) {
    set(settings_.kubernetes.off, map.boolean("off"));
    if (const auto file = map.text("kubeconfig")) settings_.kubernetes.kubeconfig = path(*file);
    set(settings_.kubernetes.namespaces, map.texts("namespaces"));
  }

  void read_kafka_client(YamlMap& top) {
    const auto text = top.text("kafkaClient");
    if (!text) return;
    if (const auto choice = kafka::parse_client_choice(*text))
      settings_.kafka_client = *choice;
    else
      top.error("kafkaClient", "", choice.error().message);
  }

  void read_tls(YamlMap& map) {
    rpc::TlsFiles files;
    const auto certificate = map.text("certificate");
    const auto key = map.text("key");
    const auto client_ca = map.text("clientCa");
    if (!map.has("certificate")) map.error("certificate", "", "is missing; name the file of the server's certificate");
    if (!map.has("key")) map.error("key", "", "is missing; name the file of the certificate's private key");
    if (certificate) files.certificate = path(*certificate);
    if (key) files.key = path(*key);
    if (client_ca) files.client_ca = path(*client_ca);
    settings_.tls = files;
  }

  void read_clusters(YamlMap& clusters) {
    clusters.each([&](const std::string& name) {
      clusters.map(name, [&](YamlMap& map) { settings_.clusters[name] = read_cluster(map); });
    });
  }

  ClusterProfile read_cluster(YamlMap& map) {
    ClusterProfile profile;
    set(profile.bootstrap_servers, map.texts("bootstrapServers"));
    if (!map.has("bootstrapServers")) map.error("bootstrapServers", "", "is missing; list the brokers as host:port");
    set(profile.namespaces, map.texts("namespaces"));
    if (!map.has("namespaces"))
      map.error("namespaces", "", "is missing; list the namespaces that may use the cluster, [\"*\"] for all");
    map.map("auth", [&](YamlMap& auth) { read_auth(auth, profile); });
    if (const auto secret = map.text("secret")) read_secret(map, *secret, profile);
    if (map.has("auth") && map.has("secret")) map.error("secret", "", "cannot stand beside auth; keep one of them");
    if (map.has("auth") && profile.auth_files.empty()) {
      // Files are checked when they are read: the machine that checks this file may not have them, nor an identity.
      const kafka::AwsWebIdentity any_identity{.token_file = "-", .role_arn = "-"};
      if (const auto credentials = kafka::parse_credentials(profile.auth, &any_identity); !credentials)
        map.error("auth", "", credentials.error().message);
    }
    return profile;
  }

  void read_auth(YamlMap& map, ClusterProfile& profile) {
    for (const std::string_view name : scaling::auth_parameters()) {
      const std::string parameter(name);
      const std::string file_key = parameter + "File";
      if (const auto value = map.secret_text(parameter)) profile.auth[parameter] = base::Secret(*value);
      if (const auto file = map.text(file_key)) profile.auth_files[parameter] = path(*file);
      if (map.has(parameter) && map.has(file_key))
        map.error(file_key, "", "cannot stand beside " + parameter + "; keep one of them");
    }
  }

  static void read_secret(YamlMap& map, const std::string& text, ClusterProfile& profile) {
    const auto parts = base::split_trimmed(text, '/');
    if (parts.size() != 2 || parts[0].empty() || parts[1].empty()) {
      map.error("secret", text, "must be NAMESPACE/NAME of a Secret");
      return;
    }
    profile.secret.emplace(parts[0], parts[1]);
  }

  void read_limits(YamlMap& limits) {
    limits.map("default",
               [this](YamlMap& map) { settings_.limits.common = overlay(settings_.limits.common, read_limit(map)); });
    limits.map("namespaces", [this](YamlMap& namespaces) {
      namespaces.each([&](const std::string& name) {
        namespaces.map(name, [&](YamlMap& map) { settings_.limits.namespaces.emplace_back(name, read_limit(map)); });
      });
    });
  }

  static LimitOverride read_limit(YamlMap& map) {
    LimitOverride limit;
    limit.triggers = map.count("triggers");
    limit.streams = map.count("streams");
    limit.partitions = map.count("partitions");
    limit.sessions = map.count("sessions");
    limit.metadata_bytes = map.count("metadataBytes");
    return limit;
  }

  void read_log(YamlMap& log) {
    if (const auto text = log.text("format")) {
      if (const auto format = telemetry::parse_log_format(*text))
        settings_.log.format = *format;
      else
        log.error("format", "", format.error().message);
    }
    if (const auto level = read_level(log, "level")) settings_.log.level = *level;
    log.map("levels", [this](YamlMap& levels) {
      levels.each([&](const std::string& logger) {
        if (const auto level = read_level(levels, logger)) settings_.log.levels[logger] = *level;
      });
    });
  }

  static std::optional<telemetry::LogLevel> read_level(YamlMap& map, const std::string& key) {
    const auto text = map.text(key);
    if (!text) return std::nullopt;
    const auto level = telemetry::parse_log_level(*text);
    if (level) return *level;
    map.error(key, "", level.error().message);
    return std::nullopt;
  }

 public:
  static Limits overlay(Limits base, const LimitOverride& over) {
    if (over.triggers) base.triggers.triggers = static_cast<std::size_t>(*over.triggers);
    if (over.streams) base.triggers.streams = static_cast<std::size_t>(*over.streams);
    if (over.partitions) base.triggers.partitions = *over.partitions;
    if (over.metadata_bytes) base.triggers.metadata_bytes = static_cast<std::size_t>(*over.metadata_bytes);
    if (over.sessions) base.sessions = static_cast<std::size_t>(*over.sessions);
    return base;
  }

 private:
  std::filesystem::path folder_;
  Settings& settings_;
  YamlErrors& errors_;
};

}  // namespace

Limits LimitSettings::of(const std::string& ns) const {
  for (const auto& [name, limit] : namespaces)
    if (name == ns) return ConfigReader::overlay(common, limit);
  for (const auto& [glob, limit] : namespaces)
    if (base::glob_match(glob, ns)) return ConfigReader::overlay(common, limit);
  return common;
}

base::Result<void> parse_config(const std::string& text, const std::filesystem::path& file, Settings& settings) {
  YamlErrors errors(file.string());
  try {
    const auto documents = load_documents(text);
    if (documents.size() > 1)
      return base::fail(ErrorCode::kInvalidArgument, "{}: holds {} YAML documents; keep one", file.string(),
                        documents.size());
    ConfigReader(file, settings, errors).read(documents.empty() ? YAML::Node() : documents.front());
  } catch (const YAML::Exception& error) {
    return base::fail(ErrorCode::kInvalidArgument, "{}:{}: not YAML: {}", file.string(), error.mark.line + 1,
                      error.msg);
  }
  if (errors.empty()) return {};
  return std::unexpected(base::Error{ErrorCode::kInvalidArgument, errors.text()});
}

base::Result<void> read_config(const std::filesystem::path& file, Settings& settings) {
  std::ifstream stream(file);
  if (!stream) return base::fail(ErrorCode::kInvalidArgument, "{}: cannot be read; check --config", file.string());
  std::ostringstream text;
  text << stream.rdbuf();
  return parse_config(text.str(), file, settings);
}

}  // namespace weir::cli

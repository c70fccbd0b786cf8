#include "cli/local_lag.h"

#include <future>
#include <utility>

#include "cli/cluster_resolver.h"
#include "kafka/session_pool.h"
#include "monitor/monitor.h"
#include "scaling/decision.h"
#include "scaling/trigger_keys.h"
#include "scaling/trigger_spec.h"
#include "telemetry/metrics.h"

namespace weir::cli {
namespace {

using base::Result;
using lag::LagDescription;

class LocalLag final : public lag::LagClient {
 public:
  LocalLag(const LocalLagOptions& options, const base::Clock& clock, std::unique_ptr<kafka::SecretSource> secrets,
           std::unique_ptr<WatchedFiles> files)
      : options_(options),
        clock_(clock),
        secrets_(std::move(secrets)),
        files_(std::move(files)),
        // Half of the time for a request, so that its error comes before the wait is over.
        pool_({.request_timeout = options.timeout / 2}, clock, {}, registry_),
        resolver_({.clusters = options.settings.clusters,
                   .allowed_brokers = std::vector<std::string>{"*"},
                   .session_limit = [](const std::string&) { return std::size_t{1000}; }},
                  secrets_.get(), *files_, [this](const kafka::SessionKey& key) { return pool_.get(key); }),
        monitor_({.refresh_interval = options.refresh_interval,
                  .max_stale = options.refresh_interval + options.timeout,
                  .first_wait = options.timeout},
                 clock, {}, registry_) {}

  Result<LagDescription> describe(const lag::TriggerReference& trigger) override {
    // Parameters that would call for a Secret are taken out of the metadata when credentials were given by hand.
    scaling::TriggerMetadata metadata = trigger.metadata;
    kafka::AuthParameters auth;
    if (options_.auth && !metadata.contains("clusterRef")) auth = take_auth(metadata);
    const auto spec = scaling::parse_trigger(metadata);
    if (!spec) return std::unexpected(spec.error());
    const auto session = open(spec->cluster, trigger.ns, auth);
    if (!session) return std::unexpected(session.error());
    const auto subscription = monitor_.subscribe({.source = *session, .group = spec->group, .topics = spec->topics});
    auto snapshot = wait_for(subscription);
    if (!snapshot) return std::unexpected(snapshot.error());
    auto description = describe_snapshot(*spec, **snapshot);
    if (!description) return description;
    description->session = (*session)->name();
    if (const auto error = monitor_.status(subscription).error) description->refresh_error = error->message;
    return description;
  }

  // Never used: the command asks again at its own interval.
  Result<void> watch(const lag::TriggerReference& trigger,
                     const std::function<bool(const LagDescription&)>& each) override {
    const auto description = describe(trigger);
    if (!description) return std::unexpected(description.error());
    each(*description);
    return {};
  }

 private:
  // What was given by hand wins over the metadata.
  kafka::AuthParameters take_auth(scaling::TriggerMetadata& metadata) const {
    kafka::AuthParameters auth = *options_.auth;
    for (const std::string_view parameter : scaling::auth_parameters()) {
      const auto found = metadata.find(std::string(parameter));
      if (found == metadata.end()) continue;
      auth.emplace(parameter, found->second);
      metadata.erase(found);
    }
    return auth;
  }

  Result<std::shared_ptr<lag::OffsetSource>> open(const scaling::ClusterRequest& request, const std::string& ns,
                                                  const kafka::AuthParameters& auth) {
    if (auth.empty()) return resolver_.resolve(request, {.ns = ns, .trusted = true, .peer = "local"});
    auto credentials = kafka::parse_credentials(auth);
    if (!credentials) return std::unexpected(credentials.error());
    return pool_.get({.brokers = request.bootstrap_servers,
                      .credentials = std::move(*credentials),
                      .read_committed = request.isolation == scaling::IsolationLevel::kReadCommitted});
  }

  monitor::Monitor::Answer wait_for(const monitor::SubscriptionPtr& subscription) {
    std::promise<monitor::Monitor::Answer> promise;
    auto answer = promise.get_future();
    monitor_.get(subscription, [&promise](const monitor::Monitor::Answer& result) { promise.set_value(result); });
    return answer.get();
  }

  Result<LagDescription> describe_snapshot(const scaling::TriggerSpec& spec, const monitor::Snapshot& snapshot) const {
    const auto now = clock_.now();
    const auto partitions = scaling::count_partitions(spec.policy, *snapshot.offsets, now);
    if (!partitions) return std::unexpected(partitions.error());
    const auto decision = scaling::decide(spec.policy, *snapshot.offsets, now);
    if (!decision) return std::unexpected(decision.error());
    LagDescription description{.group = spec.group,
                               .topics = {},
                               .metric_name = spec.metric_name,
                               .metric_value = decision->metric_value,
                               .target = decision->target,
                               .active = decision->active,
                               .desired_replicas = decision->desired_replicas,
                               .decision_reason = std::string(scaling::to_string(decision->reason)),
                               .total_lag = decision->total_lag,
                               .activity_lag = decision->activity_lag,
                               .snapshot_time = snapshot.taken_at,
                               .refresh_error = {},
                               .session = {}};
    for (const auto& partition : *partitions)
      add_partition(partition, description);
    return description;
  }

  static void add_partition(const scaling::PartitionDecision& counted, LagDescription& description) {
    if (description.topics.empty() || description.topics.back().topic != counted.topic)
      description.topics.push_back({.topic = std::string(counted.topic), .partitions = {}});
    const lag::PartitionOffsets& offsets = *counted.offsets;
    description.topics.back().partitions.push_back({.partition = offsets.partition,
                                                    .committed = offsets.committed,
                                                    .log_start = offsets.log_start,
                                                    .log_end = offsets.log_end,
                                                    .high_watermark = offsets.high_watermark,
                                                    .lag = counted.lag.lag,
                                                    .activity_lag = counted.lag.activity_lag,
                                                    .reason = std::string(lag::to_string(counted.lag.reason))});
  }

  const LocalLagOptions options_;
  const base::Clock& clock_;
  telemetry::Registry registry_;
  std::unique_ptr<kafka::SecretSource> secrets_;
  std::unique_ptr<WatchedFiles> files_;
  kafka::SessionPool pool_;
  ConfiguredClusterResolver resolver_;
  monitor::Monitor monitor_;
};

}  // namespace

Result<std::unique_ptr<lag::LagClient>> make_local_lag(const LocalLagOptions& options, const base::Clock& clock) {
  std::unique_ptr<kafka::SecretSource> secrets;
  if (!options.settings.secrets_dir.empty()) {
    auto source = kafka::make_directory_secret_source(options.settings.secrets_dir);
    if (!source) return base::fail(source.error().code, "--secrets-dir: {}", source.error().message);
    secrets = std::move(*source);
  }
  std::vector<std::filesystem::path> paths;
  for (const auto& [name, profile] : options.settings.clusters)
    for (const auto& [parameter, file] : profile.auth_files)
      paths.push_back(file);
  auto files = WatchedFiles::open(paths);
  if (!files) return std::unexpected(files.error());
  return std::make_unique<LocalLag>(options, clock, std::move(secrets), std::move(*files));
}

}  // namespace weir::cli

#include "controller/controller.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "controller/group_reconciler.h"
#include "kube/work_queue.h"

namespace weir::controller {
namespace {

// From here on the HPA has a tolerance that can be set.
constexpr int kToleranceVersion = 1035;

kube::ClientOptions limits(double qps, int burst) {
  return {.qps = qps, .burst = burst, .user_agent = "weir-controller"};
}

// A renewal that takes longer than half of its deadline is tried again.
kube::ClientOptions lease_limits(const kube::LeaseOptions& lease) {
  auto wanted = limits(5, 10);
  wanted.timeout = std::chrono::milliseconds(lease.renew_deadline) / 2;
  return wanted;
}

}  // namespace

struct Controller::Impl {
  Impl(ControllerOptions given, lag::LagNewsClient& lag_client, const base::Clock& time,
       const telemetry::Logging& logging, telemetry::Registry& metrics)
      : options(std::move(given)),
        lags(lag_client),
        clock(time),
        logger(logging.logger("controller")),
        registry(metrics),
        client(options.api, limits(options.qps, options.burst), clock, registry),
        lease_client(options.api, lease_limits(options.lease), clock, registry),
        event_client(options.api, limits(10, 50), clock, registry),
        elector(lease_client, options.lease, clock, logging.logger("lease")),
        pools({.client = client,
               .groups = groups,
               .clock = clock,
               .registry = registry,
               .reported = [this](const kube::ObjectKey& key) { queue.add(key); }},
              options.pools, logging.logger("pool"), logging.logger("kube")),
        groups(client, {.resource = consumer_group_resource(), .ns = ""}, logging.logger("kube")),
        keda(
            client, logging.logger("kube"), [this](const kube::ObjectKey& key) { queue.add(key); },
            [this] { add_all(); }) {
    groups.add_handler([this](const kube::Change& change) {
      queue.add(change.key);
      pools.take_group(change);
      if (options.kafka_sources.mode != KafkaSourceMode::kOff) source_queue.add(change.key);
    });
  }

  // The informer of groups tells the pools, and theirs look at the groups.
  ~Impl() { pools.join(); }

  void add_all() {
    for (const auto& group : groups.list())
      queue.add(kube::key_of(*group));
  }

  void lead(const std::stop_token& stop);
  void lead_sources(const std::stop_token& stop, kube::EventRecorder& events);
  void work(const std::stop_token& stop, kube::WorkQueue& keys,
            const std::function<Outcome(const kube::ObjectKey&)>& reconcile);
  std::string source_version(const std::stop_token& stop);
  std::optional<ScaledObjectOptions> scaled_object_options(const std::stop_token& stop);

  const ControllerOptions options;
  lag::LagNewsClient& lags;
  const base::Clock& clock;
  const telemetry::Logger logger;
  telemetry::Registry& registry;
  kube::Client client, lease_client, event_client;
  kube::LeaderElector elector;
  kube::WorkQueue queue, source_queue;
  StatusGate gate;
  Pools pools;
  kube::Informer groups;
  KedaWatch keda;
  std::atomic<bool> leads = false;
};

// Until the API server has told its version.
std::optional<ScaledObjectOptions> Controller::Impl::scaled_object_options(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto version = client.server_version();
    if (version) {
      auto wanted = options.scaled_objects;
      wanted.hpa_tolerance = *version >= kToleranceVersion;
      return wanted;
    }
    logger.warn("the API server's version cannot be read", {{"err", std::string_view(version.error().message)}});
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  return std::nullopt;
}

void Controller::Impl::lead(const std::stop_token& stop) {
  const auto scaled_objects = scaled_object_options(stop);
  if (!scaled_objects || !groups.wait_synced(stop) || !keda.wait_known(stop)) return;
  kube::EventRecorder events(event_client, "weir.dev/controller", options.lease.identity, clock, logger);
  LagBook book(lags, logger, [this](const kube::ObjectKey& key) { queue.add(key); });
  book.start();
  GroupReconciler reconciler({.client = client,
                              .groups = groups,
                              .keda = keda,
                              .lags = book,
                              .gate = gate,
                              .events = events,
                              .clock = clock,
                              .placement = [this](const kube::Json& group) { return pools.report_of(group); }},
                             *scaled_objects, logger);
  add_all();
  std::vector<std::jthread> workers;
  workers.reserve(static_cast<std::size_t>(options.workers) + 2);
  for (int i = 0; i < options.workers; ++i)
    workers.emplace_back(
        [&] { work(stop, queue, [&](const kube::ObjectKey& key) { return reconciler.reconcile(key); }); });
  workers.emplace_back([&] { pools.lead(stop, events); });
  if (options.kafka_sources.mode != KafkaSourceMode::kOff) workers.emplace_back([&] { lead_sources(stop, events); });
}

// Older installations of Knative serve v1beta1 alone. Without any, it is looked for again.
std::string Controller::Impl::source_version(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    for (const char* version : {"v1", "v1beta1"})
      if (const auto serves = client.serves(kafka_source_resource(version)); serves && *serves) return version;
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    never.wait_for(lock, stop, std::chrono::seconds(10), [] { return false; });
  }
  return "";
}

void Controller::Impl::lead_sources(const std::stop_token& stop, kube::EventRecorder& events) {
  const auto version = source_version(stop);
  if (version.empty()) return;
  const auto resource = kafka_source_resource(version);
  kube::Informer sources(client, {.resource = resource, .ns = "", .may_be_absent = true}, logger);
  sources.add_handler([this](const kube::Change& change) { source_queue.add(change.key); });
  sources.start();
  if (sources.wait_synced(stop)) {
    const KafkaSourceReconciler reconciler(
        {.client = client, .sources = sources, .groups = groups, .events = events, .clock = clock},
        options.kafka_sources, resource, logger);
    work(stop, source_queue, [&](const kube::ObjectKey& key) { return reconciler.reconcile(key); });
  }
  sources.stop();
}

void Controller::Impl::work(const std::stop_token& stop, kube::WorkQueue& keys,
                            const std::function<Outcome(const kube::ObjectKey&)>& reconcile) {
  const auto histogram =
      registry.histogram("weir_controller_reconcile_duration_seconds", "How long one pass over a ConsumerGroup took.",
                         {0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30});
  const auto failures = registry.counter("weir_controller_reconcile_errors_total",
                                         "Passes over a ConsumerGroup that have to be repeated.");
  while (const auto key = keys.take(stop)) {
    const auto started = clock.now();
    const Outcome outcome = reconcile(*key);
    histogram.observe(std::chrono::duration<double>(clock.now() - started).count());
    if (outcome.failed) {
      failures.add();
      keys.retry(*key);
    } else {
      keys.forget(*key);
    }
    if (outcome.again) keys.add_after(*key, *outcome.again);
    keys.done(*key);
  }
}

Controller::Controller(ControllerOptions options, lag::LagNewsClient& lags, const base::Clock& clock,
                       const telemetry::Logging& logging, telemetry::Registry& registry)
    : impl_(std::make_unique<Impl>(std::move(options), lags, clock, logging, registry)) {}

Controller::~Controller() = default;

void Controller::run(const std::stop_token& stop) {
  const auto gauge = impl_->registry.gauge("weir_controller_leader", "1 while this process leads.");
  // What waits for the API server ends; the lease is still given back.
  const std::stop_callback interrupt(stop, [this] {
    impl_->client.interrupt();
    impl_->event_client.interrupt();
  });
  impl_->groups.start();
  impl_->keda.start();
  impl_->pools.start();
  while (impl_->elector.acquire(stop)) {
    impl_->leads = true;
    gauge.set(1);
    {
      std::stop_source over;
      std::jthread work([&, token = over.get_token()] { impl_->lead(token); });
      impl_->elector.hold(stop);
      over.request_stop();
    }
    impl_->leads = false;
    gauge.set(0);
  }
  impl_->groups.stop();
  impl_->keda.stop();
  impl_->pools.stop();
  impl_->elector.release();
}

std::string Controller::unready() const {
  if (!impl_->groups.synced()) return "the ConsumerGroups have not been listed yet";
  if (!impl_->pools.synced()) return "pools, their pods and nodes have not been listed yet";
  return "";
}

bool Controller::leads() const {
  return impl_->leads;
}

std::vector<kube::ObjectPtr> Controller::groups() const {
  return impl_->groups.list();
}

std::vector<PoolView> Controller::placements() const {
  return impl_->pools.views();
}

}  // namespace weir::controller

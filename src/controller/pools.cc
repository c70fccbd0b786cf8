#include "controller/pools.h"

#include <algorithm>
#include <condition_variable>
#include <thread>

#include <fmt/format.h>

#include "base/parse.h"
#include "controller/assignment.h"
#include "controller/consumer_group.h"
#include "controller/pool_objects.h"
#include "controller/pool_settings.h"
#include "kube/list_all.h"

namespace weir::controller {
namespace {

using kube::Json;

constexpr std::chrono::milliseconds kCatchUpLook{20};
constexpr int kLooksAList = 100;

bool has_pool_label(const Json& stateful_set) {
  return kube::text_at(stateful_set, "/metadata/labels/weir.dev~1pool") == "true";
}

// Later or the same, of one object: they count up (KEP-5504).
bool is_as_new(const Json& object, const Json& other) {
  const auto number = [](const Json& of) { return base::parse_int(kube::resource_version_of(of)).value_or(0); };
  return number(object) >= number(other);
}

}  // namespace

Pools::Pools(Parts parts, PoolOptions options, telemetry::Logger logger, telemetry::Logger informer_logger)
    : parts_(std::move(parts)), options_(std::move(options)), logger_(std::move(logger)) {
  if (!enabled()) return;
  const auto make = [&](const kube::Resource& resource, const std::string& ns, const char* labels, void (*trim)(Json&),
                        void (Pools::*take)(const kube::Change&)) {
    auto informer = std::make_unique<kube::Informer>(
        parts_.client, kube::InformerOptions{.resource = resource, .ns = ns, .labels = labels, .trim = trim},
        informer_logger);
    informer->add_handler([this, take](const kube::Change& change) { (this->*take)(change); });
    return informer;
  };
  for (const auto& named : options_.namespaces) {
    const auto ns = named == kEveryNamespace ? std::string() : named;
    watched_.push_back({.ns = ns,
                        .stateful_sets = make(stateful_set_resource(), ns, kPoolSelector, trim_stateful_set,
                                              &Pools::take_stateful_set),
                        .pods = make(pod_resource(), ns, kPoolSelector, trim_pod, &Pools::take_pod),
                        .assignments = make(config_map_resource(), ns, kAssignmentSelector, trim_assignment,
                                            &Pools::take_assignment)});
  }
  nodes_ = make(node_resource(), "", "", trim_node, &Pools::take_node);
}

Pools::~Pools() = default;

std::vector<kube::Informer*> Pools::informers() const {
  std::vector<kube::Informer*> all;
  for (const Watched& in : watched_)
    for (auto* one : {in.stateful_sets.get(), in.pods.get(), in.assignments.get()})
      all.push_back(one);
  if (nodes_) all.push_back(nodes_.get());
  return all;
}

void Pools::start() {
  for (auto* informer : informers())
    informer->start();
}

void Pools::stop() {
  for (auto* informer : informers())
    informer->stop();
}

void Pools::join() {
  watched_.clear();
  nodes_.reset();
}

bool Pools::synced() const {
  return std::ranges::all_of(informers(), &kube::Informer::synced);
}

bool Pools::wait_synced(const std::stop_token& stop) const {
  return std::ranges::all_of(informers(), [&](const auto* informer) { return informer->wait_synced(stop); });
}

const Pools::Watched* Pools::watched(const std::string& ns) const {
  const auto found = std::ranges::find_if(watched_, [&](const Watched& in) { return in.ns.empty() || in.ns == ns; });
  return found == watched_.end() ? nullptr : &*found;
}

kube::ObjectKey Pools::pool_of(const kube::ObjectPtr& group) const {
  return group ? pool_of_group(*group, options_.default_pool) : kube::ObjectKey();
}

void Pools::tell(const kube::ObjectKey& pool, const std::function<void(PoolNews&)>& add) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = workers_.find(pool); found != workers_.end()) found->second->tell(add);
}

void Pools::report_groups_of(const kube::ObjectKey& pool) const {
  for (const auto& group : parts_.groups.list())
    if (pool_of(group) == pool) parts_.reported(kube::key_of(*group));
}

void Pools::take_stateful_set(const kube::Change& change) {
  const bool is_pool = change.now && has_pool_label(*change.now);
  {
    const std::scoped_lock lock(mutex_);
    const auto found = workers_.find(change.key);
    if (is_pool && found != workers_.end())
      return found->second->tell([](PoolNews& news) { news.stateful_set = true; });
    if (!events_) return;
    if (is_pool) {
      open(change.key);
    } else if (found != workers_.end()) {
      found->second->stop();
      closed_.push_back(std::move(found->second));
      workers_.erase(found);
    }
  }
  report_groups_of(change.key);
}

void Pools::take_pod(const kube::Change& change) {
  const auto pool = stateful_set_of(change.now ? *change.now : *change.before);
  if (!pool.name.empty()) tell(pool, [&](PoolNews& news) { news.pods.insert(change.key); });
}

void Pools::take_assignment(const kube::Change& change) {
  const auto& object = change.now ? *change.now : *change.before;
  const kube::ObjectKey pool{change.key.ns, kube::text_at(object, "/metadata/labels/weir.dev~1pool")};
  tell(pool, [&](PoolNews& news) { news.assignments.push_back(change); });
}

void Pools::take_node(const kube::Change& change) {
  const std::scoped_lock lock(mutex_);
  for (const auto& [pool, worker] : workers_)
    worker->tell([&](PoolNews& news) { news.nodes.insert(change.key.name); });
}

void Pools::take_group(const kube::Change& change) {
  if (!enabled()) return;
  const auto before = pool_of(change.before), now = pool_of(change.now);
  if (now.name.empty()) book_.forget(change.key);
  const auto look = [&](PoolNews& news) { news.groups.insert(change.key); };
  if (!now.name.empty()) tell(now, look);
  if (!before.name.empty() && before != now) tell(before, look);
}

PoolSources Pools::sources(const kube::ObjectKey& pool) const {
  const Watched* in = watched(pool.ns);
  return {.stateful_set = [in](const kube::ObjectKey& key) { return in->stateful_sets->get(key); },
          .pod = [in](const kube::ObjectKey& key) { return in->pods->get(key); },
          .node = [this](const kube::ObjectKey& key) { return nodes_->get(key); },
          .group = [this, pool](const kube::ObjectKey& key) -> kube::ObjectPtr {
            auto group = parts_.groups.get(key);
            return pool_of(group) == pool ? group : nullptr;
          },
          .nodes_failing = [this] { return nodes_->last_failing(); }};
}

PoolNews Pools::everything(const kube::ObjectKey& pool) const {
  const Watched* in = watched(pool.ns);
  PoolNews all;
  for (const auto& node : nodes_->list())
    all.nodes.insert(kube::key_of(*node).name);
  for (const auto& pod : in->pods->list())
    if (stateful_set_of(*pod) == pool) all.pods.insert(kube::key_of(*pod));
  for (const auto& group : parts_.groups.list())
    if (pool_of(group) == pool) all.groups.insert(kube::key_of(*group));
  for (const auto& one : in->assignments->list())
    if (kube::key_of(*one).ns == pool.ns && kube::text_at(*one, "/metadata/labels/weir.dev~1pool") == pool.name)
      all.assignments.push_back({.key = kube::key_of(*one), .before = nullptr, .now = one});
  return all;
}

void Pools::open(const kube::ObjectKey& pool) {
  auto worker = std::make_shared<PoolWorker>(pool,
                                             PoolWorker::Parts{.client = parts_.client,
                                                               .sources = sources(pool),
                                                               .book = book_,
                                                               .events = *events_,
                                                               .clock = parts_.clock,
                                                               .registry = parts_.registry,
                                                               .reported = parts_.reported},
                                             options_.profile, options_.patience, logger_);
  worker->start(everything(pool));
  workers_[pool] = std::move(worker);
}

// What the leader before wrote last may still be on its way, and placements are taken from memory.
bool Pools::catch_up(const std::stop_token& stop) const {
  while (!stop.stop_requested()) {
    auto missing = kube::list_all(parts_.client, consumer_group_resource());
    for (int look = 0; look < kLooksAList && !stop.stop_requested(); ++look) {
      if (missing) {
        std::erase_if(*missing, [&](const Json& group) {
          const auto here = parts_.groups.get(kube::key_of(group));
          return here && is_as_new(*here, group);
        });
        if (missing->empty()) return true;
      }
      std::this_thread::sleep_for(kCatchUpLook);
    }
  }
  return false;
}

void Pools::lead(const std::stop_token& stop, kube::EventRecorder& events) {
  if (!enabled() || !wait_synced(stop) || !catch_up(stop)) return;
  {
    const std::scoped_lock lock(mutex_);
    events_ = &events;
    for (const Watched& in : watched_)
      for (const auto& stateful_set : in.stateful_sets->list())
        open(kube::key_of(*stateful_set));
  }
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  never.wait(lock, stop, [] { return false; });
  decltype(workers_) ended;
  decltype(closed_) closed;
  {
    const std::scoped_lock workers(mutex_);
    events_ = nullptr;
    ended.swap(workers_);
    closed.swap(closed_);
  }
  for (const auto& [pool, worker] : ended)
    worker->stop();
  ended.clear();
  closed.clear();
  book_.clear();
}

std::optional<PlacementReport> Pools::report_of(const Json& group) const {
  const auto pool = pool_of_group(group, options_.default_pool);
  if (pool.name.empty()) return std::nullopt;
  if (!enabled())
    return unplaced_report(ConditionStatus::kFalse, "PoolsDisabled",
                           "the controller was started without --pool-namespaces");
  const Watched* in = watched(pool.ns);
  if (!in)
    return unplaced_report(ConditionStatus::kFalse, "PoolNotFound",
                           fmt::format("namespace {} is not among the controller's --pool-namespaces", pool.ns));
  if (in->stateful_sets->synced() && !in->stateful_sets->get(pool))
    return unplaced_report(
        ConditionStatus::kFalse, "PoolNotFound",
        fmt::format("there is no StatefulSet {} labelled weir.dev/pool=true", kube::to_string(pool)));
  if (auto report = book_.find(kube::key_of(group))) return report;
  return undecided_report();
}

std::vector<PoolView> Pools::views() const {
  std::vector<std::shared_ptr<PoolWorker>> workers;
  {
    const std::scoped_lock lock(mutex_);
    workers.reserve(workers_.size());
    for (const auto& [pool, worker] : workers_)
      workers.push_back(worker);
  }
  std::vector<PoolView> views;
  views.reserve(workers.size());
  for (const auto& worker : workers)
    views.push_back(worker->view());
  return views;
}

}  // namespace weir::controller

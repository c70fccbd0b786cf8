#include "controller/pool_worker.h"

#include <algorithm>
#include <random>
#include <utility>

#include "controller/log_failure.h"
#include "controller/pool_objects.h"

namespace weir::controller {
namespace {

using placement::Ordinal;

constexpr std::string_view kPoolManager = "weir-controller";
// News that come together are decided on together.
constexpr std::chrono::milliseconds kBatch{5};
// Assignments that are written at a time: as the API server takes a few milliseconds for each, these are enough for
// every rate that the client may have.
constexpr std::size_t kWriters = 8;

telemetry::Labels labels_of(const kube::ObjectKey& pool, telemetry::Labels more = {}) {
  more.insert({{"namespace", pool.ns}, {"pool", pool.name}});
  return more;
}

}  // namespace

PoolWorker::PoolWorker(kube::ObjectKey pool, Parts parts, placement::Profile profile, placement::Patience patience,
                       telemetry::Logger logger)
    : pool_(std::move(pool)),
      parts_(std::move(parts)),
      hold_(patience.node_grace),
      logger_(std::move(logger)),
      state_(pool_, std::move(profile), patience) {}

PoolWorker::~PoolWorker() {
  stop();
}

void PoolWorker::start(PoolNews all) {
  news_ = std::move(all);
  news_.stateful_set = true;
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void PoolWorker::tell(const std::function<void(PoolNews&)>& add) {
  {
    const std::scoped_lock lock(mutex_);
    add(news_);
  }
  changed_.notify_one();
}

PoolView PoolWorker::view() const {
  const std::scoped_lock lock(state_mutex_);
  return state_.view();
}

void PoolWorker::run(const std::stop_token& stop) {
  // Whether the API server has just come back is not known: what nodes were like before is.
  state_.hold_until(parts_.clock.now() + hold_);
  while (await_news(stop)) {
    decide();
    failed_ = false;
    write_assignments(stop);
    report();
    write_replicas();
    if (failed_) continue;
    backoff_.reset();
    retry_.reset();
  }
}

bool PoolWorker::await_news(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  auto until = state_.next();
  if (retry_ && (!until || *retry_ < *until)) until = retry_;
  const auto has_news = [this] { return !news_.empty(); };
  if (until)
    changed_.wait_until(lock, stop, *until, has_news);
  else
    changed_.wait(lock, stop, has_news);
  if (!news_.empty()) changed_.wait_for(lock, stop, kBatch, [] { return false; });
  if (stop.stop_requested()) return false;
  const auto news = std::exchange(news_, {});
  lock.unlock();
  look_at(news);
  return true;
}

void PoolWorker::look_at(const PoolNews& news) {
  const auto now = parts_.clock.now();
  bool problem = false;
  {
    const std::scoped_lock lock(state_mutex_);
    // An update of the StatefulSet explains why its pods go, so it is to be known before.
    if (news.stateful_set || !news.pods.empty())
      if (const auto object = parts_.sources.stateful_set(pool_); object && object != state_.stateful_set())
        problem = state_.set_stateful_set(object, now);
    for (const auto& name : news.nodes)
      state_.set_node(name, parts_.sources.node({"", name}), now);
    for (const auto& key : news.pods)
      state_.set_pod(key, parts_.sources.pod(key), now);
    for (const auto& key : news.groups)
      state_.set_group(key, parts_.sources.group(key), now);
    for (const auto& change : news.assignments)
      state_.set_assignment(change.key, change.before, change.now);
  }
  if (problem) tell_problem();
}

void PoolWorker::decide() {
  std::vector<placement::Step> steps;
  // A node that was not ready may be ready again, and nobody heard of it.
  const auto failing = parts_.sources.nodes_failing();
  {
    const std::scoped_lock lock(state_mutex_);
    if (failing) state_.hold_until(*failing + hold_);
    steps = state_.decide(parts_.clock.now());
  }
  log(steps);
}

// What a virtual replica leaves is written before what it goes to.
void PoolWorker::write_assignments(const std::stop_token& stop) {
  unwritten_.clear();
  unreachable_ = false;
  auto& assignments = state_.assignments();
  write_each(assignments.losing(), /*removals_only=*/true, stop);
  auto gaining = assignments.stale();
  std::erase_if(gaining, [this](Ordinal pod) { return unwritten_.contains(pod); });
  write_each(gaining, /*removals_only=*/false, stop);
  for (const Ordinal pod : assignments.stale())
    unwritten_.try_emplace(pod);
}

// Several at a time; returns once all have ended.
void PoolWorker::write_each(const std::vector<Ordinal>& pods, bool removals_only, const std::stop_token& stop) {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    // Where the API server is away, each would wait for an answer in vain.
    for (auto at = next++; at < pods.size() && !stop.stop_requested() && !unreachable_; at = next++)
      write_assignment(pods[at], removals_only);
  };
  std::vector<std::jthread> helpers;
  while (helpers.size() + 1 < std::min(kWriters, pods.size()))
    helpers.emplace_back(work);
  work();
}

void PoolWorker::write_assignment(Ordinal pod, bool removals_only) {
  AssignmentWrite write;
  {
    const std::scoped_lock lock(state_mutex_);
    if (state_.assignments().is_foreign(pod)) {
      unwritten_[pod] = "ConfigMap " + kube::to_string({pool_.ns, state_.pod_name(pod)}) +
                        " is there but not labelled weir.dev/assignment=true; delete it";
      return;
    }
    write = state_.assignments().write_of(pod, removals_only);
  }
  auto written = write.create ? parts_.client.create(config_map_resource(), write.object)
                              : parts_.client.apply(config_map_resource(), write.object, kPoolManager);
  if (!written) return fail_assignment(pod, written.error());
  trim_assignment(*written);
  const auto there = read_assignment(*written);
  const std::scoped_lock lock(state_mutex_);
  state_.assignments().observe(pod, there);
}

void PoolWorker::fail_assignment(Ordinal pod, const kube::ApiError& error) {
  const kube::ObjectKey key{pool_.ns, state_.pod_name(pod)};
  retry_later(error);
  if (error.status == 0) unreachable_ = true;
  {
    const std::scoped_lock lock(state_mutex_);
    unwritten_[pod] = error.temporary() || error.conflict() ? "" : error.message;
  }
  if (!error.conflict() && !error.not_found())
    return log_failure(logger_, "an assignment cannot be written", key, error);
  // Memory is behind: another wrote it, or took it away.
  auto current = parts_.client.get(config_map_resource(), key);
  if (!current && !current.error().not_found()) return;
  const std::scoped_lock lock(state_mutex_);
  if (current) {
    trim_assignment(*current);
    state_.assignments().refresh(pod, read_assignment(*current));
  } else {
    state_.assignments().refresh(pod, {});
  }
}

void PoolWorker::report() {
  std::vector<std::pair<kube::ObjectKey, PlacementReport>> reports;
  {
    const std::scoped_lock lock(state_mutex_);
    reports = state_.take_reports(unwritten_);
  }
  for (auto& [key, told] : reports)
    if (parts_.book.put(key, std::move(told))) parts_.reported(key);
}

void PoolWorker::write_replicas() {
  const auto replicas = state_.replicas_to_write();
  if (!replicas) return;
  const auto& object = *state_.stateful_set();
  const auto written = parts_.client.merge_patch(
      stateful_set_resource(), pool_,
      {{"metadata", {{"resourceVersion", kube::resource_version_of(object)}}}, {"spec", {{"replicas", *replicas}}}},
      "scale");
  if (written)
    return logger_.info("a pool changes its size", {{"namespace", std::string_view(pool_.ns)},
                                                    {"pool", std::string_view(pool_.name)},
                                                    {"from", kube::int_at(object, "/spec/replicas", 1)},
                                                    {"to", std::int64_t{*replicas}}});
  if (written.error().not_found()) return;
  retry_later(written.error());
  if (!written.error().conflict()) log_failure(logger_, "a pool cannot be scaled", pool_, written.error());
}

void PoolWorker::retry_later(const kube::ApiError& error) {
  thread_local std::minstd_rand generator{std::random_device{}()};
  const auto now = parts_.clock.now();
  const std::scoped_lock lock(state_mutex_);
  if (!std::exchange(failed_, true))
    retry_ = now + backoff_.next(std::uniform_real_distribution<double>(0, 1)(generator));
  // After it was away, nodes may seem to be as they no longer are.
  if (error.temporary()) state_.hold_until(now + hold_);
}

void PoolWorker::tell_problem() {
  if (state_.problem().empty()) return;
  logger_.warn("a pool's annotations are wrong", {{"namespace", std::string_view(pool_.ns)},
                                                  {"pool", std::string_view(pool_.name)},
                                                  {"err", std::string_view(state_.problem())}});
  parts_.events.record(
      *state_.stateful_set(),
      {.type = kube::EventType::kWarning, .reason = "InvalidPool", .action = "Schedule", .note = state_.problem()});
}

void PoolWorker::log(const std::vector<placement::Step>& steps) {
  for (const auto& step : steps) {
    if (!step.cause) continue;
    const auto cause = std::string(to_string(*step.cause));
    parts_.registry
        .counter("weir_placement_moves_total",
                 "Virtual replicas that had to leave a pod, or left it for a better spread.",
                 labels_of(pool_, {{"cause", cause}}))
        .add();
    const auto group = placement::to_string(step.group);
    const auto from = step.from ? state_.pod_name(*step.from) : "", to = step.to ? state_.pod_name(*step.to) : "";
    logger_.info("a virtual replica moves", {{"group", std::string_view(group)},
                                             {"from", std::string_view(from)},
                                             {"to", std::string_view(to)},
                                             {"cause", std::string_view(cause)}});
  }
}

}  // namespace weir::controller

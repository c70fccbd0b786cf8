#include "access/caller_check.h"

#include <algorithm>

#include "base/metadata_hash.h"
#include "controller/consumer_group.h"

namespace weir::access {
namespace {

using base::ErrorCode;
using kube::Json;

// Whoever asks with ever new names costs no more than this.
constexpr std::size_t kMostDoubts = 10'000;
constexpr std::size_t kMostFetches = 1'000;
constexpr std::chrono::seconds kRememberDoubt{60};

const kube::Resource& scaled_job_resource() {
  static const kube::Resource resource{"keda.sh", "v1alpha1", "scaledjobs", "ScaledJob"};
  return resource;
}

kube::InformerOptions options_for(const kube::Resource& resource) {
  return {.resource = resource, .ns = "", .trim = keep_triggers, .may_be_absent = true};
}

bool same_triggers(const Json& a, const Json& b) {
  return kube::at(a, "/spec/triggers") == kube::at(b, "/spec/triggers");
}

}  // namespace

CallerCheck::CallerCheck(kube::Client& watching, kube::Client& client, CallerCheckOptions options,
                         const base::Clock& clock, const telemetry::Logger& logger)
    : client_(client),
      options_(std::move(options)),
      clock_(clock),
      logger_(logger),
      scaled_objects_(watching, options_.namespaces, options_for(controller::scaled_object_resource()), logger),
      scaled_jobs_(watching, options_.namespaces, options_for(scaled_job_resource()), logger) {
  for (Watched* kind : {&scaled_objects_, &scaled_jobs_})
    kind->add_handler([this](const kube::Change& change) { take(change); });
}

CallerCheck::~CallerCheck() {
  thread_.request_stop();
  client_.interrupt();
  scaled_objects_.stop();
  scaled_jobs_.stop();
}

void CallerCheck::start() {
  scaled_objects_.start();
  scaled_jobs_.start();
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

bool CallerCheck::watches(const std::string& ns) const {
  return options_.namespaces.empty() || std::ranges::find(options_.namespaces, ns) != options_.namespaces.end();
}

base::Result<void> CallerCheck::check(const kube::ObjectKey& key, const Metadata& sent) {
  if (!watches(key.ns))
    return base::fail(ErrorCode::kPermissionDenied, "namespace {} is not among those of --watch-namespaces", key.ns);
  if (known(key, sent)) return {};
  if (!synced())
    return base::fail(ErrorCode::kUnavailable,
                      "the API server has not yet told of the ScaledObjects, so {}/{} cannot be believed", key.ns,
                      key.name);
  return doubt(key, sent);
}

bool CallerCheck::known(const kube::ObjectKey& key, const Metadata& sent) const {
  for (const Watched* kind : {&scaled_objects_, &scaled_jobs_})
    if (const auto object = kind->get(key); object && has_trigger(*object, sent)) return true;
  const auto now = clock_.now();
  const std::scoped_lock lock(mutex_);
  const auto [begin, end] = extras_.equal_range(key);
  return std::any_of(begin, end, [&](const auto& extra) {
    return extra.second.until > now && has_trigger(*extra.second.object, sent);
  });
}

// KEDA may have heard of an object before this process did.
base::Result<void> CallerCheck::doubt(const kube::ObjectKey& key, const Metadata& sent) {
  const auto now = clock_.now();
  const auto not_yet = [&] {
    return base::fail(ErrorCode::kUnavailable, "whether {}/{} has this trigger is being asked of the API server",
                      key.ns, key.name);
  };
  const std::scoped_lock lock(mutex_);
  if (doubts_.size() >= kMostDoubts) forget_old(now);
  if (doubts_.size() >= kMostDoubts) return not_yet();
  const auto [found, first] = doubts_.try_emplace({key, base::metadata_hash(sent)}, Doubt{now});
  if (first && to_fetch_.size() < kMostFetches) {
    to_fetch_.push_back(key);
    changed_.notify_all();
  }
  if (now - found->second.first_asked < options_.doubt) return not_yet();
  return base::fail(
      ErrorCode::kPermissionDenied,
      "no ScaledObject or ScaledJob {}/{} has a trigger with this metadata, so the caller is not believed", key.ns,
      key.name);
}

void CallerCheck::take(const kube::Change& change) {
  if (change.before && change.now && same_triggers(*change.before, *change.now)) return;
  {
    const std::scoped_lock lock(mutex_);
    if (!change.now)
      extras_.erase(change.key);
    else if (change.before)
      extras_.emplace(change.key, Extra{change.before, clock_.now() + options_.edited});
  }
  ++generation_;
  changed_.notify_all();
}

void CallerCheck::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    changed_.wait_for(lock, stop, std::chrono::seconds(1), [this] { return !to_fetch_.empty(); });
    forget_old(clock_.now());
    if (to_fetch_.empty()) continue;
    const auto key = std::move(to_fetch_.front());
    to_fetch_.pop_front();
    lock.unlock();
    fetch(key);
    lock.lock();
  }
}

// Needs the mutex.
void CallerCheck::forget_old(base::SteadyTime now) {
  if (std::erase_if(extras_, [&](const auto& extra) { return extra.second.until <= now; }) > 0) ++generation_;
  std::erase_if(doubts_, [&](const auto& entry) { return now - entry.second.first_asked >= kRememberDoubt; });
}

void CallerCheck::fetch(const kube::ObjectKey& key) {
  for (const kube::Resource* resource : {&controller::scaled_object_resource(), &scaled_job_resource()}) {
    auto found = client_.get(*resource, key);
    if (!found) {
      if (!found.error().not_found())
        logger_.warn("a caller cannot be checked", {{"namespace", std::string_view(key.ns)},
                                                    {"name", std::string_view(key.name)},
                                                    {"err", std::string_view(found.error().message)}});
      continue;
    }
    keep_triggers(*found);
    const std::scoped_lock lock(mutex_);
    extras_.emplace(key, Extra{std::make_shared<const Json>(*std::move(found)), clock_.now() + options_.edited});
    ++generation_;
  }
}

}  // namespace weir::access

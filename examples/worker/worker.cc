#include "worker/worker.h"

#include <utility>

namespace weir::worker {
namespace {

using kube::Json;

const kube::Resource kConfigMaps{"", "v1", "configmaps", "ConfigMap"};
const kube::Resource kPods{"", "v1", "pods", "Pod"};
constexpr const char* kApplied = "weir.dev/applied-generation";

kube::InformerOptions only(const kube::ObjectKey& pod) {
  // Its rights are to this one object.
  return {.resource = kConfigMaps,
          .ns = pod.ns,
          .fields = "metadata.name=" + pod.name,
          .most_retry = std::chrono::seconds(5)};
}

std::string full_name(const GroupEntry& entry) {
  return entry.ns + "/" + entry.name;
}

}  // namespace

Worker::Worker(kube::Client& client, WorkerOptions options, RecordHandler& handler, telemetry::Logger logger)
    : client_(client),
      options_(std::move(options)),
      logger_(std::move(logger)),
      settings_(client, options_.settings),
      consumers_(handler, logger_),
      informer_(client, only(options_.pod), logger_) {
  informer_.add_handler([this](const kube::Change&) {
    const std::scoped_lock lock(mutex_);
    changed_ = true;
    woken_.notify_all();
  });
}

void Worker::run(const std::stop_token& stop) {
  informer_.start();
  while (!stop.stop_requested()) {
    take_assignment();
    const bool done = apply();
    if (done) backoff_.reset();
    wait(done ? options_.resync : backoff_.next(0), stop);
  }
  informer_.stop();
  consumers_.drain();
}

void Worker::take_assignment() {
  const auto object = informer_.get(options_.pod);
  if (!object) return;
  auto read = read_assignment(*object);
  const auto refused = read ? std::string() : read.error().message;
  if (refused != refused_ && !refused.empty())
    logger_.error("the assignment cannot be read; what runs goes on", {{"err", std::string_view(refused)}});
  refused_ = refused;
  if (!read || (assignment_ && read->generation <= assignment_->generation)) return;
  assignment_ = *std::move(read);
  logger_.info("assigned", {{"generation", assignment_->generation}, {"groups", std::ssize(assignment_->groups)}});
}

// Whether all of it runs and the API server knows.
bool Worker::apply() {
  if (!assignment_) return true;
  std::map<std::string, GroupWanted> all;
  bool complete = true;
  for (const GroupEntry& entry : assignment_->groups) {
    if (auto want = wanted(entry, complete)) all.emplace(entry.uid, *std::move(want));
  }
  const auto refused = consumers_.run(all);
  for (const GroupEntry& entry : assignment_->groups)
    if (const auto found = refused.find(entry.uid); found != refused.end()) failed(entry, found->second);
  std::erase_if(known_, [&](const auto& known) { return !all.contains(known.first); });
  std::erase_if(failures_,
                [&](const auto& failure) { return all.contains(failure.first) && !refused.contains(failure.first); });
  return complete && refused.empty() && acknowledge();
}

// What cannot be had as the entry says goes on as it was: a Secret that cannot be read at the moment ends no consumer.
std::optional<GroupWanted> Worker::wanted(const GroupEntry& entry, bool& complete) {
  auto settings = settings_.read(entry);
  const auto known = known_.find(entry.uid);
  if (settings) {
    known_.insert_or_assign(entry.uid, Known{.entry = entry, .settings = *settings});
    return GroupWanted{.settings = *std::move(settings), .consumers = entry.vreplicas};
  }
  failed(entry, settings.error());
  if (known == known_.end()) {
    complete = false;
    return std::nullopt;
  }
  GroupEntry before = known->second.entry;
  before.vreplicas = entry.vreplicas;
  complete = complete && before == entry;
  return GroupWanted{.settings = known->second.settings, .consumers = entry.vreplicas};
}

bool Worker::acknowledge() {
  if (acknowledged_ == assignment_->generation) return true;
  const Json patch{{"metadata", {{"annotations", {{kApplied, std::to_string(assignment_->generation)}}}}}};
  if (const auto patched = client_.merge_patch(kPods, options_.pod, patch); !patched) {
    logger_.warn("acknowledging failed", {{"err", std::string_view(patched.error().message)}});
    return false;
  }
  acknowledged_ = assignment_->generation;
  logger_.info("applied", {{"generation", acknowledged_}, {"consumers", std::int64_t{consumers_.running()}}});
  return true;
}

void Worker::failed(const GroupEntry& entry, const base::Error& error) {
  auto& last = failures_[entry.uid];
  if (std::exchange(last, error.message) == error.message) return;
  const auto name = full_name(entry);
  logger_.warn("a group cannot be applied",
               {{"group", std::string_view(name)}, {"err", std::string_view(error.message)}});
}

void Worker::wait(std::chrono::milliseconds most, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  woken_.wait_for(lock, stop, most, [this] { return changed_; });
  changed_ = false;
}

}  // namespace weir::worker

#include "kube/event_recorder.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "kube/time.h"

namespace weir::kube {
namespace {

constexpr std::size_t kMostWaiting = 5000;
constexpr std::size_t kMostNote = 1000;  // the API server allows 1,024 bytes
constexpr std::size_t kMostName = 200;   // of the object, so that a number has its place behind it
constexpr std::chrono::minutes kSeriesEvery{1};
constexpr std::chrono::minutes kSeriesEnds{10};

const Resource& event_resource() {
  static const Resource resource{"events.k8s.io", "v1", "events", "Event"};
  return resource;
}

Json reference_to(const Json& about) {
  return {{"apiVersion", text_at(about, "/apiVersion")},
          {"kind", text_at(about, "/kind")},
          {"namespace", text_at(about, "/metadata/namespace")},
          {"name", text_at(about, "/metadata/name")},
          {"uid", uid_of(about)}};
}

}  // namespace

EventRecorder::EventRecorder(Client& client, std::string controller, std::string instance, const base::Clock& clock,
                             telemetry::Logger logger)
    : client_(client),
      controller_(std::move(controller)),
      instance_(std::move(instance)),
      clock_(clock),
      logger_(std::move(logger)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

EventRecorder::~EventRecorder() = default;

void EventRecorder::record(const Json& about, Event event) {
  event.note.resize(std::min(event.note.size(), kMostNote));
  auto id = fmt::format("{} {} {}", uid_of(about), event.reason, event.note);
  const std::scoped_lock lock(mutex_);
  if (waiting_.size() >= kMostWaiting) return;
  waiting_.push_back({key_of(about), reference_to(about), std::move(event), std::move(id)});
  changed_.notify_one();
}

void EventRecorder::run(const std::stop_token& stop) {
  while (true) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) return;
    const Item item = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    if (stop.stop_requested()) return;
    write(item);
  }
}

void EventRecorder::write(const Item& item) {
  const auto now = clock_.now();
  forget_old(now);
  const auto known = series_.find(item.id);
  if (known == series_.end()) return write_first(item);
  Series& series = known->second;
  ++series.count;
  series.seen = now;
  if (now - series.written >= kSeriesEvery) write_series(item, series);
}

void EventRecorder::write_first(const Item& item) {
  const auto time = clock_.system_now();
  const auto name =
      fmt::format("{}.{:x}{:x}", item.key.name.substr(0, kMostName), time.time_since_epoch().count(), ++last_number_);
  const Json object{{"apiVersion", event_resource().api_version()},
                    {"kind", event_resource().kind},
                    {"metadata", {{"namespace", item.key.ns}, {"name", name}}},
                    {"eventTime", format_micro_time(time)},
                    {"reportingController", controller_},
                    {"reportingInstance", instance_},
                    {"action", item.event.action},
                    {"reason", item.event.reason},
                    {"note", item.event.note},
                    {"type", item.event.type == EventType::kWarning ? "Warning" : "Normal"},
                    {"regarding", item.regarding}};
  const auto created = client_.create(event_resource(), object);
  if (!created) {
    logger_.warn("an event cannot be written", {{"namespace", std::string_view(item.key.ns)},
                                                {"name", std::string_view(item.key.name)},
                                                {"err", std::string_view(created.error().message)}});
    return;
  }
  series_[item.id] = {.name = name, .written = clock_.now(), .seen = clock_.now()};
}

void EventRecorder::write_series(const Item& item, Series& series) {
  const Json patch{{"series", {{"count", series.count}, {"lastObservedTime", format_micro_time(clock_.system_now())}}}};
  series.written = clock_.now();
  const auto patched = client_.merge_patch(event_resource(), {item.key.ns, series.name}, patch);
  if (!patched && patched.error().not_found()) series_.erase(item.id);
}

void EventRecorder::forget_old(base::SteadyTime now) {
  std::erase_if(series_, [&](const auto& entry) { return now - entry.second.seen > kSeriesEnds; });
}

}  // namespace weir::kube

#include "cli/demo.h"

#include <fmt/format.h>

#include "cli/signals.h"

namespace weir::cli {
namespace {

using base::Result;
using std::chrono::milliseconds;

constexpr milliseconds kTick{100};
constexpr milliseconds kCallTimeout{2000};

rpc::ScaledObjectRef scaled_object(const Demo::Options& options) {
  return {.ns = "demo",
          .name = options.target.group,
          .metadata = {{"bootstrapServers", options.target.bootstrap_servers},
                       {"consumerGroup", options.target.group},
                       {"topic", options.target.topic},
                       {"lagThreshold", fmt::to_string(options.lag_threshold)},
                       {"hpaMaxReplicas", fmt::to_string(options.keda.max_replicas)}}};
}

}  // namespace

Result<std::unique_ptr<Demo>> Demo::start(const Options& options, DemoView& view) {
  if (auto caught_up = kafka::commit_log_end(options.target, options.partitions); !caught_up)
    return std::unexpected(caught_up.error());
  auto producer = kafka::DemoProducer::start(options.target, options.partitions);
  if (!producer) return std::unexpected(producer.error());
  return std::unique_ptr<Demo>(new Demo(options, view, std::move(*producer)));
}

Demo::Demo(const Options& options, DemoView& view, std::unique_ptr<kafka::DemoProducer> producer)
    : options_(options),
      view_(view),
      object_(scaled_object(options)),
      client_(options.scaler, kCallTimeout),
      producer_(std::move(producer)),
      consumers_(options.target, options.partitions, options.records_per_replica),
      keda_(options.keda),
      stream_(client_.stream_is_active(object_, [this](bool active) {
        if (active) pushed_ = true;
      })) {}

Result<void> Demo::run(std::optional<milliseconds> duration) {
  const auto started = clock_.now();
  for (;;) {
    const auto elapsed = std::chrono::duration_cast<milliseconds>(clock_.now() - started);
    if (duration && elapsed >= *duration) return {};
    produce(elapsed);
    take_push(elapsed);
    if (elapsed >= next_poll_) poll(elapsed);
    if (auto scaled = consumers_.set_replicas(keda_.replicas()); !scaled) return scaled;
    view_.frame(frame(elapsed));
    if (wait_for_stop_signal(kTick) != 0) return {};
  }
}

void Demo::produce(milliseconds elapsed) {
  const std::int64_t wanted = options_.load.produced_at(elapsed) - produced_;
  if (wanted > 0) produced_ += producer_->produce(wanted);
}

void Demo::take_push(milliseconds elapsed) {
  if (!pushed_.exchange(false)) return;
  tell(elapsed, keda_.pushed(true, clock_.now()));
  stages_.observe(elapsed, keda_.replicas(), true);
}

void Demo::poll(milliseconds elapsed) {
  next_poll_ += options_.polling_interval;
  const auto answer = ask();
  if (!answer) {
    view_.event(elapsed, fmt::format("the poll failed, replicas stay: {}", answer.error().message));
    return;
  }
  last_poll_ = *answer;
  tell(elapsed, keda_.polled(*answer, clock_.now()));
  stages_.observe(elapsed, keda_.replicas(), answer->active);
}

// The calls that KEDA makes at each pollingInterval, in its order.
Result<Poll> Demo::ask() const {
  const auto spec = client_.get_metric_spec(object_);
  if (!spec) return std::unexpected(spec.error());
  const auto metric = client_.get_metric(object_, spec->name);
  if (!metric) return std::unexpected(metric.error());
  const auto active = client_.is_active(object_);
  if (!active) return std::unexpected(active.error());
  return Poll{.metric = *metric, .target = spec->target, .active = *active};
}

void Demo::tell(milliseconds elapsed, const std::optional<ScaleEvent>& event) {
  if (event) view_.event(elapsed, fmt::format("{} -> {} replicas: {}", event->from, event->to, event->reason));
}

DemoFrame Demo::frame(milliseconds elapsed) const {
  const DemoPhase phase = options_.load.phase_at(elapsed);
  return {.elapsed = elapsed,
          .phase = phase,
          .records_per_second = phase == DemoPhase::kSurge ? options_.load.surge_per_second : 0,
          .produced = produced_,
          .consumed = consumers_.consumed(),
          .replicas = consumers_.replicas(),
          .max_replicas = options_.keda.max_replicas,
          .poll = last_poll_};
}

}  // namespace weir::cli

#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "cli/demo_story.h"
#include "cli/demo_view.h"
#include "cli/keda_model.h"
#include "kafka/demo_workload.h"
#include "rpc/scaler_client.h"

namespace weir::cli {

// One run of the demonstration: load, replicas, and a stand-in for KEDA that asks a scaler over gRPC. Used by one
// thread.
class Demo {
 public:
  struct Options {
    kafka::DemoTarget target;
    int partitions = 0;
    std::string scaler;  // host:port
    std::chrono::milliseconds polling_interval{3000};
    int lag_threshold = 50;
    int records_per_replica = 40;  // a second
    DemoLoad load;
    KedaOptions keda;
  };

  static base::Result<std::unique_ptr<Demo>> start(const Options& options, DemoView& view);

  // Runs until `duration` has passed or a stop signal comes. The error is that of a client that cannot be made.
  base::Result<void> run(std::optional<std::chrono::milliseconds> duration);

  const DemoStages& stages() const { return stages_; }
  std::int64_t produced() const { return produced_; }
  std::int64_t consumed() const { return consumers_.consumed(); }

 private:
  Demo(const Options& options, DemoView& view, std::unique_ptr<kafka::DemoProducer> producer);

  void produce(std::chrono::milliseconds elapsed);
  void take_push(std::chrono::milliseconds elapsed);
  void poll(std::chrono::milliseconds elapsed);
  base::Result<Poll> ask() const;
  void tell(std::chrono::milliseconds elapsed, const std::optional<ScaleEvent>& event);
  DemoFrame frame(std::chrono::milliseconds elapsed) const;

  const Options options_;
  DemoView& view_;
  const base::SystemClock clock_;
  const rpc::ScaledObjectRef object_;
  rpc::ScalerClient client_;
  std::unique_ptr<kafka::DemoProducer> producer_;
  kafka::DemoConsumers consumers_;
  KedaModel keda_;
  DemoStages stages_;
  std::optional<Poll> last_poll_;
  std::int64_t produced_ = 0;
  std::chrono::milliseconds next_poll_{0};
  std::atomic<bool> pushed_{false};
  std::shared_ptr<void> stream_;  // last: it writes pushed_
};

}  // namespace weir::cli

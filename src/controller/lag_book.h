#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "base/clock.h"
#include "controller/group_plan.h"
#include "lag/lag_client.h"
#include "telemetry/logging.h"

namespace weir::controller {

// What the scaler says of every group, over one stream that is opened again when it ends. While the scaler is away its
// last words stand. Thread-safe.
class LagBook {
 public:
  using Reading = base::Result<LagReading>;
  // `news` is called, on the book's thread, for a group whose reading changed so that its status may follow; it must
  // not block.
  LagBook(lag::LagNewsClient& client, telemetry::Logger logger, std::function<void(const kube::ObjectKey&)> news);
  ~LagBook();

  void start();

  // Asks for a group, or for another trigger of it. Does nothing when that is asked for already.
  void want(const kube::ObjectKey& key, const lag::TriggerReference& trigger, base::SteadyTime now);
  void forget(const kube::ObjectKey& key);

  // None: the scaler has said nothing of this trigger yet.
  std::optional<Reading> reading(const kube::ObjectKey& key) const;
  // For how long the first reading of a group is worth waiting for; 0: it is here, or long overdue, or the scaler away.
  std::chrono::milliseconds patience(const kube::ObjectKey& key, base::SteadyTime now) const;
  // Whether the scaler serves now.
  bool serves() const;

 private:
  struct Entry {
    std::uint64_t id = 0;
    lag::TriggerReference trigger;
    base::SteadyTime wanted;
    std::optional<Reading> reading;
  };

  void run(const std::stop_token& stop);
  void follow(lag::LagNewsStream& stream);
  void opened(lag::LagNewsStream& stream);
  void ended();
  std::optional<kube::ObjectKey> take(const lag::LagNews& news);
  std::vector<kube::ObjectKey> keys() const;

  lag::LagNewsClient& client_;
  const telemetry::Logger logger_;
  const std::function<void(const kube::ObjectKey&)> news_;
  mutable std::mutex mutex_;
  std::map<kube::ObjectKey, Entry> entries_;
  std::map<std::uint64_t, kube::ObjectKey> by_id_;
  std::uint64_t last_id_ = 0;
  std::unique_ptr<lag::LagNewsStream> stream_;
  bool serves_ = false;
  bool away_ = false;  // tried, and it does not serve
  std::jthread thread_;
};

// Whether a group's status may follow from `now` where it was decided with `before`.
bool is_news(const std::optional<LagBook::Reading>& before, const LagBook::Reading& now);

}  // namespace weir::controller

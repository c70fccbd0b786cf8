#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "kube/json.h"

namespace weir::controller {

// Keeps lag from writing to the API server too often: each group once in 30 s, all together five times a second.
// Thread-safe.
class StatusGate {
 public:
  explicit StatusGate(std::chrono::milliseconds per_group = std::chrono::seconds(30),
                      std::chrono::milliseconds between = std::chrono::milliseconds(200))
      : per_group_(per_group), between_(between) {}

  // 0: write now. Otherwise when to ask again; a place is kept for the group then.
  std::chrono::milliseconds ask(const kube::ObjectKey& key, base::SteadyTime now);
  void forget(const kube::ObjectKey& key);

 private:
  struct Place {
    base::SteadyTime written{};
    std::optional<base::SteadyTime> kept;
  };

  const std::chrono::milliseconds per_group_, between_;
  std::mutex mutex_;
  std::map<kube::ObjectKey, Place> places_;
  base::SteadyTime next_{};
};

}  // namespace weir::controller

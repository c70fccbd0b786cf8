#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <vector>

#include "base/clock.h"

namespace weir::rpc {

// An open stream, as the server sees it.
class OpenStream {
 public:
  virtual ~OpenStream() = default;

  // Ends it with OK, so that KEDA opens it again without a growing wait.
  virtual void end() = 0;

  // Called once a second. `generation_changed`: a cluster may resolve to something else now.
  virtual void tick(bool generation_changed) = 0;
};

// The open streams of a server. Thread-safe.
class StreamSet {
 public:
  explicit StreamSet(std::chrono::milliseconds max_age) : max_age_(max_age), random_(std::random_device()()) {}

  // When the new stream has to end, up to a tenth of the greatest age sooner or later, so that many streams do not end
  // at once. Now when the server is going away.
  base::SteadyTime add(const std::shared_ptr<OpenStream>& stream, base::SteadyTime now);
  void remove(const OpenStream* stream);

  void tick(bool generation_changed);

  // Ends all, and every one that is added later.
  void end_all();

 private:
  std::vector<std::shared_ptr<OpenStream>> all();

  const std::chrono::milliseconds max_age_;
  std::mutex mutex_;
  std::minstd_rand random_;
  bool closed_ = false;
  std::map<const OpenStream*, std::weak_ptr<OpenStream>> streams_;
};

}  // namespace weir::rpc

#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "access/trigger_match.h"
#include "access/watched.h"
#include "base/clock.h"
#include "base/error.h"
#include "kube/client.h"
#include "telemetry/logging.h"

namespace weir::access {

struct CallerCheckOptions {
  std::vector<std::string> namespaces;       // empty: all
  std::chrono::milliseconds doubt{5'000};    // how long what nobody has seen yet may still turn up
  std::chrono::milliseconds edited{60'000};  // how long the triggers before an edit still count
};

// Whether KEDA may be asking: a caller's words are held against the ScaledObjects and ScaledJobs that exist. Answers
// from memory; what is not there is asked of the API server once, by a thread of its own. While that is away, what was
// there stays. Thread-safe.
class CallerCheck {
 public:
  // `client` is for single objects: few, and none waits long for it.
  CallerCheck(kube::Client& watching, kube::Client& client, CallerCheckOptions options, const base::Clock& clock,
              const telemetry::Logger& logger);
  ~CallerCheck();

  void start();
  bool synced() const { return scaled_objects_.synced() && scaled_jobs_.synced(); }

  // kUnavailable: not known yet. kPermissionDenied: no such object has such a trigger.
  base::Result<void> check(const kube::ObjectKey& key, const Metadata& sent);

  // Whether the namespace is among those watched.
  bool watches(const std::string& ns) const;

  // Grows when an answer may have changed.
  std::uint64_t generation() const { return generation_; }

 private:
  // What counts though it is not among the watched ones: as it was before an edit, or as a GET gave it.
  struct Extra {
    kube::ObjectPtr object;
    base::SteadyTime until;
  };
  struct Doubt {
    base::SteadyTime first_asked;
  };

  void take(const kube::Change& change);
  bool known(const kube::ObjectKey& key, const Metadata& sent) const;
  base::Result<void> doubt(const kube::ObjectKey& key, const Metadata& sent);
  void run(const std::stop_token& stop);
  void forget_old(base::SteadyTime now);
  void fetch(const kube::ObjectKey& key);

  kube::Client& client_;
  const CallerCheckOptions options_;
  const base::Clock& clock_;
  const telemetry::Logger logger_;
  std::atomic<std::uint64_t> generation_ = 1;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::multimap<kube::ObjectKey, Extra> extras_;
  std::map<std::pair<kube::ObjectKey, std::size_t>, Doubt> doubts_;
  std::deque<kube::ObjectKey> to_fetch_;
  // After all that their threads use.
  Watched scaled_objects_, scaled_jobs_;
  std::jthread thread_;
};

}  // namespace weir::access

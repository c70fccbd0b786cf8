#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "kube/client.h"
#include "telemetry/logging.h"

namespace weir::kube {

struct InformerOptions {
  Resource resource;
  std::string ns;           // empty: all namespaces
  std::string labels = {};  // a label selector; empty: all
  std::string fields = {};  // a field selector; one name is all that some may watch
  // Takes out of each object what nobody reads, before it is kept.
  std::function<void(Json&)> trim = {};
  // A server that does not serve the resource (404) has no such objects; it is asked again every 30 s.
  bool may_be_absent = false;
  std::size_t page_size = 500;
  std::chrono::seconds watch_timeout{300};
  std::chrono::milliseconds first_retry{500};
  std::chrono::milliseconds most_retry{30'000};
};

// A change of an object: `before` is empty when it is new, `now` when it is gone.
struct Change {
  ObjectKey key;
  ObjectPtr before, now;
};

// All objects of a resource in memory: listed once, page by page, then watched from the list's resourceVersion on;
// listed again only when the server no longer has the changes since (410). While the server is away the last state
// stands. Thread-safe.
class Informer {
 public:
  using Handler = std::function<void(const Change&)>;

  Informer(Client& client, InformerOptions options, telemetry::Logger logger);
  ~Informer();  // stops; takes up to a second

  // Called on the informer's thread with each change; must not block. Before start() only.
  void add_handler(Handler handler);
  void start();
  // Asks the thread to end; the destructor waits for it.
  void stop();

  // Whether the first list is complete. Until then an object that is not here may still exist.
  bool synced() const;
  // Blocks until synced; false when stopped before.
  bool wait_synced(const std::stop_token& stop) const;

  // When the server was last failing, so that what is here may be out of date: now, while another attempt is waited
  // for. None: never.
  std::optional<base::SteadyTime> last_failing() const;

  ObjectPtr get(const ObjectKey& key) const;
  std::vector<ObjectPtr> list() const;
  std::size_t size() const;

 private:
  using Store = std::map<ObjectKey, ObjectPtr>;

  void run(const std::stop_token& stop);
  ApiResult<std::string> relist(const std::stop_token& stop);
  ApiResult<void> watch(std::string& resource_version, const std::stop_token& stop);
  bool take_event(Json& event, std::string& resource_version, ApiError& failed);
  void stand_without(const std::stop_token& stop);
  ObjectPtr keep(Json object) const;
  void put(Json object);
  void remove(const Json& object);
  void replace(Store listed);
  void tell(const Change& change) const;
  void pause(const ApiError& error, const std::stop_token& stop);

  Client& client_;
  const InformerOptions options_;
  const telemetry::Logger logger_;
  std::vector<Handler> handlers_;
  base::Backoff backoff_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  bool synced_ = false;
  bool failing_ = false;
  std::optional<base::SteadyTime> last_failing_;
  // Of the thread alone.
  bool absent_ = false;
  bool gone_ = false;  // the last failure was that changes are no longer there
  Store objects_;
  std::jthread thread_;
};

}  // namespace weir::kube

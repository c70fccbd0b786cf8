#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "kafka/client.h"

namespace weir::kafka {

// Destroys clients on a thread of its own, as librdkafka may take a while to end its threads. Thread-safe. Its own
// destruction waits until all are gone.
class ClientReaper {
 public:
  ClientReaper();
  ~ClientReaper() = default;

  void retire(std::shared_ptr<Client> client);

 private:
  void run(std::stop_token stop);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<std::shared_ptr<Client>> retired_;
  std::jthread thread_;
};

}  // namespace weir::kafka

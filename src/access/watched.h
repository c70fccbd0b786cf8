#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kube/informer.h"
#include "telemetry/logging.h"

namespace weir::access {

// The objects of one resource, of all namespaces or of some, each of which is watched by itself so that rights on it
// are enough. Thread-safe.
class Watched {
 public:
  // `namespaces` empty: all. `options` is for each, but for its namespace.
  Watched(kube::Client& client, const std::vector<std::string>& namespaces, const kube::InformerOptions& options,
          const telemetry::Logger& logger);

  // As Informer's.
  void add_handler(const kube::Informer::Handler& handler);
  void start();
  void stop();

  bool synced() const;
  kube::ObjectPtr get(const kube::ObjectKey& key) const;

 private:
  std::vector<std::unique_ptr<kube::Informer>> informers_;
};

}  // namespace weir::access

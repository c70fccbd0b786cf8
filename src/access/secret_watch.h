#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "access/watched.h"
#include "base/error.h"
#include "base/secret.h"

namespace weir::access {

// The Secrets that are meant for Kafka, which their label weir.dev/use=kafka says. Only those are ever read. While the
// API server is away they stand as they were. Thread-safe; answers from memory.
class SecretWatch {
 public:
  SecretWatch(kube::Client& client, const std::vector<std::string>& namespaces, const telemetry::Logger& logger);
  ~SecretWatch();

  void start() { secrets_.start(); }
  bool synced() const { return secrets_.synced(); }

  // kPermissionDenied: there is none with the label. kUnavailable: not known yet.
  base::Result<std::map<std::string, base::Secret>> get(const kube::ObjectKey& key) const;

  // Grows whenever one changed.
  std::uint64_t generation() const { return generation_; }

 private:
  std::atomic<std::uint64_t> generation_ = 1;
  Watched secrets_;
};

}  // namespace weir::access

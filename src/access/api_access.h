#pragma once

#include <memory>
#include <string>
#include <vector>

#include "access/caller_check.h"
#include "access/group_directory.h"
#include "access/secret_watch.h"
#include "base/clock.h"
#include "kube/client.h"
#include "telemetry/logging.h"
#include "telemetry/metrics.h"

namespace weir::access {

struct ApiAccessOptions {
  kube::ClientConfig api;
  std::vector<std::string> namespaces;  // empty: all
  bool secrets = true;                  // whether Secrets are read
};

// All that a scaler needs of the API server: who may ask, which Secrets there are, and what a consumerGroupRef stands
// for. It waits for nothing: until the API server has told, answers are kUnavailable. Thread-safe.
class ApiAccess {
 public:
  ApiAccess(const ApiAccessOptions& options, const base::Clock& clock, const telemetry::Logger& logger,
            telemetry::Registry& registry);

  void start();

  // What has not been told yet; empty: all is here.
  std::string missing() const;

  // Null where Secrets are not read.
  const SecretWatch* secrets() const { return secrets_.get(); }

  // Whether KEDA, or the controller for a ConsumerGroup, may be asking. As CallerCheck::check.
  base::Result<void> check(const kube::ObjectKey& key, const Metadata& sent);

  // The metadata with what its consumerGroupRef stands for; as it is where there is none. kPermissionDenied: there is
  // no such group in the namespace. kUnavailable: not known yet.
  base::Result<Metadata> expand(const std::string& ns, const Metadata& sent) const;

  std::uint64_t generation() const { return callers_.generation() + groups_.generation(); }

 private:
  kube::Client watching_, asking_;
  CallerCheck callers_;
  GroupDirectory groups_;
  std::unique_ptr<SecretWatch> secrets_;
};

}  // namespace weir::access

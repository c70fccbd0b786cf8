#pragma once

#include <set>
#include <string>
#include <vector>

#include <grpcpp/server_context.h>

#include "rpc/cluster_resolver.h"

namespace weir::rpc {

// Tells who calls, from the certificate that the client showed. Thread-safe.
class CallerIdentity {
 public:
  // `allowed_clients` as in ServerOptions.
  explicit CallerIdentity(std::vector<std::string> allowed_clients);

  Caller identify(const grpc::ServerContextBase& context, const std::string& ns) const;

 private:
  std::set<std::string, std::less<>> allowed_;
};

}  // namespace weir::rpc

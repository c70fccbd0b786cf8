#include "rpc/caller_identity.h"

#include <grpcpp/security/server_credentials.h>

namespace weir::rpc {

CallerIdentity::CallerIdentity(std::vector<std::string> allowed_clients)
    : allowed_(allowed_clients.begin(), allowed_clients.end()) {}

Caller CallerIdentity::identify(const grpc::ServerContextBase& context, const std::string& ns) const {
  Caller caller{ns, false, {}};
  if (!allowed_.empty()) {
    const auto authentication = context.auth_context();
    // Only a handshake that verified the client's certificate sets these.
    for (const char* property :
         {GRPC_X509_CN_PROPERTY_NAME, GRPC_PEER_DNS_PROPERTY_NAME, GRPC_PEER_URI_PROPERTY_NAME}) {
      for (const grpc::string_ref& name : authentication->FindPropertyValues(property)) {
        const std::string_view text(name.data(), name.size());
        if (caller.peer.empty() || allowed_.contains(text)) caller.peer = text;
        if (allowed_.contains(text)) caller.trusted = true;
        if (caller.trusted) return caller;
      }
    }
  }
  if (caller.peer.empty()) caller.peer = context.peer();
  return caller;
}

}  // namespace weir::rpc

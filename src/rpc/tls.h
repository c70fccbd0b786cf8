#pragma once

#include <memory>

#include <grpcpp/security/server_credentials.h>

#include "rpc/server.h"

namespace weir::rpc {

// Credentials that follow the files: read again each second, so that a rotated certificate serves the next connection.
// kInvalidArgument names a file that is missing, unreadable or not PEM.
base::Result<std::shared_ptr<grpc::ServerCredentials>> make_tls_credentials(const TlsFiles& files);

}  // namespace weir::rpc

#pragma once

#include <grpcpp/support/status.h>

#include "base/error.h"

namespace weir::rpc {

// The only place where Weir's errors and gRPC's codes meet.
grpc::Status to_status(const base::Error& error);

// What a client makes of a failed call to `address`.
base::Error to_error(const grpc::Status& status, std::string_view address);

// The name of a code as gRPC's documents spell it: INVALID_ARGUMENT.
std::string_view code_name(grpc::StatusCode code);

}  // namespace weir::rpc

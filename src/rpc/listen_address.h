#pragma once

#include <string>

#include "base/error.h"

namespace weir::rpc {

// Whether a server could listen on HOST:PORT ([::1]:9090 for IPv6). kInvalidArgument says what is wrong with it: its
// form, a host that is not of this machine, a port in use. gRPC itself only says that it failed.
base::Result<void> check_listen_address(const std::string& address);

}  // namespace weir::rpc

#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace weir::rpc {

// The text of a PEM file. `what` names it in errors: `client CA certificate`. kInvalidArgument when the file is not
// given, cannot be read, or holds no certificate or no unencrypted private key.
base::Result<std::string> read_certificate(std::string_view what, const std::string& path);
base::Result<std::string> read_private_key(const std::string& path);

}  // namespace weir::rpc

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::scaling {

// What to write instead of a broker address that is not host:port (or [IPv6]:port); none when it is.
std::optional<std::string> broker_address_remedy(std::string_view address);

}  // namespace weir::scaling

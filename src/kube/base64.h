#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::kube {

// The bytes that base64 text stands for, white space left out; none when it is no such text.
std::optional<std::string> base64_decoded(std::string_view text);

}  // namespace weir::kube

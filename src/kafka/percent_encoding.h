#pragma once

#include <string>
#include <string_view>

namespace weir::kafka {

// As RFC 3986 and AWS write a part of a query or form: all but letters, digits and `-._~` as %XX.
std::string percent_encoded(std::string_view text);

}  // namespace weir::kafka

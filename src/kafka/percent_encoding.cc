#include "kafka/percent_encoding.h"

#include <fmt/format.h>

namespace weir::kafka {

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    const bool plain = (code >= '0' && code <= '9') || (code >= 'A' && code <= 'Z') || (code >= 'a' && code <= 'z') ||
                       std::string_view("-._~").find(letter) != std::string_view::npos;
    encoded += plain ? std::string(1, letter) : fmt::format("%{:02X}", code);
  }
  return encoded;
}

}  // namespace weir::kafka

#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>

namespace weir::base {

// Tells the metadata of triggers apart within this process.
inline std::size_t metadata_hash(const std::map<std::string, std::string>& metadata) {
  std::size_t value = metadata.size();
  for (const auto& [key, text] : metadata) {
    for (const std::string* part : {&key, &text})
      value = value * 1'000'003 ^ std::hash<std::string>()(*part);
  }
  return value;
}

}  // namespace weir::base

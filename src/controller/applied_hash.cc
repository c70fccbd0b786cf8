#include "controller/applied_hash.h"

#include <cstdint>

#include <fmt/format.h>

namespace weir::controller {

// FNV-1a.
std::string applied_hash(const kube::Json& fields) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char letter : fields.dump())
    hash = (hash ^ static_cast<unsigned char>(letter)) * 1099511628211U;
  return fmt::format("{:016x}", hash);
}

}  // namespace weir::controller

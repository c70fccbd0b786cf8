#pragma once

#include <cstddef>

namespace weir::base {

// Bytes that come into the cache together.
inline constexpr std::size_t kCacheLine = 64;

// Has memory that will be read soon brought into the cache meanwhile. Any address will do. For loops over many objects
// that lie apart, which would wait for each in turn.
inline void prefetch(const void* address) {
  __builtin_prefetch(address);
}

}  // namespace weir::base

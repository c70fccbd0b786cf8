#pragma once

namespace weir::base {

// Has memory that will be read soon brought into the cache meanwhile. Any address will do. For loops over many objects
// that lie apart, which would wait for each in turn.
inline void prefetch(const void* address) {
  __builtin_prefetch(address);
}

}  // namespace weir::base

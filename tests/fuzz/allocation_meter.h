#pragma once

#include <cstddef>

namespace weir::test {

// How many bytes operator new has given out on this thread since it was made and not got back, at their most. The
// program's operator new is replaced by one that counts. One at a time a thread.
class AllocationMeter {
 public:
  AllocationMeter();
  std::size_t peak_bytes() const;
};

}  // namespace weir::test

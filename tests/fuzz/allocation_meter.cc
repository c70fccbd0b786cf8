#include "fuzz/allocation_meter.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include <malloc.h>

namespace {

thread_local std::ptrdiff_t live_bytes = 0;
thread_local std::ptrdiff_t peak_live_bytes = 0;

void* counted(std::size_t size) noexcept {
  void* const block = std::malloc(size);
  if (block == nullptr) return nullptr;
  live_bytes += static_cast<std::ptrdiff_t>(malloc_usable_size(block));
  peak_live_bytes = std::max(peak_live_bytes, live_bytes);
  return block;
}

void* counted_or_thrown(std::size_t size) {
  void* const block = counted(size);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

void uncounted(void* block) {
  if (block == nullptr) return;
  live_bytes -= static_cast<std::ptrdiff_t>(malloc_usable_size(block));
  std::free(block);
}

}  // namespace

void* operator new(std::size_t size) {
  return counted_or_thrown(size);
}
void* operator new[](std::size_t size) {
  return counted_or_thrown(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return counted(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return counted(size);
}
void operator delete(void* block) noexcept {
  uncounted(block);
}
void operator delete[](void* block) noexcept {
  uncounted(block);
}
void operator delete(void* block, std::size_t) noexcept {
  uncounted(block);
}
void operator delete[](void* block, std::size_t) noexcept {
  uncounted(block);
}

namespace weir::test {

AllocationMeter::AllocationMeter() {
  live_bytes = 0;
  peak_live_bytes = 0;
}

std::size_t AllocationMeter::peak_bytes() const {
  return static_cast<std::size_t>(peak_live_bytes);
}

}  // namespace weir::test

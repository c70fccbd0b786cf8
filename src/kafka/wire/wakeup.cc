#include "kafka/wire/wakeup.h"

#include <cerrno>
#include <cstdint>
#include <system_error>

#include <sys/eventfd.h>
#include <unistd.h>

namespace weir::kafka::wire {

Wakeup::Wakeup() : descriptor_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Wakeup::~Wakeup() {
  close(descriptor_);
}

void Wakeup::notify() const {
  const std::uint64_t one = 1;
  // Fails only where it is set already.
  static_cast<void>(!write(descriptor_, &one, sizeof(one)));
}

void Wakeup::clear() const {
  std::uint64_t count = 0;
  static_cast<void>(!read(descriptor_, &count, sizeof(count)));
}

}  // namespace weir::kafka::wire

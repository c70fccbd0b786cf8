#pragma once

#include <string>

namespace weir::test {

struct Certificate {
  std::string certificate_pem, key_pem;
};

// A certificate for 127.0.0.1 that is its own authority, new with each call.
Certificate self_signed();

}  // namespace weir::test

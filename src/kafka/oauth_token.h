#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/secret.h"

namespace weir::kafka {

// What OAUTHBEARER sends.
struct OauthToken {
  base::Secret value;
  std::int64_t expires_ms = 0;  // since the epoch
  std::string principal;
  std::vector<std::pair<std::string, std::string>> extensions;
};

}  // namespace weir::kafka

#include "kube/time.h"

#include <chrono>
#include <ctime>

#include <fmt/chrono.h>

namespace weir::kube {

using std::chrono::floor;

std::string format_time(base::SystemTime time) {
  return fmt::format("{:%FT%TZ}", fmt::gmtime(floor<std::chrono::seconds>(time)));
}

std::string format_micro_time(base::SystemTime time) {
  const auto second = floor<std::chrono::seconds>(time);
  const auto rest = floor<std::chrono::microseconds>(time - second);
  return fmt::format("{:%FT%T}.{:06}Z", fmt::gmtime(second), rest.count());
}

std::optional<base::SystemTime> parse_time(const std::string& text) {
  std::tm parts{};
  const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return base::SystemTime(std::chrono::seconds(timegm(&parts)));
}

}  // namespace weir::kube

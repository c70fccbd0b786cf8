#include "kube/watch_decoder.h"

#include "base/parse.h"

namespace weir::kube {

bool WatchDecoder::feed(std::string_view bytes) {
  while (true) {
    const auto end = bytes.find('\n');
    if (end == std::string_view::npos) {
      rest_.append(bytes);
      return true;
    }
    rest_.append(bytes.substr(0, end));
    bytes.remove_prefix(end + 1);
    if (!take(rest_)) return false;
    rest_.clear();
  }
}

bool WatchDecoder::take(std::string_view line) {
  if (base::trim(line).empty()) return true;
  Json event = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  broken_ = !event.is_object();
  return !broken_ && each_(std::move(event));
}

}  // namespace weir::kube

#include "kafka/wire/protocol.h"

namespace weir::kafka::wire {

std::string_view to_string(ApiKey key) {
  switch (key) {
    case ApiKey::kFetch:
      return "Fetch";
    case ApiKey::kListOffsets:
      return "ListOffsets";
    case ApiKey::kMetadata:
      return "Metadata";
    case ApiKey::kOffsetFetch:
      return "OffsetFetch";
    case ApiKey::kFindCoordinator:
      return "FindCoordinator";
    case ApiKey::kSaslHandshake:
      return "SaslHandshake";
    case ApiKey::kApiVersions:
      return "ApiVersions";
    case ApiKey::kSaslAuthenticate:
      return "SaslAuthenticate";
  }
  return "unknown";
}

}  // namespace weir::kafka::wire

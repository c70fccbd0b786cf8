#include "kube/resource.h"

#include <fmt/format.h>

namespace weir::kube {

std::string api_path(const Resource& resource) {
  return (resource.group.empty() ? "/api/" : "/apis/") + resource.api_version();
}

std::string collection_path(const Resource& resource, std::string_view ns) {
  if (ns.empty()) return fmt::format("{}/{}", api_path(resource), resource.plural);
  return fmt::format("{}/namespaces/{}/{}", api_path(resource), ns, resource.plural);
}

std::string object_path(const Resource& resource, const ObjectKey& key, std::string_view subresource) {
  return fmt::format("{}/{}{}{}", collection_path(resource, key.ns), key.name, subresource.empty() ? "" : "/",
                     subresource);
}

std::string query_escaped(std::string_view text) {
  std::string escaped;
  for (const char letter : text) {
    const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                       (letter >= '0' && letter <= '9') || letter == '-' || letter == '_' || letter == '.' ||
                       letter == '~';
    escaped += plain ? std::string(1, letter) : fmt::format("%{:02X}", static_cast<unsigned char>(letter));
  }
  return escaped;
}

}  // namespace weir::kube

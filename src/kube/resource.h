#pragma once

#include <string>
#include <string_view>

#include "kube/json.h"

namespace weir::kube {

// A kind of object and where the API server serves it.
struct Resource {
  std::string group;  // empty: the core API
  std::string version, plural, kind;

  // As in an object's apiVersion: GROUP/VERSION.
  std::string api_version() const { return group.empty() ? version : group + "/" + version; }

  bool operator==(const Resource&) const = default;
};

// /apis/GROUP/VERSION, or /api/VERSION.
std::string api_path(const Resource& resource);
// The path of all objects of a namespace; of all namespaces when it is empty.
std::string collection_path(const Resource& resource, std::string_view ns);
// The path of one object, or of a subresource of it such as `status`.
std::string object_path(const Resource& resource, const ObjectKey& key, std::string_view subresource = "");

// `text` as part of a query.
std::string query_escaped(std::string_view text);

}  // namespace weir::kube

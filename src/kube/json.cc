#include "kube/json.h"

#include <algorithm>

namespace weir::kube {

std::string to_string(const ObjectKey& key) {
  return key.ns.empty() ? key.name : key.ns + "/" + key.name;
}

const Json& at(const Json& object, const char* pointer) {
  static const Json nothing;
  const Json::json_pointer path(pointer);
  return object.contains(path) ? object.at(path) : nothing;
}

std::string text_at(const Json& object, const char* pointer) {
  const Json& found = at(object, pointer);
  return found.is_string() ? found.get<std::string>() : std::string();
}

std::int64_t int_at(const Json& object, const char* pointer, std::int64_t otherwise) {
  const Json& found = at(object, pointer);
  return found.is_number_integer() ? found.get<std::int64_t>() : otherwise;
}

ObjectKey key_of(const Json& object) {
  return {text_at(object, "/metadata/namespace"), text_at(object, "/metadata/name")};
}

std::string uid_of(const Json& object) {
  return text_at(object, "/metadata/uid");
}

std::string resource_version_of(const Json& object) {
  return text_at(object, "/metadata/resourceVersion");
}

bool is_deleting(const Json& object) {
  return at(object, "/metadata/deletionTimestamp").is_string();
}

bool contains(const Json& actual, const Json& wanted) {
  if (wanted.is_object()) {
    return actual.is_object() && std::ranges::all_of(wanted.items(), [&](const auto& entry) {
             return actual.contains(entry.key()) && contains(actual.at(entry.key()), entry.value());
           });
  }
  if (wanted.is_array())
    return actual.is_array() && std::equal(actual.begin(), actual.end(), wanted.begin(), wanted.end(),
                                           [](const Json& a, const Json& w) { return contains(a, w); });
  return actual == wanted;
}

}  // namespace weir::kube

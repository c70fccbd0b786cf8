#pragma once

#include <compare>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace weir::kube {

using Json = nlohmann::json;

// An object of the API as it was read. Shared by all readers, so never changed.
using ObjectPtr = std::shared_ptr<const Json>;

// What names an object among those of its resource. `ns` is empty for a cluster's own.
struct ObjectKey {
  std::string ns, name;

  auto operator<=>(const ObjectKey&) const = default;
};

// NAMESPACE/NAME.
std::string to_string(const ObjectKey& key);

// What stands at a JSON pointer such as /metadata/name; null where there is nothing.
const Json& at(const Json& object, const char* pointer);

// The same as a text or an integer; empty, or `otherwise`, where there is none or it is of another type.
std::string text_at(const Json& object, const char* pointer);
std::int64_t int_at(const Json& object, const char* pointer, std::int64_t otherwise = 0);

ObjectKey key_of(const Json& object);
std::string uid_of(const Json& object);
std::string resource_version_of(const Json& object);
// Whether its deletion has begun.
bool is_deleting(const Json& object);

// Whether all that `wanted` says is in `actual` too: maps may have further keys, lists may not have further elements.
bool contains(const Json& actual, const Json& wanted);

}  // namespace weir::kube

#pragma once

#include <string>

#include "kube/json.h"

namespace weir::controller {

// An annotation that tells which fields were ours last: one that is no longer wanted would not show in a comparison.
inline constexpr const char* kHashAnnotation = "weir.dev/applied-hash";

// The same in every process and version.
std::string applied_hash(const kube::Json& fields);

}  // namespace weir::controller

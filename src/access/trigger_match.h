#pragma once

#include <map>
#include <string>

#include "kube/json.h"

namespace weir::access {

using Metadata = std::map<std::string, std::string>;

// Whether a ScaledObject or ScaledJob has a trigger of type external or external-push for which KEDA sends this
// metadata. Of a key that ends in FromEnv, KEDA sends the value of a variable, or leaves it out: only its name counts.
bool has_trigger(const kube::Json& object, const Metadata& sent);

// Takes out of a ScaledObject or ScaledJob all that has_trigger does not read.
void keep_triggers(kube::Json& object);

}  // namespace weir::access

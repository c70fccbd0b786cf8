#pragma once

#include <string_view>
#include <vector>

#include "scaling/trigger_fields.h"
#include "scaling/trigger_spec.h"

namespace weir::scaling {

// Reads the `auth` key: `username=kafka-secret/user; ca=kafka-ca/ca.crt`. Wrong parts are added to the errors of
// `fields` and left out.
std::vector<AuthReference> parse_auth_references(std::string_view text, TriggerFields& fields);

// Whether Kubernetes allows `name` for a Secret. Nothing else may become part of a path.
bool is_secret_name(std::string_view name);

}  // namespace weir::scaling

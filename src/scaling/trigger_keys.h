#pragma once

#include <span>
#include <string_view>

namespace weir::scaling {

// Every metadata key that Weir or KEDA's external trigger reads.
std::span<const std::string_view> trigger_keys();

// Every authentication parameter, by KEDA's name, that a Secret may hold.
std::span<const std::string_view> auth_parameters();
bool is_auth_parameter(std::string_view name);

// Those that KEDA never reads from the metadata.
std::span<const std::string_view> secret_only_parameters();

}  // namespace weir::scaling

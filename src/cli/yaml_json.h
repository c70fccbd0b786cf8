#pragma once

#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

namespace weir::cli {

// A YAML document as JSON, with scalars as Kubernetes reads them: plain true, false, null and numbers are no texts.
nlohmann::json to_json(const YAML::Node& node);

}  // namespace weir::cli

#pragma once

#include <string_view>

#include <yaml-cpp/yaml.h>

#include "cli/check_report.h"

namespace weir::cli {

// The CRD of ConsumerGroups, as it is installed.
const char* consumer_group_crd();

// Holds a node against a structural schema of a CRD, as the API server does: types, bounds, required and unknown
// fields, and the rules under x-kubernetes-validations that holds_rule knows.
void check_schema(const CheckNode& node, const YAML::Node& schema, CheckReport& report);

// Whether a rule of the CRD holds for a node. It knows the rules by their text, and those of one regular expression; a
// rule that it does not know holds.
bool holds_rule(std::string_view rule, const CheckNode& self);
// Whether it knows the rule.
bool knows_rule(std::string_view rule);

}  // namespace weir::cli

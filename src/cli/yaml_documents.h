#pragma once

#include <string>
#include <vector>

#include <yaml-cpp/yaml.h>

namespace weir::cli {

// Every document of a YAML stream. Throws YAML::Exception with the place of a syntax error, as YAML::LoadAll does; that
// one, however, never ends on a document that begins with a token which cannot begin one, such as a comma.
std::vector<YAML::Node> load_documents(const std::string& text);

}  // namespace weir::cli

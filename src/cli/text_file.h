#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"

namespace weir::cli {

// The whole text of a file. kInvalidArgument with the system's words when it cannot be read.
base::Result<std::string> read_text_file(const std::filesystem::path& file);

}  // namespace weir::cli

#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "lag/lag_client.h"

namespace weir::cli {

// One trigger of a ScaledObject or ScaledJob in a file.
struct FileTrigger {
  int index = 0;  // among the triggers of its object
  std::string type;
  lag::TriggerReference reference;  // without the keys below
  std::vector<std::string>
      from_environment;  // keys ending in FromEnv: their values are in the workload, not in the file
};

// Every trigger in a YAML file, of whatever type. kInvalidArgument names the file and what is wrong with it.
base::Result<std::vector<FileTrigger>> read_triggers(const std::string& file);

}  // namespace weir::cli

#pragma once

#include <string>

#include "base/error.h"
#include "placement/profile.h"
#include "placement/settings.h"

namespace weir::cli {

// How the controller places.
struct SchedulerConfig {
  placement::Profile profile = placement::default_profile();
  placement::Patience patience = {};
};

// Reads the keys profile, profiles and patience of a file for `weir plan`; an empty name: the defaults. `profile`,
// where it is not empty, stands over the file's. kInvalidArgument with every mistake of the file, or the profiles there
// are.
base::Result<SchedulerConfig> read_scheduler_config(const std::string& file, const std::string& profile);

}  // namespace weir::cli

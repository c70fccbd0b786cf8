#pragma once

#include "kube/api_error.h"
#include "kube/resource.h"
#include "telemetry/logging.h"

namespace weir::controller {

// Warns that the API server refused something about an object.
void log_failure(const telemetry::Logger& logger, const char* what, const kube::ObjectKey& key,
                 const kube::ApiError& error);

}  // namespace weir::controller

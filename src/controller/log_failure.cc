#include "controller/log_failure.h"

#include <cstdint>
#include <string_view>

namespace weir::controller {

void log_failure(const telemetry::Logger& logger, const char* what, const kube::ObjectKey& key,
                 const kube::ApiError& error) {
  logger.warn(what, {{"namespace", std::string_view(key.ns)},
                     {"name", std::string_view(key.name)},
                     {"code", std::int64_t{error.status}},
                     {"err", std::string_view(error.message)}});
}

}  // namespace weir::controller

#pragma once

#include <optional>
#include <string>

#include "base/clock.h"

namespace weir::kube {

// As metav1.Time is written: 2026-01-31T12:00:00Z.
std::string format_time(base::SystemTime time);
// As metav1.MicroTime is: 2026-01-31T12:00:00.000000Z.
std::string format_micro_time(base::SystemTime time);
// What format_time() wrote; none where the text is something else.
std::optional<base::SystemTime> parse_time(const std::string& text);

}  // namespace weir::kube

#include "cli/keda_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/parse.h"

namespace weir::cli {

std::optional<ScaleEvent> KedaModel::scale(int to, std::string reason) {
  if (to == replicas_) return std::nullopt;
  return ScaleEvent{std::exchange(replicas_, to), to, std::move(reason)};
}

std::optional<ScaleEvent> KedaModel::pushed(bool active, base::SteadyTime now) {
  if (!active) return std::nullopt;  // KEDA acts on `true` only
  last_active_ = now;
  if (replicas_ > 0) return std::nullopt;
  return scale(std::max(1, options_.min_replicas), "StreamIsActive pushed activity");
}

std::optional<ScaleEvent> KedaModel::polled(const Poll& poll, base::SteadyTime now) {
  if (poll.active) last_active_ = now;
  if (replicas_ == 0) {
    if (!poll.active) return std::nullopt;
    return scale(std::max(1, options_.min_replicas), "IsActive said true");
  }
  if (!poll.active && now - last_active_ >= options_.cooldown && replicas_ > options_.min_replicas)
    return scale(options_.min_replicas,
                 fmt::format("inactive for the cooldown of {}", base::format_duration(options_.cooldown)));
  return scale_by_hpa(poll);
}

std::optional<ScaleEvent> KedaModel::scale_by_hpa(const Poll& poll) {
  const double ratio = poll.metric / (poll.target * replicas_);
  if (std::abs(ratio - 1.0) <= options_.tolerance) return std::nullopt;
  const int wanted = static_cast<int>(std::ceil(poll.metric / poll.target));
  const int to = std::clamp(wanted, std::max(1, options_.min_replicas), options_.max_replicas);
  return scale(to, fmt::format("HPA: metric {:.0f} / target {:.0f}", poll.metric, poll.target));
}

}  // namespace weir::cli

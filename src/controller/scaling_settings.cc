#include "controller/scaling_settings.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "base/field_errors.h"
#include "base/parse.h"

namespace weir::controller {
namespace {

using kube::Json;

constexpr std::string_view kOwnPrefix = "autoscaling.weir.dev/";
constexpr std::string_view kKnativePrefix = "autoscaling.eventing.knative.dev/";
constexpr std::int64_t kMostReplicas = 10'000;
constexpr std::int64_t kDay = 86'400;

// A setting that is a number: its name behind the first two prefixes, its older spelling (empty: none), its place in
// spec.scaling, and what it may be.
struct NumberField {
  std::string_view name, legacy;
  const char* pointer;
  std::int64_t ScalingSettings::* member;
  std::int64_t least, most;
};

constexpr std::array<NumberField, 7> kNumbers{{
    {"min-scale", "autoscaling.knative.dev/minScale", "/spec/scaling/min", &ScalingSettings::min, 0, kMostReplicas},
    {"max-scale", "autoscaling.knative.dev/maxScale", "/spec/scaling/max", &ScalingSettings::max, 1, kMostReplicas},
    {"lag-threshold", "keda.autoscaling.knative.dev/kafkaLagThreshold", "/spec/scaling/lagThreshold",
     &ScalingSettings::lag_threshold, 1, INT64_MAX},
    {"activation-lag-threshold", "", "/spec/scaling/activationLagThreshold", &ScalingSettings::activation_lag_threshold,
     0, INT64_MAX},
    {"polling-interval", "keda.autoscaling.knative.dev/pollingInterval", "/spec/scaling/pollingInterval",
     &ScalingSettings::polling_interval, 1, kDay},
    {"cooldown-period", "keda.autoscaling.knative.dev/cooldownPeriod", "/spec/scaling/cooldownPeriod",
     &ScalingSettings::cooldown_period, 0, kDay},
    {"consumers-per-replica", "", "/spec/scaling/consumersPerReplica", &ScalingSettings::consumers_per_replica, 1,
     kMostReplicas},
}};

constexpr std::string_view kClass = "class";
constexpr std::string_view kLegacyClass = "autoscaling.knative.dev/class";

// The annotations of one object.
class Annotations {
 public:
  explicit Annotations(const Json& object) : annotations_(kube::at(object, "/metadata/annotations")) {}

  struct Found {
    std::string name, value;
  };

  // The first spelling that is there and not blank.
  std::optional<Found> find(std::string_view name, std::string_view legacy) const {
    for (const auto& spelling : {std::string(kOwnPrefix) + std::string(name),
                                 std::string(kKnativePrefix) + std::string(name), std::string(legacy)})
      if (const auto found = annotations_.find(spelling); !spelling.empty() && found != annotations_.end())
        if (const auto value = base::trim(found->get_ref<const std::string&>()); !value.empty())
          return Found{spelling, std::string(value)};
    return std::nullopt;
  }

  void add_unknown(base::FieldErrors& errors) const {
    for (const auto& [name, value] : annotations_.items())
      for (const auto prefix : {kOwnPrefix, kKnativePrefix})
        if (name.starts_with(prefix) && !known(std::string_view(name).substr(prefix.size())))
          errors.add(name, "", "is no annotation that Weir knows; take it away or mend its spelling");
  }

 private:
  static bool known(std::string_view name) {
    return name == kClass || std::ranges::find(kNumbers, name, &NumberField::name) != kNumbers.end();
  }

  const Json& annotations_;
};

void read_class(const Json& object, const Annotations& annotations, ScalingSettings& settings,
                base::FieldErrors& errors) {
  const auto found = annotations.find(kClass, kLegacyClass);
  const auto value = found ? found->value : kube::text_at(object, "/spec/scaling/class");
  if (value == "disabled")
    settings.scaling_class = ScalingClass::kDisabled;
  else if (!value.empty() && value != "keda" && value != "keda.autoscaling.knative.dev")
    errors.add(found ? found->name : "spec.scaling.class", value, "must be keda or disabled");
}

std::string path_of(const char* pointer) {
  std::string path(pointer + 1);
  std::ranges::replace(path, '/', '.');
  return path;
}

// Returns the name of what gave the value.
std::string read_number(const Json& object, const Annotations& annotations, const NumberField& field,
                        ScalingSettings& settings, base::FieldErrors& errors) {
  settings.*field.member = kube::int_at(object, field.pointer, settings.*field.member);
  const auto found = annotations.find(field.name, field.legacy);
  if (!found) return path_of(field.pointer);
  const auto number = base::parse_int(found->value);
  if (number && *number >= field.least && *number <= field.most)
    settings.*field.member = *number;
  else if (field.most == INT64_MAX)
    errors.add(found->name, found->value, fmt::format("must be a whole number of at least {}", field.least));
  else
    errors.add(found->name, found->value, fmt::format("must be a whole number from {} to {}", field.least, field.most));
  return found->name;
}

std::vector<ScheduledReplicas> read_schedule(const Json& object) {
  std::vector<ScheduledReplicas> schedule;
  for (const Json& entry : kube::at(object, "/spec/scaling/schedule"))
    schedule.push_back({.timezone = kube::text_at(entry, "/timezone"),
                        .start = kube::text_at(entry, "/start"),
                        .end = kube::text_at(entry, "/end"),
                        .replicas = kube::int_at(entry, "/replicas")});
  return schedule;
}

}  // namespace

base::Result<ScalingSettings> read_scaling(const Json& object) {
  ScalingSettings settings;
  base::FieldErrors errors;
  const Annotations annotations(object);
  read_class(object, annotations, settings, errors);
  std::string min_name;
  for (const NumberField& field : kNumbers) {
    auto name = read_number(object, annotations, field, settings, errors);
    if (field.member == &ScalingSettings::min) min_name = std::move(name);
  }
  if (errors.empty() && settings.min > settings.max)
    errors.add(min_name, std::to_string(settings.min),
               fmt::format("must not be above the maximum, which is {}", settings.max));
  annotations.add_unknown(errors);
  settings.schedule = read_schedule(object);
  if (!errors.empty()) return std::unexpected(errors.to_error());
  return settings;
}

}  // namespace weir::controller

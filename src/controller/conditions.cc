#include "controller/conditions.h"

#include <algorithm>

#include "kube/time.h"

namespace weir::controller {
namespace {

using kube::Json;

// What the schema allows.
constexpr std::size_t kMostMessage = 2048;

}  // namespace

std::string_view to_string(ConditionStatus status) {
  switch (status) {
    case ConditionStatus::kTrue:
      return "True";
    case ConditionStatus::kFalse:
      return "False";
    case ConditionStatus::kUnknown:
      return "Unknown";
  }
  return "Unknown";
}

const Json& find_condition(const Json& conditions, std::string_view type) {
  static const Json nothing;
  for (const Json& condition : conditions)
    if (condition.is_object() && kube::text_at(condition, "/type") == type) return condition;
  return nothing;
}

Json render_conditions(const Json& before, const std::vector<Condition>& wanted, std::int64_t generation,
                       base::SystemTime now) {
  Json list = Json::array();
  for (const Condition& condition : wanted) {
    const Json& old = find_condition(before, condition.type);
    const bool same = kube::text_at(old, "/status") == to_string(condition.status);
    list.push_back({{"type", condition.type},
                    {"status", to_string(condition.status)},
                    {"reason", condition.reason},
                    {"message", condition.message.substr(0, kMostMessage)},
                    {"observedGeneration", generation},
                    {"lastTransitionTime", same ? kube::text_at(old, "/lastTransitionTime") : kube::format_time(now)}});
  }
  return list;
}

bool is_bad(const Condition& condition) {
  return condition.status == ConditionStatus::kFalse || condition.reason == "MinAbovePartitions";
}

std::vector<Condition> turned(const Json& before, const std::vector<Condition>& wanted) {
  std::vector<Condition> news;
  for (const Condition& condition : wanted) {
    const Json& old = find_condition(before, condition.type);
    const bool known = old.is_object();
    const bool differs = kube::text_at(old, "/status") != to_string(condition.status) ||
                         kube::text_at(old, "/reason") != condition.reason;
    if (known ? differs : condition.status != ConditionStatus::kTrue || is_bad(condition)) news.push_back(condition);
  }
  return news;
}

}  // namespace weir::controller

#include "crowd_groups.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace weir::test {
namespace {

constexpr std::array<std::string_view, 16> kTopics{
    "orders",   "payments",     "invoices", "shipments", "returns", "emails",  "clicks",        "audit-log",
    "accounts", "search-index", "prices",   "inventory", "fraud",   "reviews", "subscriptions", "notifications"};
constexpr std::array<std::string_view, 5> kRoles{"worker", "projector", "exporter", "enricher", "archiver"};
constexpr int kNamespaces = 37;
constexpr int kLeastRecords = 300;

CrowdKind kind_of(int number) {
  if (number % 400 == 7) return CrowdKind::kNoTopic;
  if (number % 1000 == 13) return CrowdKind::kAway;
  if (number % 1250 == 17) return CrowdKind::kRefused;
  if (number % 2500 == 19) return CrowdKind::kInvalid;
  if (number % 2500 == 23 || number % 2500 == 24) return CrowdKind::kOverQuota;
  const int roll = number * 61 % 101;
  if (roll < 6) return CrowdKind::kNew;
  return roll < 40 ? CrowdKind::kBehind : CrowdKind::kIdle;
}

// What differs from a trigger that is well.
void apply_kind(CrowdGroup& one) {
  auto& metadata = one.object.metadata;
  switch (one.kind) {
    case CrowdKind::kNew:
      metadata["offsetResetPolicy"] = "earliest";
      break;
    case CrowdKind::kNoTopic:
      metadata["topic"] = one.topic + "-v2";
      break;
    case CrowdKind::kAway:
      metadata["bootstrapServers"] = "127.0.0.1:1";
      break;
    case CrowdKind::kRefused:
      metadata.erase("bootstrapServers");
      metadata["clusterRef"] = "secured";
      break;
    case CrowdKind::kInvalid:
      metadata["lagThreshold"] = "many";
      break;
    case CrowdKind::kOverQuota:
      one.object.ns = "crowded";
      break;
    case CrowdKind::kIdle:
    case CrowdKind::kBehind:
      break;
  }
}

// Limits of several sorts, so that each reason of a decision occurs.
void apply_limits(int number, std::map<std::string, std::string>& metadata) {
  if (number % 5 == 0) metadata["hpaMaxReplicas"] = "4";
  if (number % 23 == 0) metadata["minScale"] = "2";
  if (number % 29 == 0) metadata["maxScale"] = "3";
  if (number % 31 == 0) metadata["limitToPartitionsWithLag"] = "true";
}

CrowdGroup crowd_group(int number, const std::string& bootstrap) {
  const auto at = static_cast<std::size_t>(number);
  const auto topic = kTopics[at % kTopics.size()];
  const auto role = kRoles[(at / kTopics.size()) % kRoles.size()];
  CrowdGroup one{.kind = kind_of(number),
                 .topic = std::string(topic),
                 .group = fmt::format("{}.{}.{:04}", topic, role, number),
                 .lag = 1 + number * 37 % (kLeastRecords - 20),
                 .object = {.ns = fmt::format("team-{:02}", number % kNamespaces),
                            .name = fmt::format("{}-{}-{:04}", topic, role, number),
                            .metadata = {}}};
  if (number % 97 == 5) one.object.name += "-with-a-name-that-somebody-made-from-all-that-they-knew-about-it";
  one.object.metadata = {{"bootstrapServers", bootstrap},
                         {"consumerGroup", one.group},
                         {"topic", one.topic},
                         {"lagThreshold", number % 3 == 0 ? "20" : "100"}};
  apply_limits(number, one.object.metadata);
  apply_kind(one);
  return one;
}

}  // namespace

std::vector<CrowdTopic> crowd_topics() {
  std::vector<CrowdTopic> topics;
  for (const auto name : kTopics)
    topics.push_back({std::string(name), kLeastRecords + 150 * static_cast<int>(topics.size())});
  return topics;
}

std::vector<CrowdGroup> crowd_groups(int count, const std::string& bootstrap) {
  std::vector<CrowdGroup> groups;
  groups.reserve(static_cast<std::size_t>(count));
  for (int number = 0; number < count; ++number)
    groups.push_back(crowd_group(number, bootstrap));
  constexpr std::string_view kMarkup =
      "<img src=x onerror=document.title='taken'><script>document.title='taken'</script>";
  groups.front().object.name = groups.front().object.metadata["consumerGroup"] = groups.front().group = kMarkup;
  return groups;
}

}  // namespace weir::test

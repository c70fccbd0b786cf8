#include "worker/assignment.h"

#include <utility>

namespace weir::worker {
namespace {

using base::ErrorCode;
using base::Result;
using kube::Json;

constexpr std::int64_t kVersion = 1;

std::vector<std::string> texts_at(const Json& object, const char* pointer) {
  std::vector<std::string> texts;
  for (const Json& text : kube::at(object, pointer))
    if (text.is_string()) texts.push_back(text.get<std::string>());
  return texts;
}

Result<GroupEntry> read_group(const Json& object) {
  GroupEntry entry{.ns = kube::text_at(object, "/namespace"),
                   .name = kube::text_at(object, "/name"),
                   .uid = kube::text_at(object, "/uid"),
                   .vreplicas = static_cast<int>(kube::int_at(object, "/vreplicas")),
                   .bootstrap_servers = texts_at(object, "/bootstrapServers"),
                   .cluster_ref = kube::text_at(object, "/clusterRef"),
                   .topics = texts_at(object, "/topics"),
                   .group_id = kube::text_at(object, "/groupId"),
                   .initial_offset = kube::text_at(object, "/initialOffset"),
                   .auth = kube::at(object, "/auth")};
  const auto missing = [&](const char* field) {
    return base::fail(ErrorCode::kInvalidArgument, "group {}/{} has no {}", entry.ns, entry.name, field);
  };
  if (entry.uid.empty()) return missing("uid");
  if (entry.vreplicas < 1) return missing("vreplicas of 1 or more");
  if (entry.bootstrap_servers.empty() == entry.cluster_ref.empty())
    return missing("bootstrapServers or clusterRef, or has both");
  if (entry.topics.empty()) return missing("topics");
  if (entry.group_id.empty()) return missing("groupId");
  return entry;
}

}  // namespace

Result<Assignment> read_assignment(const Json& config_map) {
  const auto text = kube::text_at(config_map, "/data/assignment.json");
  const Json document = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded() || !document.is_object())
    return base::fail(ErrorCode::kInvalidArgument, "assignment.json is no JSON object");
  const auto version = kube::int_at(document, "/version");
  if (version != kVersion)
    return base::fail(ErrorCode::kInvalidArgument, "version {} is not {}: this data plane is too old", version,
                      kVersion);
  Assignment assignment{.generation = kube::int_at(document, "/generation"), .groups = {}};
  if (assignment.generation < 1) return base::fail(ErrorCode::kInvalidArgument, "generation is missing");
  for (const Json& object : kube::at(document, "/groups")) {
    auto entry = read_group(object);
    if (!entry) return std::unexpected(entry.error());
    assignment.groups.push_back(*std::move(entry));
  }
  return assignment;
}

}  // namespace weir::worker

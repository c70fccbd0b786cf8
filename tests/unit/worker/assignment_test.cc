#include "worker/assignment.h"

#include <gmock/gmock.h>

namespace weir::worker {
namespace {

using kube::Json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Json entry() {
  return {{"namespace", "shop"},
          {"name", "orders"},
          {"uid", "0b8a"},
          {"generation", 5},
          {"vreplicas", 3},
          {"bootstrapServers", {"kafka-1:9092", "kafka-2:9092"}},
          {"topics", {"orders", "returns"}},
          {"groupId", "orders"},
          {"initialOffset", "earliest"},
          {"auth", {{"secretRef", {{"namespace", "shop"}, {"name", "kafka"}}}}}};
}

Json config_map(const Json& groups, const Json& version = 1, const Json& generation = 7) {
  const Json document{{"version", version}, {"generation", generation}, {"groups", groups}};
  return {{"data", {{"assignment.json", document.dump()}}}};
}

TEST(Assignment, ReadsWhatTheControllerWrites) {
  auto further = entry();
  further["somethingNew"] = 1;
  const auto read = read_assignment(config_map(Json::array({further})));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->generation, 7);
  ASSERT_EQ(read->groups.size(), 1U);
  const GroupEntry& group = read->groups[0];
  EXPECT_EQ(group.uid, "0b8a");
  EXPECT_EQ(group.vreplicas, 3);
  EXPECT_THAT(group.bootstrap_servers, ElementsAre("kafka-1:9092", "kafka-2:9092"));
  EXPECT_THAT(group.topics, ElementsAre("orders", "returns"));
  EXPECT_EQ(group.initial_offset, "earliest");
  EXPECT_EQ(kube::text_at(group.auth, "/secretRef/name"), "kafka");
  EXPECT_TRUE(read_assignment(config_map(Json::array()))->groups.empty());
}

Json without(const char* field) {
  auto changed = entry();
  changed.erase(field);
  return config_map(Json::array({changed}));
}

Json with(const char* field, const Json& value) {
  auto changed = entry();
  changed[field] = value;
  return config_map(Json::array({changed}));
}

struct Row {
  std::string is;
  Json config_map;
  std::string says;
};

TEST(Assignment, SaysWhatItDoesNotUnderstand) {
  const std::vector<Row> rows{
      {"no assignment", {{"data", {{"other", "{}"}}}}, "is no JSON object"},
      {"no JSON", {{"data", {{"assignment.json", "{"}}}}, "is no JSON object"},
      {"a later version", config_map(Json::array({entry()}), 2), "version 2 is not 1"},
      {"no generation", config_map(Json::array({entry()}), 1, nullptr), "generation is missing"},
      {"a group without uid", without("uid"), "group shop/orders has no uid"},
      {"a group without consumers", with("vreplicas", 0), "group shop/orders has no vreplicas of 1 or more"},
      {"a group without topics", with("topics", Json::array()), "group shop/orders has no topics"},
      {"a group without group.id", without("groupId"), "group shop/orders has no groupId"},
      {"a group that nobody knows where to read", without("bootstrapServers"), "has no bootstrapServers or clusterRef"},
      {"a group in two clusters", with("clusterRef", "prod"), "or has both"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.is);
    const auto read = read_assignment(row.config_map);
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().message, HasSubstr(row.says));
  }
}

}  // namespace
}  // namespace weir::worker

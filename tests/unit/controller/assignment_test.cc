#include "controller/assignment.h"

#include <gmock/gmock.h>

#include "controller/assignment_table.h"
#include "group_fixture.h"
#include "pool_fixture.h"

namespace weir::controller {
namespace {

using kube::Json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const kube::ObjectKey kOrdersGroup{"shop", "orders"}, kReturns{"shop", "returns"};

TEST(AssignmentEntry, HasWhatAConsumerNeeds) {
  EXPECT_EQ(assignment_entry(orders()), Json::parse(R"({
    "namespace": "shop", "name": "orders", "uid": "u-1", "bootstrapServers": ["kafka:9092", "kafka-2:9092"],
    "topics": ["orders"], "groupId": "billing", "initialOffset": "latest"})"));
}

TEST(AssignmentEntry, NamesSecretsWithTheirNamespaceAndNeverTheirValues) {
  auto group = orders();
  group["spec"]["auth"] = Json::parse(R"({
    "sasl": {"usernameFrom": {"name": "kafka", "key": "user"}, "passwordFrom": {"name": "kafka", "key": "password"}},
    "tls": {"caFrom": {"name": "ca", "key": "ca.crt"}}})");
  EXPECT_EQ(assignment_entry(group).at("auth"), Json::parse(R"({
    "sasl": {"mechanism": "PLAIN", "usernameFrom": {"namespace": "shop", "name": "kafka", "key": "user"},
             "passwordFrom": {"namespace": "shop", "name": "kafka", "key": "password"}},
    "tls": {"enabled": true, "caFrom": {"namespace": "shop", "name": "ca", "key": "ca.crt"}}})"));
  group["spec"].erase("auth");
  group["spec"]["secretRef"] = {{"name", "kafka"}};
  EXPECT_EQ(assignment_entry(group).at("auth"),
            Json::parse(R"({"secretRef": {"namespace": "shop", "name": "kafka"}})"));
  group["spec"].erase("secretRef");
  group["spec"].erase("bootstrapServers");
  group["spec"]["clusterRef"] = "prod";
  EXPECT_EQ(assignment_entry(group).at("clusterRef"), "prod");
}

// The ConfigMap that the API server would have after a write.
Assignment written(const AssignmentWrite& write, const std::string& uid = "c-1") {
  auto object = write.object;
  object["metadata"]["uid"] = uid;
  object["metadata"]["resourceVersion"] = "100";
  trim_assignment(object);
  return read_assignment(object);
}

Json groups_of(const AssignmentWrite& write) {
  return Json::parse(write.object.at("data").at("assignment.json").get<std::string>()).at("groups");
}

std::int64_t generation_of(const AssignmentWrite& write) {
  return Json::parse(write.object.at("data").at("assignment.json").get<std::string>()).at("generation");
}

class AssignmentTableTest : public ::testing::Test {
 protected:
  AssignmentTableTest() {
    table_.set_pool_uid("s-1");
    table_.describe(kOrdersGroup, assignment_entry(group_json("shop", "orders", 3)));
    table_.describe(kReturns, assignment_entry(group_json("shop", "returns", 3)));
  }
  void write_all() {
    for (const auto pod : table_.stale())
      table_.observe(pod, written(table_.write_of(pod, false)));
  }

  AssignmentTable table_{{"weir", "dispatcher"}};
};

TEST_F(AssignmentTableTest, TheFirstIsCreatedAndLaterOnesNameTheOneBefore) {
  EXPECT_THAT(table_.stale(), IsEmpty());
  table_.put(0, kOrdersGroup, 3);
  ASSERT_THAT(table_.stale(), ElementsAre(0));
  const auto first = table_.write_of(0, false);
  EXPECT_TRUE(first.create);
  EXPECT_FALSE(first.object.at("metadata").contains("resourceVersion"));
  EXPECT_EQ(first.object.at("metadata").at("name"), "dispatcher-0");
  EXPECT_EQ(first.object.at("metadata").at("ownerReferences").at(0).at("uid"), "s-1");
  table_.observe(0, written(first));
  EXPECT_THAT(table_.stale(), IsEmpty());
  table_.put(0, kOrdersGroup, 4);
  const auto second = table_.write_of(0, false);
  EXPECT_FALSE(second.create);
  EXPECT_EQ(second.object.at("metadata").at("resourceVersion"), "100");
  EXPECT_EQ(generation_of(second), generation_of(first) + 1);
}

TEST_F(AssignmentTableTest, AnEntryKeepsTheGenerationOfItsLastChange) {
  table_.put(0, kOrdersGroup, 3);
  write_all();
  table_.put(0, kReturns, 1);
  const auto write = table_.write_of(0, false);
  EXPECT_EQ(groups_of(write).at(0).at("generation"), 1);
  EXPECT_EQ(groups_of(write).at(1).at("generation"), 2);
  table_.observe(0, written(write));
  EXPECT_TRUE(table_.is_applied(0, kOrdersGroup, 1));
  EXPECT_FALSE(table_.is_applied(0, kReturns, 1));
  EXPECT_TRUE(table_.is_applied(0, kReturns, 2));
}

TEST_F(AssignmentTableTest, WhatIsLostIsWrittenBeforeWhatIsGained) {
  table_.put(0, kOrdersGroup, 3);
  table_.put(1, kReturns, 1);
  write_all();
  table_.put(0, kOrdersGroup, 1);
  table_.put(0, kReturns, 1);
  table_.put(1, kOrdersGroup, 2);
  EXPECT_THAT(table_.losing(), ElementsAre(0));
  const auto removal = table_.write_of(0, true);
  ASSERT_EQ(groups_of(removal).size(), 1U);
  EXPECT_EQ(groups_of(removal).at(0).at("vreplicas"), 1);
  table_.observe(0, written(removal));
  EXPECT_THAT(table_.losing(), IsEmpty());
  EXPECT_THAT(table_.stale(), ElementsAre(0, 1));
  write_all();
  EXPECT_THAT(table_.stale(), IsEmpty());
}

TEST_F(AssignmentTableTest, AnotherDescriptionReachesEveryPodOfTheGroup) {
  table_.put(0, kOrdersGroup, 1);
  table_.put(1, kOrdersGroup, 1);
  table_.put(2, kReturns, 1);
  write_all();
  auto changed = group_json("shop", "orders", 3);
  changed["spec"]["topics"] = {"orders", "more"};
  table_.describe(kOrdersGroup, assignment_entry(changed));
  EXPECT_THAT(table_.stale(), ElementsAre(0, 1));
  table_.forget(kReturns);
  EXPECT_THAT(table_.stale(), ElementsAre(0, 1, 2));
}

TEST_F(AssignmentTableTest, OldNewsEditsAndLossesAreToldApart) {
  table_.put(0, kOrdersGroup, 1);
  const auto first = written(table_.write_of(0, false));
  table_.observe(0, first);
  table_.put(0, kOrdersGroup, 2);
  write_all();
  table_.observe(0, first);
  EXPECT_THAT(table_.stale(), IsEmpty()) << "old news";
  auto edited = first;
  edited.generation = 7;
  table_.observe(0, edited);
  EXPECT_THAT(table_.stale(), ElementsAre(0)) << "an edit";
  EXPECT_EQ(generation_of(table_.write_of(0, false)), 8);
  table_.lost(0, "another");
  EXPECT_FALSE(table_.write_of(0, false).create);
  table_.lost(0, "c-1");
  EXPECT_TRUE(table_.write_of(0, false).create);
  EXPECT_EQ(generation_of(table_.write_of(0, false)), 8) << "never down";
}

TEST_F(AssignmentTableTest, CountsOnFromWhatThePodAcknowledged) {
  table_.acknowledged(0, 41);
  table_.put(0, kOrdersGroup, 1);
  EXPECT_EQ(generation_of(table_.write_of(0, false)), 42);
}

TEST_F(AssignmentTableTest, AnotherOwnerAndAnUnknownFormatAreWrittenAnew) {
  table_.put(0, kOrdersGroup, 1);
  write_all();
  table_.set_pool_uid("s-2");
  EXPECT_THAT(table_.stale(), ElementsAre(0));
  write_all();
  auto broken = written(table_.write_of(0, false));
  broken.intact = false;
  table_.observe(0, broken);
  EXPECT_THAT(table_.stale(), ElementsAre(0));
}

TEST(Assignment, AStrangersConfigMapIsKnownByItsLabel) {
  Json object{{"metadata", {{"uid", "x"}, {"resourceVersion", "1"}}}, {"data", {{"assignment.json", "no json"}}}};
  trim_assignment(object);
  const auto read = read_assignment(object);
  EXPECT_FALSE(read.ours);
  EXPECT_FALSE(read.intact);
  AssignmentTable table{{"weir", "dispatcher"}};
  table.refresh(0, read);
  EXPECT_TRUE(table.is_foreign(0));
}

}  // namespace
}  // namespace weir::controller

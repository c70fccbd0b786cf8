#include "access/trigger_match.h"

#include <gtest/gtest.h>

namespace weir::access {
namespace {

using kube::Json;

Json object_with(const Json& triggers) {
  return {{"metadata", {{"namespace", "shop"}, {"name", "orders"}, {"uid", "u-1"}, {"resourceVersion", "7"}}},
          {"spec", {{"triggers", triggers}, {"pollingInterval", 5}}},
          {"status", {{"conditions", Json::array()}}}};
}

const Json kTrigger{
    {"type", "external-push"},
    {"metadata", {{"topic", "orders"}, {"authSecret", "kafka"}, {"bootstrapServersFromEnv", "BROKERS"}}}};

TEST(TriggerMatch, WhatKedaMaySend) {
  struct Row {
    const char* name;
    Json triggers;
    Metadata sent;
    bool matches;
  };
  const Json cron{{"type", "cron"}, {"metadata", {{"topic", "orders"}, {"authSecret", "kafka"}}}};
  const Json pull{{"type", "external"}, {"metadata", {{"topic", "orders"}}}};
  const Row rows[] = {
      {"every key as it stands, the variable's value for its name",
       {kTrigger},
       {{"topic", "orders"}, {"authSecret", "kafka"}, {"bootstrapServersFromEnv", "kafka:9092"}},
       true},
      {"a variable that is not set is left out", {kTrigger}, {{"topic", "orders"}, {"authSecret", "kafka"}}, true},
      {"a key that the trigger lacks",
       {kTrigger},
       {{"topic", "orders"}, {"authSecret", "kafka"}, {"bootstrapServers", "attacker:9092"}},
       false},
      {"a variable that the trigger lacks",
       {kTrigger},
       {{"topic", "orders"}, {"authSecret", "kafka"}, {"topicFromEnv", "orders"}},
       false},
      {"a key that the caller left out", {kTrigger}, {{"topic", "orders"}}, false},
      {"another value", {kTrigger}, {{"topic", "orders"}, {"authSecret", "other"}}, false},
      {"a trigger of another scaler", {cron}, {{"topic", "orders"}, {"authSecret", "kafka"}}, false},
      {"any of several triggers", {cron, pull, kTrigger}, {{"topic", "orders"}}, true},
      {"parts of two triggers", {pull, kTrigger}, {{"authSecret", "kafka"}}, false},
      {"no trigger", Json::array(), {}, false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    auto object = object_with(row.triggers);
    EXPECT_EQ(has_trigger(object, row.sent), row.matches);
    keep_triggers(object);
    EXPECT_EQ(has_trigger(object, row.sent), row.matches) << "trimmed";
  }
}

TEST(TriggerMatch, TrimmingKeepsWhatNamesTheObject) {
  auto object = object_with({kTrigger});
  keep_triggers(object);
  EXPECT_EQ(kube::key_of(object), (kube::ObjectKey{"shop", "orders"}));
  EXPECT_EQ(kube::uid_of(object), "u-1");
  EXPECT_EQ(kube::resource_version_of(object), "7");
  EXPECT_FALSE(object.contains("status"));
}

TEST(TriggerMatch, WhatIsNoScaledObjectMatchesNothing) {
  for (const Json& object : {Json(), Json::object(), Json{{"spec", {{"triggers", "none"}}}},
                             Json{{"spec", {{"triggers", Json::array({Json{{"type", "external"}}})}}}}})
    EXPECT_FALSE(has_trigger(object, {})) << object.dump();
}

}  // namespace
}  // namespace weir::access

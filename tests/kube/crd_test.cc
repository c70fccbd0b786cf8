#include <gmock/gmock.h>

#include "kube_fixture.h"

namespace weir {
namespace {

using controller::consumer_group_resource;
using kube::Json;
using ::testing::HasSubstr;

class Crd : public KubeTest {
 protected:
  const std::string ns_ = make_namespace();
};

TEST_F(Crd, FillsInWhatTheUserLeavesOut) {
  const auto made = admin_.create(consumer_group_resource(), group_yaml(ns_, "orders"));
  ASSERT_TRUE(made) << made.error().message;
  const Json scaling = Json::parse(R"({"class": "keda", "min": 0, "max": 50, "lagThreshold": 100, "cooldownPeriod": 30,
    "activationLagThreshold": 0, "pollingInterval": 10, "consumersPerReplica": 1})");
  EXPECT_EQ(kube::at(*made, "/spec/scaling"), scaling);
  EXPECT_EQ(kube::int_at(*made, "/spec/replicas"), 1);
  EXPECT_EQ(kube::int_at(*made, "/spec/vreplicaCost"), 1);
  EXPECT_EQ(kube::text_at(*made, "/spec/initialOffset"), "latest");
}

struct Row {
  const char* name;
  std::function<void(Json& spec)> change;
  const char* message;
};

TEST_F(Crd, RefusesWhatCannotBeMeantInWordsThatHelp) {
  const Row rows[] = {
      {"neither brokers nor a profile", [](Json& spec) { spec.erase("bootstrapServers"); },
       "give either bootstrapServers or clusterRef, and not both"},
      {"both of them", [](Json& spec) { spec["clusterRef"] = "prod"; },
       "give either bootstrapServers or clusterRef, and not both"},
      {"a broker without a port", [](Json& spec) { spec["bootstrapServers"] = {"kafka"}; },
       "spec.bootstrapServers: Invalid value: each must be host:port, such as kafka:9092"},
      {"the same broker twice", [](Json& spec) { spec["bootstrapServers"] = {"kafka:1", "kafka:1"}; },
       "Duplicate value: \"kafka:1\""},
      {"no topics", [](Json& spec) { spec["topics"] = Json::array(); }, "should have at least 1 items"},
      {"no list of topics at all", [](Json& spec) { spec.erase("topics"); }, "spec.topics: Required value"},
      {"a topic that Kafka would refuse", [](Json& spec) { spec["topics"] = {"or ders"}; },
       "each must be the name of a topic"},
      {"an empty group", [](Json& spec) { spec["groupId"] = ""; }, "must be the group.id of the consumers"},
      {"an unknown offset", [](Json& spec) { spec["initialOffset"] = "oldest"; },
       "Unsupported value: \"oldest\": supported values: \"latest\", \"earliest\""},
      {"too many replicas", [](Json& spec) { spec["replicas"] = 10'001; }, "should be less than or equal to 10000"},
      {"replicas that cost nothing", [](Json& spec) { spec["vreplicaCost"] = 0; },
       "spec.vreplicaCost in body should be greater than or equal to 1"},
      {"replicas that cost more than any pod has", [](Json& spec) { spec["vreplicaCost"] = 1001; },
       "spec.vreplicaCost in body should be less than or equal to 1000"},
      {"min above max", [](Json& spec) { spec["scaling"] = {{"min", 5}, {"max", 4}}; }, "min must not be above max"},
      {"min above the default of max", [](Json& spec) { spec["scaling"] = {{"min", 51}}; },
       "min must not be above max"},
      {"a threshold of 0", [](Json& spec) { spec["scaling"] = {{"lagThreshold", 0}}; },
       "spec.scaling.lagThreshold in body should be greater than or equal to 1"},
      {"an unknown class", [](Json& spec) { spec["scaling"] = {{"class", "hpa"}}; },
       "supported values: \"keda\", \"disabled\""},
      {"a schedule without an end",
       [](Json& spec) {
         spec["scaling"] = {
             {"schedule", Json::array({Json{{"timezone", "UTC"}, {"start", "0 8 * * *"}, {"replicas", 1}}})}};
       },
       "spec.scaling.schedule[0].end: Required value"},
      {"a schedule that is no cron expression",
       [](Json& spec) {
         spec["scaling"] = {
             {"schedule",
              Json::array({Json{{"timezone", "UTC"}, {"start", "at eight"}, {"end", "0 9 * * *"}, {"replicas", 1}}})}};
       },
       "must be a cron expression of five fields, such as 0 8 * * 1-5"},
      {"two kinds of credentials",
       [](Json& spec) {
         spec["secretRef"] = {{"name", "kafka"}};
         spec["auth"] = Json::object();
       },
       "give either auth or secretRef, and not both"},
      {"credentials beside a profile",
       [](Json& spec) {
         spec.erase("bootstrapServers");
         spec["clusterRef"] = "prod";
         spec["secretRef"] = {{"name", "kafka"}};
       },
       "clusterRef brings its own credentials"},
      {"a user without a password",
       [](Json& spec) { spec["auth"] = {{"sasl", {{"usernameFrom", {{"name", "k"}, {"key", "u"}}}}}}; },
       "spec.auth.sasl.passwordFrom: Required value"},
      {"a certificate without its key",
       [](Json& spec) { spec["auth"] = {{"tls", {{"certFrom", {{"name", "k"}, {"key", "c"}}}}}}; },
       "certFrom and keyFrom need each other"},
      {"a Secret that cannot exist", [](Json& spec) { spec["secretRef"] = {{"name", "../x"}}; },
       "must be the name of a Secret"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    auto object = group_yaml(ns_, "refused");
    row.change(object["spec"]);
    const auto made = admin_.create(consumer_group_resource(), object);
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().status, 422);
    EXPECT_THAT(made.error().message, HasSubstr(row.message));
  }
}

TEST_F(Crd, HasAScaleThatNeedsNoStatus) {
  ASSERT_TRUE(admin_.create(consumer_group_resource(), group_yaml(ns_, "orders")));
  EXPECT_THAT(cluster_->kubectl("-n " + ns_ + " scale consumergroup orders --replicas=60"), HasSubstr("scaled"));
  EXPECT_EQ(kube::int_at(get(consumer_group_resource(), {ns_, "orders"}), "/spec/replicas"), 60);
}

TEST_F(Crd, ApplyingAndPatchingAGroupKeepsItsReplicas) {
  const auto yaml = group_yaml(ns_, "orders").dump();
  cluster_->kubectl("apply -f -", yaml);
  cluster_->kubectl("-n " + ns_ + " scale cg orders --replicas=7");
  auto changed = Json::parse(yaml);
  changed["spec"]["scaling"] = {{"max", 20}};
  cluster_->kubectl("apply -f -", changed.dump());
  cluster_->kubectl("apply --server-side --force-conflicts -f -", yaml);
  cluster_->kubectl("-n " + ns_ + R"( patch cg orders --type=merge -p '{"spec": {"scaling": {"max": 30}}}')");
  const auto now = get(consumer_group_resource(), {ns_, "orders"});
  EXPECT_EQ(kube::int_at(now, "/spec/replicas"), 7);
  EXPECT_EQ(kube::int_at(now, "/spec/scaling/max"), 30);
}

TEST_F(Crd, ShowsItsColumnsUnderItsShortName) {
  ASSERT_TRUE(admin_.create(consumer_group_resource(), group_yaml(ns_, "orders")));
  const auto table = cluster_->kubectl("-n " + ns_ + " get cg");
  for (const char* column : {"NAME", "READY", "REPLICAS", "LAG", "POOL", "AGE"})
    EXPECT_THAT(table, HasSubstr(column));
  EXPECT_THAT(cluster_->kubectl("-n " + ns_ + " get weir"), HasSubstr("orders")) << "by its category";
}

}  // namespace
}  // namespace weir

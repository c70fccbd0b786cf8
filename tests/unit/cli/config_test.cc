#include "cli/config.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::cli {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Settings parsed(const std::string& text) {
  Settings settings;
  const auto result = parse_config(text, "etc/weir.yaml", settings);
  EXPECT_TRUE(result) << result.error().message;
  return settings;
}

std::string error_of(const std::string& text) {
  Settings settings;
  const auto result = parse_config(text, "etc/weir.yaml", settings);
  if (result) return "no error";
  EXPECT_EQ(result.error().code, base::ErrorCode::kInvalidArgument);
  return result.error().message;
}

TEST(Config, AnEmptyFileLeavesTheDefaults) {
  const Settings settings = parsed("");
  EXPECT_EQ(settings.listen, "0.0.0.0:9090");
  EXPECT_EQ(settings.refresh_interval, milliseconds(5000));
  EXPECT_FALSE(settings.allowed_brokers);
  EXPECT_EQ(settings.limits.of("any").sessions, 100u);
}

TEST(Config, EveryKeyIsTaken) {
  const Settings settings = parsed(R"(
listen: 127.0.0.1:1
httpListen: 127.0.0.1:2
secretsDir: /secrets
refreshInterval: 2s
watchAfter: 8s
maxStale: 30s
maxStreamAge: 10m
shutdownGrace: 500ms
streamMetricSpec: true
reflection: true
metricsMaxTriggers: 7
kafkaClient: wire
tls: {certificate: server.crt, key: /abs/server.key, clientCa: ca.crt}
callers: {allowedClients: [keda-operator]}
allowedBrokers: ["kafka-*:9092"]
log: {format: json, level: warn, levels: {kafka: debug}}
)");
  EXPECT_EQ(settings.listen, "127.0.0.1:1");
  EXPECT_EQ(settings.http_listen, "127.0.0.1:2");
  EXPECT_EQ(settings.secrets_dir, "/secrets");
  EXPECT_EQ(settings.refresh_interval, milliseconds(2000));
  EXPECT_EQ(settings.watch_after, milliseconds(8000));
  EXPECT_EQ(settings.max_stale, milliseconds(30'000));
  EXPECT_EQ(settings.max_stream_age, milliseconds(600'000));
  EXPECT_EQ(settings.shutdown_grace, milliseconds(500));
  EXPECT_TRUE(settings.stream_metric_spec);
  EXPECT_TRUE(settings.reflection);
  EXPECT_EQ(settings.metrics_max_triggers, 7u);
  EXPECT_EQ(settings.kafka_client, kafka::ClientChoice::kWire);
  ASSERT_TRUE(settings.tls);
  EXPECT_EQ(settings.tls->certificate, "etc/server.crt") << "relative to the file's folder";
  EXPECT_EQ(settings.tls->key, "/abs/server.key");
  EXPECT_EQ(settings.tls->client_ca, "etc/ca.crt");
  EXPECT_THAT(settings.allowed_clients, ElementsAre("keda-operator"));
  EXPECT_THAT(*settings.allowed_brokers, ElementsAre("kafka-*:9092"));
  EXPECT_EQ(settings.log.format, telemetry::LogFormat::kJson);
  EXPECT_EQ(settings.log.level, telemetry::LogLevel::kWarn);
  EXPECT_EQ(settings.log.levels.at("kafka"), telemetry::LogLevel::kDebug);
}

TEST(Config, AClusterHasBrokersNamespacesAndCredentials) {
  const Settings settings = parsed(R"(
clusters:
  prod:
    bootstrapServers: [kafka-1:9092, kafka-2:9092]
    namespaces: [shop-*, billing]
    auth: {sasl: scram_sha512, username: weir, passwordFile: password, tls: enable}
  open: {bootstrapServers: [kafka:9092], namespaces: ["*"]}
  stored: {bootstrapServers: [kafka:9092], namespaces: [a], secret: weir/kafka}
)");
  const ClusterProfile& prod = settings.clusters.at("prod");
  EXPECT_THAT(prod.bootstrap_servers, ElementsAre("kafka-1:9092", "kafka-2:9092"));
  EXPECT_TRUE(prod.restricted());
  EXPECT_EQ(prod.auth.at("username").reveal(), "weir");
  EXPECT_EQ(prod.auth_files.at("password"), "etc/password");
  EXPECT_FALSE(settings.clusters.at("open").restricted());
  EXPECT_EQ(settings.clusters.at("stored").secret, std::pair(std::string("weir"), std::string("kafka")));
}

TEST(Config, LimitsGoByNameThenByGlobThenByDefault) {
  const LimitSettings limits = parsed(R"(
limits:
  default: {triggers: 10, streams: 20, partitions: 30, sessions: 40, metadataBytes: 50}
  namespaces:
    shop-*: {triggers: 100}
    shop-a: {sessions: 1}
)")
                                   .limits;
  EXPECT_EQ(limits.of("other").triggers.triggers, 10u);
  EXPECT_EQ(limits.of("other").triggers.streams, 20u);
  EXPECT_EQ(limits.of("other").triggers.partitions, 30);
  EXPECT_EQ(limits.of("other").sessions, 40u);
  EXPECT_EQ(limits.of("other").triggers.metadata_bytes, 50u);
  EXPECT_EQ(limits.of("shop-b").triggers.triggers, 100u);
  EXPECT_EQ(limits.of("shop-b").sessions, 40u) << "what an entry leaves out is the default's";
  EXPECT_EQ(limits.of("shop-a").triggers.triggers, 10u) << "the exact name counts alone";
  EXPECT_EQ(limits.of("shop-a").sessions, 1u);
}

struct BadRow {
  const char* name;
  const char* text;
  const char* error;  // the whole line
};

class BadConfig : public ::testing::TestWithParam<BadRow> {};

TEST_P(BadConfig, IsNamedByFileLineAndKey) {
  EXPECT_EQ(error_of(GetParam().text), GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BadConfig,
    ::testing::Values(
        BadRow{"an_unknown_key", "lissten: x", "etc/weir.yaml:1: lissten: unknown key; did you mean listen?"},
        BadRow{"an_unknown_key_like_none", "\nfrobnicate: 1", "etc/weir.yaml:2: frobnicate: unknown key"},
        BadRow{"an_unknown_key_inside", "log:\n  formt: json",
               "etc/weir.yaml:2: log.formt: unknown key; did you mean format?"},
        BadRow{"a_client_that_is_none", "kafkaClient: java",
               "etc/weir.yaml:1: kafkaClient: Kafka client \"java\": must be one of auto, wire, librdkafka"},
        BadRow{"a_key_twice", "listen: a:1\nlisten: b:1", "etc/weir.yaml:2: listen: is there twice; keep one"},
        BadRow{"a_list_for_a_text", "listen: [a]", "etc/weir.yaml:1: listen: must be a text, but is a list"},
        BadRow{"nothing_for_a_text", "listen:", "etc/weir.yaml:1: listen: must be a text, but is nothing"},
        BadRow{"a_text_for_a_list", "allowedBrokers: kafka:9092",
               "etc/weir.yaml:1: allowedBrokers \"kafka:9092\": must be a list of texts with at least one, such as [a, "
               "b]"},
        BadRow{"an_empty_list", "allowedBrokers: []",
               "etc/weir.yaml:1: allowedBrokers: must be a list of texts with at least one, such as [a, b]"},
        BadRow{"a_map_in_a_list", "allowedBrokers: [a, {b: c}]",
               "etc/weir.yaml:1: allowedBrokers[1]: must be a text, but is a map"},
        BadRow{"a_text_for_a_map", "limits: 5", "etc/weir.yaml:1: limits: must be a map, but is a text"},
        BadRow{"a_list_for_the_file", "- listen", "etc/weir.yaml:1: file: must be a map, but is a list"},
        BadRow{"a_duration_without_unit", "maxStale: 60",
               "etc/weir.yaml:1: maxStale \"60\": must be a duration with a unit of ms, s, m or h, such as 500ms, 5s "
               "or 50m"},
        BadRow{"a_word_for_a_count", "limits: {default: {triggers: many}}",
               "etc/weir.yaml:1: limits.default.triggers \"many\": must be a whole number of 1 or more"},
        BadRow{"a_count_of_0", "limits: {namespaces: {a: {sessions: 0}}}",
               "etc/weir.yaml:1: limits.namespaces.a.sessions \"0\": must be a whole number of 1 or more"},
        BadRow{"a_word_for_a_bool", "reflection: yes", "etc/weir.yaml:1: reflection \"yes\": must be true or false"},
        BadRow{"a_cluster_without_brokers", "clusters: {a: {namespaces: [x]}}",
               "etc/weir.yaml:1: clusters.a.bootstrapServers: is missing; list the brokers as host:port"},
        BadRow{
            "a_cluster_without_namespaces", "clusters: {a: {bootstrapServers: [x:1]}}",
            "etc/weir.yaml:1: clusters.a.namespaces: is missing; list the namespaces that may use the cluster, [\"*\"] "
            "for all"},
        BadRow{"a_value_and_its_file",
               "clusters: {a: {bootstrapServers: [x:1], namespaces: [n], auth: {username: u, usernameFile: f}}}",
               "etc/weir.yaml:1: clusters.a.auth.usernameFile: cannot stand beside username; keep one of them"},
        BadRow{"a_secret_without_namespace", "clusters: {a: {bootstrapServers: [x:1], namespaces: [n], secret: kafka}}",
               "etc/weir.yaml:1: clusters.a.secret \"kafka\": must be NAMESPACE/NAME of a Secret"},
        BadRow{"tls_without_key", "tls: {certificate: a}",
               "etc/weir.yaml:1: tls.key: is missing; name the file of the certificate's private key"}),
    [](const auto& row) { return row.param.name; });

TEST(Config, AllErrorsComeAtOnceInTheirOrder) {
  const std::string error = error_of("reflection: 7\nlissten: x\nmaxStale: soon\n");
  EXPECT_THAT(error,
              ::testing::MatchesRegex("etc/weir.yaml:1: reflection .*\netc/weir.yaml:2: lissten: .*\netc/weir.yaml:3: "
                                      "maxStale .*"));
}

TEST(Config, WrongCredentialsOfAClusterAreNamedWithoutTheirValue) {
  const std::string error =
      error_of("clusters: {a: {bootstrapServers: [x:1], namespaces: [n], auth: {sasl: plaintext, password: hunter2}}}");
  EXPECT_THAT(error, HasSubstr("clusters.a.auth"));
  EXPECT_THAT(error, HasSubstr("username"));
  EXPECT_THAT(error, Not(HasSubstr("hunter2")));
}

TEST(Config, APasswordOfTheWrongTypeIsNotShown) {
  const std::string error =
      error_of("clusters: {a: {bootstrapServers: [x:1], namespaces: [n], auth: {password: [hunter2]}}}");
  EXPECT_THAT(error, HasSubstr("clusters.a.auth.password"));
  EXPECT_THAT(error, Not(HasSubstr("hunter2")));
}

TEST(Config, TextThatIsNotYamlIsNamedWithItsLine) {
  EXPECT_THAT(error_of("listen: a\n  bad: [\n"), HasSubstr("etc/weir.yaml:2: not YAML: "));
}

TEST(Config, TwoDocumentsAreOneTooMany) {
  EXPECT_THAT(error_of("listen: a:1\n---\nlisten: b:1\n"), HasSubstr("holds 2 YAML documents"));
}

TEST(Config, AFileThatIsNotThereIsNamed) {
  Settings settings;
  const auto result = read_config("no/such.yaml", settings);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("no/such.yaml: cannot be read"));
}

TEST(Config, TheExampleIsGoodAndHasEveryKeyOfTheManual) {
  Settings settings;
  const auto read = read_config(WEIR_SOURCE_DIR "/examples/config.yaml", settings);
  EXPECT_TRUE(read) << read.error().message;
  EXPECT_FALSE(settings.clusters.empty());
  std::ifstream stream(WEIR_SOURCE_DIR "/examples/config.yaml");
  std::ostringstream text;
  text << stream.rdbuf();
  for (const char* key :
       {"listen:", "httpListen:", "secretsDir:", "refreshInterval:", "watchAfter:", "maxStale:", "maxStreamAge:",
        "shutdownGrace:", "streamMetricSpec:", "reflection:", "statusPage:", "metricsMaxTriggers:", "tls:", "callers:",
        "clusters:", "allowedBrokers:", "limits:", "log:", "kubernetes:"})
    EXPECT_THAT(text.str(), HasSubstr(key));
}

}  // namespace
}  // namespace weir::cli

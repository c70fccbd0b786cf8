#include <algorithm>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/did_you_mean.h"
#include "cli/scaler_command.h"
#include "cli/usage.h"

namespace weir::cli {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

ScalerFlags parsed_flags(std::vector<std::string> arguments) {
  CLI::App app;
  ScalerFlags flags;
  add_scaler_flags(app, flags);
  std::ranges::reverse(arguments);  // as CLI11 wants a vector
  app.parse(arguments);
  return flags;
}

std::string flag_error(const std::vector<std::string>& arguments, Settings settings = {}) {
  const auto applied = apply_flags(parsed_flags(arguments), settings);
  return applied ? "no error" : applied.error().message;
}

TEST(ScalerFlags, WinOverTheFile) {
  Settings settings;
  ASSERT_TRUE(
      parse_config("listen: file:1\nhttpListen: file:2\nrefreshInterval: 9s\nlog: {level: error}", "f", settings));
  ASSERT_TRUE(
      apply_flags(parsed_flags({"--listen", "flag:1", "--kafka-client", "librdkafka", "--refresh-interval", "2s",
                                "--watch-after", "3s", "--log-level", "debug", "--reflection", "--status-page"}),
                  settings));
  EXPECT_EQ(settings.listen, "flag:1");
  EXPECT_EQ(settings.http_listen, "file:2") << "what no flag says stays";
  EXPECT_EQ(settings.refresh_interval, milliseconds(2000));
  EXPECT_EQ(settings.watch_after, milliseconds(3000));
  EXPECT_EQ(settings.log.level, telemetry::LogLevel::kDebug);
  EXPECT_EQ(settings.kafka_client, kafka::ClientChoice::kLibrdkafka);
  EXPECT_TRUE(settings.reflection);
  EXPECT_TRUE(settings.status_page);
}

TEST(ScalerFlags, AllowedClientsMayBeGivenAgain) {
  Settings settings;
  ASSERT_TRUE(apply_flags(parsed_flags({"--tls-cert", "c", "--tls-key", "k", "--tls-client-ca", "a", "--allowed-client",
                                        "one", "--allowed-client", "two"}),
                          settings));
  EXPECT_THAT(settings.allowed_clients, ElementsAre("one", "two"));
  EXPECT_EQ(settings.tls->client_ca, "a");
}

TEST(ScalerFlags, EachWrongOneIsNamedAtOnce) {
  const std::string error = flag_error({"--max-stale", "soon", "--log-level", "loud", "--log-format", "xml",
                                        "--tls-cert", "c", "--kafka-client", "java"});
  EXPECT_THAT(error, HasSubstr("--max-stale \"soon\""));
  EXPECT_THAT(error, HasSubstr("--log-level: log level \"loud\""));
  EXPECT_THAT(error, HasSubstr("--log-format: log format \"xml\""));
  EXPECT_THAT(error, HasSubstr("--kafka-client: Kafka client \"java\": must be one of auto, wire, librdkafka"));
  EXPECT_THAT(error, HasSubstr("--tls-key: is missing"));
}

TEST(ScalerFlags, AllowedClientsWithoutAClientCaWouldBelieveNobody) {
  EXPECT_THAT(flag_error({"--allowed-client", "keda"}), HasSubstr("--tls-client-ca"));
}

TEST(ScalerFlags, OffsetsMayNotBeStaleBeforeTheyAreRefreshed) {
  EXPECT_THAT(flag_error({"--max-stale", "5s"}), HasSubstr("must be longer than --refresh-interval, 5s"));
}

TEST(UnknownArguments, AreNamedWithTheFlagThatWasMeant) {
  CLI::App app;
  ScalerFlags flags;
  add_scaler_flags(app, flags);
  EXPECT_EQ(unknown_arguments(app, {"--lisen=x"}), "unknown flag --lisen, did you mean --listen?");
  EXPECT_EQ(unknown_arguments(app, {"--frobnicate-all", "x", "-q"}), "unknown flag --frobnicate-all; unknown flag -q")
      << "a value of an unknown flag is not named";
  EXPECT_EQ(unknown_arguments(app, {"extra"}), "unknown argument extra");
}

TEST(DidYouMean, FindsTheNearestWordOrNone) {
  EXPECT_EQ(did_you_mean("lissten", {"listen", "lists"}), "listen");
  EXPECT_EQ(did_you_mean("LagThreshold", {"lagThreshold"}), "lagThreshold");
  EXPECT_EQ(did_you_mean("xyz", {"listen", "log"}), "");
  EXPECT_EQ(did_you_mean("", {"a"}), "");
  EXPECT_EQ(did_you_mean(std::string(10'000, 'a'), {std::string(9'999, 'a')}), "") << "too long to be a slip";
}

}  // namespace
}  // namespace weir::cli

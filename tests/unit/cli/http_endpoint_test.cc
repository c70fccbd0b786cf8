#include "cli/http_endpoint.h"

#include <atomic>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/client.h"

namespace weir::cli {
namespace {

using ::testing::HasSubstr;

class HttpEndpointTest : public ::testing::Test {
 protected:
  http::Response get(const std::string& path) {
    http::Request request;
    request.url = fmt::format("http://127.0.0.1:{}{}", endpoint_->port(), path);
    const auto answer = http::Client().send(request);
    return answer ? *answer : http::Response{.status = -1, .body = answer.error().message};
  }

  std::atomic<bool> ready_{true};
  std::unique_ptr<HttpEndpoint> endpoint_ =
      HttpEndpoint::start("127.0.0.1:0", {.metrics = [] { return "weir_up 1\n"; },
                                          .unready = [this]() -> std::optional<std::string> {
                                            if (ready_) return std::nullopt;
                                            return "stale: 1 of 1";
                                          },
                                          .status = [](bool partitions) { return partitions ? "all" : "some"; },
                                          .status_of = [](const std::string& ns,
                                                          const std::string& name) -> std::optional<std::string> {
                                            if (ns != "shop" || name != "orders") return std::nullopt;
                                            return "one";
                                          }})
          .value();
};

TEST_F(HttpEndpointTest, ServesItsPaths) {
  EXPECT_EQ(get("/metrics").body, "weir_up 1\n");
  EXPECT_EQ(get("/status").body, "some");
  EXPECT_EQ(get("/status?partitions=1").body, "all");
  EXPECT_EQ(get("/status/shop/orders").body, "one");
  EXPECT_EQ(get("/status/shop/none").status, 404);
  EXPECT_EQ(get("/nothing").status, 404);
}

TEST_F(HttpEndpointTest, ReadinessFallsWithAReasonAndLivenessNever) {
  EXPECT_EQ(get("/readyz").status, 200);
  ready_ = false;
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_EQ(get("/readyz").body, "stale: 1 of 1\n");
  EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(HttpEndpointTest, APortInUseNamesTheFlag) {
  const std::string listen = fmt::format("127.0.0.1:{}", endpoint_->port());
  const auto second = HttpEndpoint::start(listen, {});
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("--http-listen " + listen));
  EXPECT_THAT(second.error().message, HasSubstr("in use"));
}

TEST(HttpEndpoint, AnAddressWithoutPortNamesTheFlag) {
  for (const char* listen : {"localhost", "localhost:http", "localhost:70000", ""}) {
    const auto endpoint = HttpEndpoint::start(listen, {});
    ASSERT_FALSE(endpoint) << listen;
    EXPECT_THAT(endpoint.error().message, HasSubstr("--http-listen"));
  }
}

}  // namespace
}  // namespace weir::cli

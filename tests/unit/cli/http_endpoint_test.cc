#include "cli/http_endpoint.h"

#include <atomic>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/status_page.h"
#include "http/client.h"

namespace weir::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class HttpEndpointTest : public ::testing::Test {
 protected:
  http::Response get(const std::string& path) { return get_from(*endpoint_, path); }

  static http::Response get_from(const HttpEndpoint& endpoint, const std::string& path) {
    http::Request request;
    request.url = fmt::format("http://127.0.0.1:{}{}", endpoint.port(), path);
    const auto answer = http::Client().send(request);
    return answer ? *answer : http::Response{.status = -1, .body = answer.error().message};
  }

  std::atomic<bool> ready_{true};
  std::unique_ptr<HttpEndpoint> endpoint_ =
      HttpEndpoint::start(
          "127.0.0.1:0",
          {.metrics = [] { return "weir_up 1\n"; },
           .unready = [this]() -> std::optional<std::string> {
             if (ready_) return std::nullopt;
             return "stale: 1 of 1";
           },
           .status =
               [](const StatusQuery& query) {
                 return fmt::format("{}{}", query.partitions ? "all" : "some", query.indented ? " indented" : "");
               },
           .status_of = [](const std::string& ns, const std::string& name) -> std::optional<std::string> {
             if (ns != "shop" || name != "orders") return std::nullopt;
             return "one";
           }})
          .value();
};

TEST_F(HttpEndpointTest, ServesItsPaths) {
  EXPECT_EQ(get("/metrics").body, "weir_up 1\n");
  EXPECT_EQ(get("/status").body, "some indented");
  EXPECT_EQ(get("/status?partitions=1").body, "all indented");
  EXPECT_EQ(get("/status?indent=0").body, "some");
  EXPECT_EQ(get("/status/shop/orders").body, "one");
  EXPECT_EQ(get("/status/shop/none").status, 404);
  EXPECT_EQ(get("/nothing").status, 404);
}

TEST_F(HttpEndpointTest, ThePageIsServedWhereItIsWanted) {
  EXPECT_EQ(get("/").status, 404);
  EXPECT_THAT(get("/").body, HasSubstr("--status-page"));
  HttpHandlers handlers;
  handlers.page = true;
  const auto with_page = HttpEndpoint::start("127.0.0.1:0", std::move(handlers)).value();
  const auto page = get_from(*with_page, "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body, status_page().html);
}

TEST(StatusPage, HasAllInOneFileAndAPolicyThatAllowsJustThat) {
  const StatusPage page = status_page();
  EXPECT_THAT(page.html, StartsWith("<!doctype html>"));
  EXPECT_THAT(page.html, HasSubstr("class VirtualTable"));
  EXPECT_THAT(page.html, Not(HasSubstr("@SCRIPT@")));
  EXPECT_THAT(page.html, Not(HasSubstr("innerHTML")));
  EXPECT_THAT(page.html, Not(HasSubstr("http://"))) << "nothing comes from elsewhere";
  EXPECT_THAT(page.html, Not(HasSubstr("https://")));
  EXPECT_THAT(page.content_security_policy, StartsWith("default-src 'none'; script-src 'sha256-"));
  EXPECT_THAT(page.content_security_policy, Not(HasSubstr("unsafe")));
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

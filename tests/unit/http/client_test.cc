#include "http/client.h"

#include <thread>

#include <gmock/gmock.h>
#include <httplib.h>

namespace weir::http {
namespace {

using base::ErrorCode;
using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

class HttpClient : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.Post("/echo", [](const auto& request, auto& response) {
      response.set_content(
          request.get_header_value("X-Name") + "|" + request.get_header_value("Authorization") + "|" + request.body,
          "text/plain");
    });
    server_.Get("/missing", [](const auto&, auto& response) { response.status = 404; });
    server_.Get("/moved", [](const auto&, auto& response) { response.set_redirect("/missing"); });
    server_.Get("/long",
                [](const auto&, auto& response) { response.set_content(std::string(5000, 'x'), "text/plain"); });
    server_.Get("/slow", [this](const auto&, auto&) {
      while (!ended_)
        std::this_thread::yield();
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::jthread([this] { server_.listen_after_bind(); });
    while (!server_.is_running())
      std::this_thread::yield();
  }
  void TearDown() override {
    ended_ = true;
    server_.stop();
  }

  Request request(const std::string& path, const std::string& method = "GET") const {
    Request wanted;
    wanted.method = method;
    wanted.url = fmt::format("http://127.0.0.1:{}{}", port_, path);
    return wanted;
  }

  httplib::Server server_;
  std::atomic<bool> ended_ = false;
  int port_ = 0;
  std::jthread thread_;
};

TEST_F(HttpClient, SendsHeadersBodyAndCredentials) {
  auto wanted = request("/echo", "POST");
  wanted.headers["X-Name"] = "weir";
  wanted.body = "a=b";
  wanted.user = "alice";
  wanted.password = base::Secret("secret");
  const auto response = Client().send(wanted).value();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "weir|Basic YWxpY2U6c2VjcmV0|a=b");
}

TEST_F(HttpClient, TakesAnyStatusForAnAnswerAndFollowsNoRedirect) {
  EXPECT_EQ(Client().send(request("/missing")).value().status, 404);
  EXPECT_EQ(Client().send(request("/moved")).value().status, 302);
}

TEST_F(HttpClient, EndsInTimeAndNamesTheUrlWithoutItsQuery) {
  auto wanted = request("/slow?token=hush");
  wanted.timeout = milliseconds(200);
  const auto started = std::chrono::steady_clock::now();
  const auto response = Client().send(wanted);
  EXPECT_LT(std::chrono::steady_clock::now() - started, milliseconds(2000));
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(response.error().message, HasSubstr("/slow"));
  EXPECT_THAT(response.error().message, Not(HasSubstr("hush")));
}

TEST_F(HttpClient, RefusesABodyThatIsTooLong) {
  auto wanted = request("/long");
  wanted.max_body_bytes = 4999;
  EXPECT_THAT(Client().send(wanted).error().message, HasSubstr("more than 4999 bytes"));
  wanted.max_body_bytes = 5000;
  EXPECT_EQ(Client().send(wanted).value().body.size(), 5000U);
}

TEST_F(HttpClient, IsUsedByManyThreadsAtOnce) {
  const Client client;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int call = 0; call < 20; ++call)
        EXPECT_EQ(client.send(request("/missing")).value().status, 404);
    });
}

TEST(HttpClientTo, ANoServerOrAnotherSchemeIsAnError) {
  Request wanted;
  wanted.url = "http://127.0.0.1:1/x";
  EXPECT_EQ(Client().send(wanted).error().code, ErrorCode::kUnavailable);
  wanted.url = "file:///etc/hostname";
  EXPECT_FALSE(Client().send(wanted).has_value());
}

}  // namespace
}  // namespace weir::http

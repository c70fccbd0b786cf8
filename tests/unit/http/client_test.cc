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
    server_.Get("/lines", [this](const auto&, auto& response) {
      response.set_chunked_content_provider("text/plain", [this](std::size_t offset, httplib::DataSink& sink) {
        if (offset < 6) return sink.write("line1\n", 6);
        while (!ended_)
          std::this_thread::yield();
        sink.done();
        return true;
      });
    });
    server_.Get("/port", [](const auto& request, auto& response) {
      response.set_header("Retry-After", "7");
      response.set_content(std::to_string(request.remote_port), "text/plain");
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

TEST_F(HttpClient, UsesAConnectionAgainAndReadsHeadersByLowerCaseName) {
  const Client client;
  const auto first = client.send(request("/port")).value();
  EXPECT_EQ(client.send(request("/port")).value().body, first.body);
  EXPECT_EQ(first.headers.at("retry-after"), "7");
}

TEST_F(HttpClient, StreamsABodyUntilTheReaderHasEnough) {
  auto wanted = request("/lines");
  std::string got;
  wanted.on_body = [&](std::string_view bytes) {
    got += bytes;
    return got != "line1\n";
  };
  const auto response = Client().send(wanted);
  ASSERT_TRUE(response.has_value()) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(got, "line1\n");
  EXPECT_EQ(response->body, "");
}

TEST_F(HttpClient, EndsASilentStreamWhenStoppedOrWhenItWasSilentForTooLong) {
  auto wanted = request("/lines");
  wanted.timeout = milliseconds(20'000);
  wanted.on_body = [](std::string_view) { return true; };
  std::stop_source stop;
  wanted.stop = stop.get_token();
  const auto started = std::chrono::steady_clock::now();
  const std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_EQ(Client().send(wanted).error().code, ErrorCode::kUnavailable);
  wanted.stop = {};
  wanted.most_silence = std::chrono::seconds(1);
  EXPECT_EQ(Client().send(wanted).error().code, ErrorCode::kUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - started, milliseconds(10'000));
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

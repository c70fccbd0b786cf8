#include "kube/informer.h"

#include <atomic>
#include <deque>
#include <thread>

#include <gmock/gmock.h>
#include <httplib.h>

namespace weir::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

const Resource kThings{"example.org", "v1", "things", "Thing"};

Json thing(const std::string& name, int version) {
  return {{"metadata", {{"namespace", "shop"}, {"name", name}, {"resourceVersion", std::to_string(version)}}}};
}

std::string event(const char* type, const Json& object) {
  return Json{{"type", type}, {"object", object}}.dump() + "\n";
}

// One answer to a watch: its status, its body in pieces, and whether it stays open after them.
struct WatchAnswer {
  int status = 200;
  std::vector<std::string> pieces = {};
  bool stays_open = false;
  std::string retry_after = {};
};

// An API server that does what a real one cannot be brought to do when wanted.
class Informers : public ::testing::Test {
 protected:
  Informers() {
    server_.Get("/apis/example.org/v1/things", [this](const auto& request, auto& response) {
      if (request.has_param("watch"))
        answer_watch(request.get_param_value("resourceVersion"), response);
      else
        answer_list(request.get_param_value("continue"), response);
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::jthread([this] { server_.listen_after_bind(); });
    while (!server_.is_running())
      std::this_thread::yield();
    client_ = std::make_unique<Client>(config(), ClientOptions{.qps = 1000, .burst = 1000}, clock_, registry_);
    informer_ = std::make_unique<Informer>(
        *client_,
        InformerOptions{
            .resource = kThings, .ns = "", .first_retry = milliseconds(20), .most_retry = milliseconds(100)},
        telemetry::Logger());
  }
  ~Informers() override {
    ended_ = true;
    informer_->stop();
    informer_.reset();
    server_.stop();
  }

  ClientConfig config() const {
    ClientConfig config;
    config.server = "http://127.0.0.1:" + std::to_string(port_);
    return config;
  }

  void answer_list(const std::string& next, httplib::Response& response) {
    const std::scoped_lock lock(mutex_);
    ++lists_;
    if (!list_errors_.empty()) {
      response.status = list_errors_.front();
      list_errors_.pop_front();
      return;
    }
    Json list{{"metadata", {{"resourceVersion", std::to_string(version_)}}}, {"items", Json::array()}};
    const auto page = next.empty() ? 0U : std::stoul(next);
    for (const Json& item : pages_.at(page))
      list["items"].push_back(item);
    if (page + 1 < pages_.size()) list["metadata"]["continue"] = std::to_string(page + 1);
    response.set_content(list.dump(), "application/json");
  }

  void answer_watch(const std::string& from, httplib::Response& response) {
    WatchAnswer answer{.stays_open = true};
    {
      const std::scoped_lock lock(mutex_);
      watched_from_.push_back(from);
      if (!answers_.empty()) {
        answer = answers_.front();
        answers_.pop_front();
      }
    }
    response.status = answer.status;
    if (!answer.retry_after.empty()) response.set_header("Retry-After", answer.retry_after);
    if (answer.status != 200) return;
    response.set_chunked_content_provider(
        "application/json", [this, answer, sent = std::size_t{0}](std::size_t, httplib::DataSink& sink) mutable {
          if (sent < answer.pieces.size()) {
            const auto& piece = answer.pieces[sent++];
            return sink.write(piece.data(), piece.size());
          }
          while (answer.stays_open && !ended_)
            std::this_thread::sleep_for(milliseconds(5));
          sink.done();
          return true;
        });
  }

  bool eventually(const std::function<bool()>& condition) const {
    const auto deadline = std::chrono::steady_clock::now() + seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(milliseconds(2));
    }
    return true;
  }
  bool has(const std::string& name) const { return informer_->get({"shop", name}) != nullptr; }
  std::vector<std::string> watched_from() {
    const std::scoped_lock lock(mutex_);
    return watched_from_;
  }

  base::SystemClock clock_;
  telemetry::Registry registry_;
  std::mutex mutex_;
  int version_ = 10;
  std::vector<std::vector<Json>> pages_{{thing("a", 1)}};
  std::deque<int> list_errors_;
  std::deque<WatchAnswer> answers_;
  std::vector<std::string> watched_from_;
  std::atomic<int> lists_ = 0;
  std::atomic<bool> ended_ = false;
  httplib::Server server_;
  int port_ = 0;
  std::jthread thread_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<Informer> informer_;
};

TEST_F(Informers, ListsEveryPageAndWatchesFromTheListsVersion) {
  pages_ = {{thing("a", 1), thing("b", 2)}, {thing("c", 3)}};
  informer_->start();
  ASSERT_TRUE(eventually([&] { return informer_->synced() && !watched_from().empty(); }));
  EXPECT_EQ(informer_->size(), 3U);
  EXPECT_EQ(lists_, 2);
  EXPECT_EQ(watched_from().front(), "10");
  EXPECT_EQ(informer_->last_failing(), std::nullopt);
  EXPECT_EQ(text_at(*informer_->get({"shop", "a"}), "/kind"), "Thing") << "lists leave it out of their items";
}

TEST_F(Informers, TakesEventsThatComeByteByByte) {
  const auto text = event("ADDED", thing("b", 11)) + event("DELETED", thing("a", 12));
  WatchAnswer slow{.stays_open = true};
  for (const char byte : text)
    slow.pieces.emplace_back(1, byte);
  answers_ = {slow};
  informer_->start();
  EXPECT_TRUE(eventually([&] { return has("b") && informer_->size() == 1; }));
}

TEST_F(Informers, AWatchThatIsCutGoesOnFromTheLastVersionItSawAlsoOfABookmark) {
  answers_ = {{.pieces = {event("ADDED", thing("b", 11)), "{\"type\":\"ADD"}},
              {.pieces = {event("BOOKMARK", thing("", 20))}},
              {.pieces = {event("ADDED", thing("c", 21))}, .stays_open = true}};
  informer_->start();
  EXPECT_TRUE(eventually([&] { return has("b") && has("c"); }));
  EXPECT_THAT(watched_from(), ::testing::ElementsAre("10", "11", "20"));
  EXPECT_EQ(lists_, 1) << "a watch that ended is no reason to list again";
}

TEST_F(Informers, AVersionThatIsGoneIsListedAgain) {
  const Json gone{{"kind", "Status"}, {"code", 410}, {"reason", "Expired"}, {"message", "too old"}};
  for (const WatchAnswer& answer : {WatchAnswer{.status = 410}, WatchAnswer{.pieces = {event("ERROR", gone)}}})
    answers_.push_back(answer);
  std::atomic<int> gone_things = 0;
  informer_->add_handler([&](const Change& change) { gone_things += change.now ? 0 : 1; });
  informer_->start();
  ASSERT_TRUE(eventually([&] { return informer_->synced(); }));
  {
    const std::scoped_lock lock(mutex_);
    pages_ = {{thing("b", 30)}};
    version_ = 30;
  }
  EXPECT_TRUE(eventually([&] { return has("b") && watched_from().size() >= 3; }));
  EXPECT_FALSE(has("a"));
  EXPECT_EQ(gone_things, 1) << "what the list no longer has is told";
  EXPECT_EQ(watched_from().back(), "30");
}

TEST_F(Informers, WhatIsThereStandsWhileTheServerFails) {
  answers_ = {{.status = 500}, {.status = 503}, {.pieces = {event("ADDED", thing("b", 11))}, .stays_open = true}};
  informer_->start();
  EXPECT_TRUE(eventually([&] { return has("b"); }));
  EXPECT_TRUE(has("a"));
  EXPECT_EQ(lists_, 1);
  EXPECT_NE(informer_->last_failing(), std::nullopt);
}

TEST_F(Informers, AFailedListIsTriedAgain) {
  list_errors_ = {500, 403, 429};
  informer_->start();
  EXPECT_TRUE(eventually([&] { return informer_->synced(); }));
  EXPECT_EQ(lists_, 4);
}

TEST_F(Informers, WaitsForAsLongAsTheServerAsks) {
  answers_ = {{.status = 429, .retry_after = "1"}};
  const auto started = std::chrono::steady_clock::now();
  informer_->start();
  EXPECT_TRUE(eventually([&] { return watched_from().size() == 2; }));
  EXPECT_GE(std::chrono::steady_clock::now() - started, milliseconds(900));
}

TEST_F(Informers, AServerThatEndsEveryWatchAtOnceIsNotAskedWithoutPause) {
  answers_.assign(1000, WatchAnswer{});
  informer_->start();
  std::this_thread::sleep_for(milliseconds(1000));
  EXPECT_LE(watched_from().size(), 20U) << "one each 75 ms at most, after a few quicker ones";
  EXPECT_GE(watched_from().size(), 3U);
}

TEST_F(Informers, CountsItsRequests) {
  informer_->start();
  EXPECT_TRUE(eventually([&] { return informer_->synced(); }));
  EXPECT_THAT(registry_.scrape(), HasSubstr(R"(weir_kube_requests_total{code="200",verb="GET"} 1)"));
}

}  // namespace
}  // namespace weir::kube

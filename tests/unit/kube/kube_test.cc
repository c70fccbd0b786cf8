#include <fstream>
#include <thread>

#include <gmock/gmock.h>

#include "kube/api_error.h"
#include "kube/base64.h"
#include "kube/client_config.h"
#include "kube/rate_limiter.h"
#include "kube/resource.h"
#include "kube/time.h"
#include "kube/token_source.h"
#include "kube/watch_decoder.h"
#include "support/fake_clock.h"

namespace weir::kube {
namespace {

using base::ErrorCode;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Resource kPods{"", "v1", "pods", "Pod"};
const Resource kLeases{"coordination.k8s.io", "v1", "leases", "Lease"};

TEST(Resource, PathsAreTheApiServers) {
  EXPECT_EQ(collection_path(kPods, ""), "/api/v1/pods");
  EXPECT_EQ(collection_path(kPods, "shop"), "/api/v1/namespaces/shop/pods");
  EXPECT_EQ(object_path(kLeases, {"shop", "x"}), "/apis/coordination.k8s.io/v1/namespaces/shop/leases/x");
  EXPECT_EQ(object_path(kLeases, {"shop", "x"}, "status"),
            "/apis/coordination.k8s.io/v1/namespaces/shop/leases/x/status");
  EXPECT_EQ(query_escaped("a b/ä=~"), "a%20b%2F%C3%A4%3D~");
}

TEST(JsonContains, MapsMayHaveMoreAndListsMayNot) {
  const std::pair<const char*, const char*> inside[] = {
      {R"({"a": 1, "b": 2})", R"({"a": 1})"},
      {R"([{"a": 1, "b": 2}])", R"([{"a": 1}])"},
      {R"({"a": {"b": [1, 2]}})", R"({"a": {"b": [1, 2]}})"},
  };
  for (const auto& [actual, wanted] : inside)
    EXPECT_TRUE(contains(Json::parse(actual), Json::parse(wanted))) << actual << wanted;
  const std::pair<const char*, const char*> outside[] = {
      {R"({"a": 1})", R"({"a": 2})"}, {R"({"a": 1})", R"({"b": null})"}, {R"([1, 2])", R"([1])"}, {"1", R"("1")"}};
  for (const auto& [actual, wanted] : outside)
    EXPECT_FALSE(contains(Json::parse(actual), Json::parse(wanted))) << actual << wanted;
}

TEST(ApiErrorOf, HoldsWhatTheStatusObjectSays) {
  const auto error =
      read_api_error(409, R"({"kind": "Status", "reason": "Conflict", "message": "try again"})", "PUT /x");
  EXPECT_TRUE(error.conflict());
  EXPECT_EQ(error.reason, "Conflict");
  EXPECT_EQ(error.message, "PUT /x: 409 try again");
  EXPECT_EQ(read_api_error(502, "<html>", "GET /x").message, "GET /x: 502 <html>");
  EXPECT_TRUE(read_api_error(503, "", "GET /x").temporary());
  EXPECT_FALSE(read_api_error(403, "", "GET /x").temporary());
  EXPECT_EQ(to_error(read_api_error(403, "", "GET /x")).code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(to_error(ApiError{}).code, ErrorCode::kUnavailable);
}

TEST(WatchDecoderOf, CutsEventsOutOfPiecesOfAnySize) {
  const std::string text = "{\"type\":\"A\"}\n\n{\"type\":\"B\"}\n{\"type\":\"C\"}\n";
  for (std::size_t size = 1; size <= text.size(); ++size) {
    std::vector<std::string> types;
    WatchDecoder decoder([&](Json event) {
      types.push_back(text_at(event, "/type"));
      return true;
    });
    for (std::size_t at = 0; at < text.size(); at += size)
      EXPECT_TRUE(decoder.feed(std::string_view(text).substr(at, size)));
    EXPECT_THAT(types, ElementsAre("A", "B", "C"));
  }
}

TEST(WatchDecoderOf, EndsWhereTheReaderHasEnoughOrALineIsNoEvent) {
  WatchDecoder enough([](const Json&) { return false; });
  EXPECT_FALSE(enough.feed("{}\n"));
  EXPECT_FALSE(enough.broken());
  WatchDecoder broken([](const Json&) { return true; });
  EXPECT_FALSE(broken.feed("<html>\n"));
  EXPECT_TRUE(broken.broken());
}

TEST(RateLimiterOf, LetsABurstPassAndThenOneAtATime) {
  RateLimiter limiter(10, 3);
  const base::SteadyTime start{seconds(100)};
  std::vector<std::int64_t> waits;
  for (int i = 0; i < 5; ++i)
    waits.push_back(std::chrono::duration_cast<milliseconds>(limiter.reserve(start)).count());
  EXPECT_THAT(waits, ElementsAre(0, 0, 0, 100, 200));
  limiter.pause_until(start + seconds(5));
  EXPECT_EQ(limiter.reserve(start + seconds(1)), seconds(4)) << "the server asked for a pause";
}

TEST(RateLimiterOf, AWaitEndsWhenStopped) {
  RateLimiter limiter(0.01, 1);
  std::stop_source stop;
  EXPECT_TRUE(limiter.wait(stop.get_token()));
  const std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_FALSE(limiter.wait(stop.get_token()));
}

TEST(Base64, DecodesWhatKubeconfigsHold) {
  EXPECT_EQ(base64_decoded("aGVsbG8="), "hello");
  EXPECT_EQ(base64_decoded("aGVs\nbG8h"), "hello!");
  EXPECT_EQ(base64_decoded(""), "");
  for (const char* wrong : {"aGVsbG8", "a===", "aGV$bG8=", "aG=sbG8="})
    EXPECT_FALSE(base64_decoded(wrong).has_value()) << wrong;
}

TEST(Times, AreWrittenAsKubernetesDoes) {
  const base::SystemTime time{std::chrono::microseconds(1'700'000'000'012'345)};
  EXPECT_EQ(format_time(time), "2023-11-14T22:13:20Z");
  EXPECT_EQ(format_micro_time(time), "2023-11-14T22:13:20.012345Z");
  EXPECT_EQ(parse_time("2023-11-14T22:13:20Z"), std::chrono::floor<seconds>(time));
  for (const char* text : {"", "2023-11-14", "2023-11-14T22:13:20.012345Z", "2023-11-14T22:13:20Zulu"})
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
}

class Config : public ::testing::Test {
 protected:
  Config() {
    std::string path = (std::filesystem::temp_directory_path() / "weir-kube-XXXXXX").string();
    directory_ = mkdtemp(path.data());
  }
  ~Config() override { std::filesystem::remove_all(directory_); }

  void write(const std::string& name, const std::string& text) const { std::ofstream(directory_ / name) << text; }

  static Json kubeconfig(const Json& user, const Json& cluster = {{"server", "https://api:6443/"}}) {
    return {
        {"current-context", "here"},
        {"contexts",
         Json::array({Json{{"name", "here"}, {"context", {{"cluster", "c"}, {"user", "u"}, {"namespace", "shop"}}}}})},
        {"clusters", Json::array({Json{{"name", "c"}, {"cluster", cluster}}})},
        {"users", Json::array({Json{{"name", "u"}, {"user", user}}})}};
  }

  std::filesystem::path directory_;
};

TEST_F(Config, ReadsTokensAndCertificatesFromDataOrFiles) {
  write("key.pem", "KEY");
  const auto config = config_from_kubeconfig(
      kubeconfig({{"token", "t"}, {"client-certificate-data", "Q0VSVA=="}, {"client-key", "key.pem"}}), directory_);
  ASSERT_TRUE(config.has_value()) << config.error().message;
  EXPECT_EQ(config->server, "https://api:6443");
  EXPECT_EQ(config->ns, "shop");
  EXPECT_EQ(config->token.reveal(), "t");
  EXPECT_EQ(config->certificate_pem, "CERT");
  EXPECT_EQ(config->key_pem.reveal(), "KEY");
  EXPECT_TRUE(config->verify);
}

TEST_F(Config, NamesWhatIsMissing) {
  const std::pair<Json, const char*> rows[] = {
      {Json::object(), "current-context is missing"},
      {{{"current-context", "there"}}, "contexts has none named \"there\""},
      {kubeconfig(Json::object(), Json::object()), "the cluster has no server"},
      {kubeconfig({{"exec", Json::object()}}), "exec plugin"},
      {kubeconfig({{"client-certificate-data", "Q0VSVA=="}}), "need each other"},
      {kubeconfig({{"client-key-data", "?"}}), "client-key-data is not base64"},
      {kubeconfig({{"client-key", "no.pem"}}), "no.pem: cannot be read"},
  };
  for (const auto& [document, message] : rows) {
    const auto config = config_from_kubeconfig(document, directory_);
    ASSERT_FALSE(config.has_value());
    EXPECT_THAT(config.error().message, HasSubstr(message));
  }
}

TEST_F(Config, OfAPodComesFromItsServiceAccount) {
  write("ca.crt", "CA");
  write("token", "t");
  write("namespace", "weir");
  const auto config = in_cluster_config("fd00::1", "443", directory_);
  ASSERT_TRUE(config.has_value()) << config.error().message;
  EXPECT_EQ(config->server, "https://[fd00::1]:443");
  EXPECT_EQ(config->ns, "weir");
  EXPECT_EQ(config->token_file, directory_ / "token");
  EXPECT_EQ(in_cluster_config("", "", directory_).error().code, ErrorCode::kNotFound);
}

TEST_F(Config, ATokenFileIsReadAgain) {
  write("token", "one\n");
  weir::testing::FakeClock clock;
  TokenSource tokens({}, directory_ / "token", clock);
  EXPECT_EQ(tokens.token().reveal(), "one");
  write("token", "two\n");
  EXPECT_EQ(tokens.token().reveal(), "one");
  clock.advance(seconds(61));
  EXPECT_EQ(tokens.token().reveal(), "two");
  write("token", "three");
  tokens.refused();
  EXPECT_EQ(tokens.token().reveal(), "three");
  std::filesystem::remove(directory_ / "token");
  clock.advance(seconds(61));
  EXPECT_EQ(tokens.token().reveal(), "three") << "the last one that could be read";
}

}  // namespace
}  // namespace weir::kube

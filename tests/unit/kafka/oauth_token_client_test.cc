#include "kafka/oauth_token_client.h"

#include <gmock/gmock.h>

namespace weir::kafka {
namespace {

using base::ErrorCode;
using ::testing::HasSubstr;

const base::SystemTime kReceived{std::chrono::seconds(1000)};

base::Result<OauthToken> parse(int status, const std::string& body) {
  return parse_token_response("https://idp/token", {status, body}, kReceived);
}

TEST(TokenResponse, GivesTheTokenAndWhenItEnds) {
  const auto token = parse(200, R"({"access_token": "abc", "token_type": "Bearer", "expires_in": 60})").value();
  EXPECT_EQ(token.value.reveal(), "abc");
  EXPECT_EQ(token.expires_ms, 1'060'000);
}

TEST(TokenResponse, WithoutALifetimeLastsFiveMinutes) {
  EXPECT_EQ(parse(200, R"({"access_token": "abc"})").value().expires_ms, 1'300'000);
}

TEST(TokenResponse, LastsNoLongerThanTheClockCanCount) {
  const auto expires = parse(200, R"({"access_token": "abc", "expires_in": 1e300})").value().expires_ms;
  EXPECT_GT(expires, 1'000'000);
  EXPECT_LT(expires, std::int64_t{400} * 24 * 3600 * 1000);
  EXPECT_EQ(parse(200, R"({"access_token": "abc", "expires_in": -5})").value().expires_ms, 1'000'000);
}

TEST(TokenResponse, ThatIsNoTokenNamesTheEndpoint) {
  struct Row {
    int status;
    const char* body;
    ErrorCode code;
    const char* message;
  };
  const std::vector<Row> rows{
      {401, R"({"error": "invalid_client"})", ErrorCode::kUnauthenticated, "HTTP 401: invalid_client: check username"},
      {400, R"({"error": "invalid_scope", "error_description": "no x"})", ErrorCode::kUnauthenticated,
       "invalid_scope, no x"},
      {403, "not JSON", ErrorCode::kUnauthenticated, "HTTP 403: check username"},
      {500, "", ErrorCode::kUnavailable, "HTTP 500"},
      {302, "", ErrorCode::kUnavailable, "HTTP 302: check oauthTokenEndpointUri"},
      {200, "<html>", ErrorCode::kUnavailable, "without an access_token"},
      {200, R"({"access_token": 7})", ErrorCode::kUnavailable, "without an access_token"},
  };
  for (const auto& row : rows) {
    const auto token = parse(row.status, row.body);
    ASSERT_FALSE(token.has_value()) << row.body;
    EXPECT_EQ(token.error().code, row.code) << row.body;
    EXPECT_THAT(token.error().message, HasSubstr("https://idp/token"));
    EXPECT_THAT(token.error().message, HasSubstr(row.message));
  }
}

}  // namespace
}  // namespace weir::kafka

#include "kafka/aws_web_identity.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "support/sts_server.h"

namespace weir::kafka {
namespace {

using namespace std::chrono_literals;
using base::ErrorCode;
using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

class WebIdentity : public ::testing::Test {
 protected:
  WebIdentity() {
    std::string folder = std::filesystem::temp_directory_path() / "weir-sts-XXXXXX";
    folder_ = mkdtemp(folder.data());
    write("token", "eyJ0b2tlbg==.x\n");
    identity_ = {.token_file = folder_ / "token",
                 .role_arn = "arn:aws:iam::1:role/weir",
                 .sts_endpoint = sts_.url(),
                 .ca_file = {}};
  }
  ~WebIdentity() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }
  WebIdentityKeys keys() const { return {identity_, "eu-west-1"}; }
  static base::SteadyTime soon() { return Clock::now() + 5s; }

  std::filesystem::path folder_;
  test::StsServer sts_;
  AwsWebIdentity identity_;
  const base::SystemTime now_ = std::chrono::system_clock::now();
};

TEST_F(WebIdentity, GivesTheKeysOfTheRole) {
  const auto got = keys().get(now_, soon());
  ASSERT_TRUE(got.has_value()) << got.error().message;
  EXPECT_EQ(*got, (AwsKeys{"KEY1", base::Secret("secret/of+1"), base::Secret("session/of+1==")}));
  EXPECT_EQ(sts_.last_form(),
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fweir&"
            "RoleSessionName=weir&WebIdentityToken=eyJ0b2tlbg%3D%3D.x");
}

TEST_F(WebIdentity, KeepsKeysUntilSomeMinutesBeforeTheyExpire) {
  auto kept = keys();
  for (const auto passed : {0min, 1min, 54min})
    EXPECT_EQ(kept.get(now_ + passed, soon()).value().access_key_id, "KEY1") << passed.count();
  write("token", "rotated");
  EXPECT_EQ(kept.get(now_ + 56min, soon()).value().access_key_id, "KEY2");
  EXPECT_THAT(sts_.last_form(), HasSubstr("WebIdentityToken=rotated"));
  EXPECT_EQ(sts_.granted(), 2);
}

TEST_F(WebIdentity, RenewsKeysOfAShortLifeHalfWay) {
  sts_.set_lifetime(60s);
  auto kept = keys();
  EXPECT_EQ(kept.get(now_, soon()).value().access_key_id, "KEY1");
  EXPECT_EQ(kept.get(now_ + 20s, soon()).value().access_key_id, "KEY1");
  EXPECT_EQ(kept.get(now_ + 40s, soon()).value().access_key_id, "KEY2");
}

TEST_F(WebIdentity, UsesKeysThatAreStillGoodWhileStsIsAway) {
  auto kept = keys();
  EXPECT_EQ(kept.get(now_, soon()).value().access_key_id, "KEY1");
  sts_.answer_with(503, "");
  EXPECT_EQ(kept.get(now_ + 57min, soon()).value().access_key_id, "KEY1");
  EXPECT_EQ(kept.get(now_ + 61min, soon()).error().code, ErrorCode::kUnavailable);
  sts_.answer_with(0, "");
  EXPECT_EQ(kept.get(now_ + 62min, soon()).value().access_key_id, "KEY2");
}

TEST_F(WebIdentity, SaysWhyThereAreNoKeys) {
  struct Row {
    int status;
    const char* body;
    ErrorCode code;
    const char* message;
  };
  const std::vector<Row> rows{
      {403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not authorized</Message></Error></ErrorResponse>",
       ErrorCode::kUnauthenticated, "role arn:aws:iam::1:role/weir with HTTP 403: AccessDenied, Not authorized"},
      {400, "garbage\xFF", ErrorCode::kUnauthenticated, "trust policy"},
      {500, "", ErrorCode::kUnavailable, "HTTP 500"},
      {200, "<html>", ErrorCode::kUnavailable, "AWS_ENDPOINT_URL_STS"},
      {200,
       "<AccessKeyId>a</AccessKeyId><SecretAccessKey>b</SecretAccessKey><Expiration>2015-13-30T12:36:00Z</Expiration>",
       ErrorCode::kUnavailable, "without credentials"},
      {200,
       "<AccessKeyId>a</AccessKeyId><SecretAccessKey>b</SecretAccessKey><Expiration>2821-08-30T12:36:00Z</Expiration>",
       ErrorCode::kUnavailable, "without credentials"},
  };
  for (const auto& [status, body, code, message] : rows) {
    sts_.answer_with(status, body);
    const auto got = keys().get(now_, soon());
    ASSERT_FALSE(got.has_value()) << body;
    EXPECT_EQ(got.error().code, code) << body;
    EXPECT_THAT(got.error().message, HasSubstr(message));
    EXPECT_THAT(got.error().message, HasSubstr(sts_.url()));
  }
}

TEST_F(WebIdentity, NamesAFileThatIsMissing) {
  identity_.token_file = folder_ / "none";
  const auto got = keys().get(now_, soon());
  EXPECT_EQ(got.error().code, ErrorCode::kUnauthenticated);
  EXPECT_THAT(got.error().message, HasSubstr("AWS_WEB_IDENTITY_TOKEN_FILE"));
}

TEST_F(WebIdentity, TrustsStsByTheBundleAlone) {
  const auto certificate = test::self_signed();
  const test::StsServer sts(certificate);
  identity_.sts_endpoint = sts.url();
  EXPECT_EQ(keys().get(now_, soon()).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(sts.granted(), 0);
  write("ca", certificate.certificate_pem);
  identity_.ca_file = folder_ / "ca";
  EXPECT_EQ(keys().get(now_, soon()).value().access_key_id, "KEY1");
}

TEST_F(WebIdentity, WaitsForStsNoLongerThanAsked) {
  const test::TcpServer silent([](test::Stream& stream) { stream.wait_until_closed(); });
  identity_.sts_endpoint = "http://" + silent.address();
  const auto started = Clock::now();
  EXPECT_EQ(keys().get(now_, started + 200ms).error().code, ErrorCode::kUnavailable);
  EXPECT_LT(Clock::now() - started, 2s);
}

TEST(AwsEnvironment, IsReadByTheNamesOfAwsSdks) {
  const auto identity = aws_web_identity([](const char* name) -> const char* {
    const std::string_view wanted(name);
    if (wanted == "AWS_WEB_IDENTITY_TOKEN_FILE") return "/token";
    if (wanted == "AWS_ROLE_ARN") return "arn";
    return wanted == "AWS_ROLE_SESSION_NAME" ? "" : nullptr;
  });
  EXPECT_EQ(identity, (AwsWebIdentity{.token_file = "/token", .role_arn = "arn", .sts_endpoint = {}, .ca_file = {}}));
}

}  // namespace
}  // namespace weir::kafka

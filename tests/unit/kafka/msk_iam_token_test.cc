#include "kafka/msk_iam_token.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <openssl/evp.h>

#include "base/parse.h"
#include "kafka/aws_signature.h"
#include "kafka/session_pool.h"
#include "support/fake_broker.h"
#include "support/sts_server.h"

namespace weir::kafka {
namespace {

using namespace std::chrono;
using base::Secret;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const base::SystemTime kSigned = sys_days(2015y / 8 / 30) + 12h + 36min;
constexpr const char* kKeyId = "AKIDEXAMPLE";
constexpr const char* kKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
constexpr const char* kRegion = "us-east-1";

std::string decoded_url(std::string token) {
  std::ranges::replace(token, '-', '+');
  std::ranges::replace(token, '_', '/');
  const auto padding = (4 - token.size() % 4) % 4;
  token.append(padding, '=');
  std::string url(token.size(), '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(url.data()),
                      reinterpret_cast<const unsigned char*>(token.data()), static_cast<int>(token.size()));
  url.resize(static_cast<std::size_t>(std::max(size, 0)) - (size > 0 ? padding : 0));
  return url;
}

std::string percent_decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    plain += static_cast<char>(std::strtol(std::string(text.substr(i + 1, 2)).c_str(), nullptr, 16));
    i += 2;
  }
  return plain;
}

std::map<std::string, std::string> query_of(const std::string& url) {
  std::map<std::string, std::string> query;
  for (const auto& part : base::split_trimmed(url.substr(url.find('?') + 1), '&')) {
    const auto equals = part.find('=');
    query[percent_decoded(part.substr(0, equals))] = percent_decoded(part.substr(equals + 1));
  }
  return query;
}

// What aws-msk-iam-sasl-signer-go 1.0.4 makes of the same keys at the same time, but for its own User-Agent.
TEST(MskIamToken, IsWhatAwsOwnSignerMakes) {
  const std::string credential =
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fkafka-cluster%2F"
      "aws4_request&X-Amz-Date=20150830T123600Z&X-Amz-Expires=900&";
  const std::string start = "https://kafka.us-east-1.amazonaws.com/?Action=kafka-cluster%3AConnect&User-Agent=weir&";
  struct Row {
    const char* session_token;
    std::string url;
  };
  const Row rows[] = {
      {"", start + credential +
               "X-Amz-Signature=c413a83bc64a339e31a5e5e9ed99d778ff843206b427540cafa5122c01e3e993&"
               "X-Amz-SignedHeaders=host"},
      {"FwoGZXIvYXdzEXAMPLE//////////+token==",
       start + credential +
           "X-Amz-Security-Token=FwoGZXIvYXdzEXAMPLE%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2Btoken%3D%3D&"
           "X-Amz-Signature=13a8d58d2505103e012c48c9ec3a33233d6dfd9ba803ed8191af214fa0adeac5&X-Amz-SignedHeaders=host"},
  };
  for (const auto& [session_token, url] : rows) {
    const auto token = msk_iam_token(kRegion, {kKeyId, Secret(kKey), Secret(session_token)}, kSigned);
    EXPECT_EQ(decoded_url(token.value.reveal()), url);
    EXPECT_EQ(token.value.reveal().find_first_of("+/="), std::string::npos);
    EXPECT_EQ(token.expires_ms, duration_cast<milliseconds>((kSigned + 15min).time_since_epoch()).count());
    EXPECT_EQ(token.principal, kKeyId);
  }
}

// MSK's side: takes a token whose signature it makes again from the keys it knows, within its lifetime.
class Msk {
 public:
  void know(const std::string& id, const AwsKeys& keys) { keys_[id] = keys; }

  bool accepts(const std::string& message) const {
    constexpr std::string_view kStart =
        "n,,\x01"
        "auth=Bearer ";
    if (!message.starts_with(kStart) || !message.ends_with("\x01\x01")) return false;
    const auto url = decoded_url(message.substr(kStart.size(), message.size() - kStart.size() - 2));
    auto query = query_of(url);
    const auto credential = base::split_trimmed(query["X-Amz-Credential"], '/');
    if (credential.size() != 5 || !keys_.contains(credential[0])) return false;
    const AwsKeys& keys = keys_.at(credential[0]);
    const auto now = std::chrono::system_clock::now();
    // Signed less than 15 minutes ago.
    if (query["X-Amz-Date"] > AwsScope{now + 1min, "", ""}.timestamp()) return false;
    if (query["X-Amz-Date"] < AwsScope{now - 15min, "", ""}.timestamp()) return false;
    if (query["X-Amz-Security-Token"] != keys.session_token.reveal()) return false;
    const auto again = msk_iam_token(credential[2], keys, time_of(query["X-Amz-Date"]));
    return decoded_url(again.value.reveal()) == url && query["Action"] == "kafka-cluster:Connect";
  }

 private:
  static base::SystemTime time_of(const std::string& text) {
    std::tm parts{};
    return strptime(text.c_str(), "%Y%m%dT%H%M%SZ", &parts) == nullptr ? base::SystemTime()
                                                                       : system_clock::from_time_t(timegm(&parts));
  }

  std::map<std::string, AwsKeys> keys_;
};

class MskSession : public ::testing::Test {
 protected:
  // A TLS listener, as MSK has for IAM.
  test::FakeBrokerOptions listener() {
    return {.certificate = certificate_, .authenticate = [this](const std::string& message) {
              ++authentications_;
              return msk_.accepts(message);
            }};
  }

  AuthParameters parameters(const std::map<std::string, std::string>& more) const {
    AuthParameters parameters;
    for (const auto& [name, value] : more)
      parameters.emplace(name, value);
    for (const auto& [name, value] : std::map<std::string, std::string>{
             {"sasl", "aws_msk_iam"}, {"tls", "enable"}, {"awsRegion", kRegion}, {"ca", certificate_.certificate_pem}})
      parameters.emplace(name, value);
    return parameters;
  }

  base::Result<std::int32_t> partitions(const test::FakeBroker& broker, const Credentials& credentials) {
    const auto source = pool_.get({{broker.address()}, credentials, false}).value();
    const std::vector<std::string> topics{"orders"};
    return source->partition_counts(topics, steady_clock::now() + 10s).at(0);
  }

  const test::Certificate certificate_ = test::self_signed();
  Msk msk_;
  std::atomic<int> authentications_ = 0;
  base::SystemClock clock_;
  telemetry::Registry registry_;
  SessionPool pool_{{}, clock_, telemetry::Logger(), registry_};
};

TEST_F(MskSession, AuthenticatesWithTheKeysOfASecret) {
  msk_.know(kKeyId, {kKeyId, Secret(kKey), Secret("session")});
  const test::FakeBroker broker(listener());
  const auto keys =
      parameters({{"awsAccessKeyID", kKeyId}, {"awsSecretAccessKey", kKey}, {"awsSessionToken", "session"}});
  const auto got = partitions(broker, parse_credentials(keys).value());
  EXPECT_EQ(got.value_or(-1), test::FakeBroker::kPartitions) << (got ? "" : got.error().message);
  ASSERT_EQ(pool_.status().size(), 1u);
  EXPECT_EQ(pool_.status()[0].authentication, "SASL aws_msk_iam as AKIDEXAMPLE over TLS");
}

TEST_F(MskSession, SaysWhatToCheckWhenRefused) {
  msk_.know(kKeyId, {kKeyId, Secret("another"), {}});
  const test::FakeBroker broker(listener());
  const auto keys = parameters({{"awsAccessKeyID", kKeyId}, {"awsSecretAccessKey", kKey}});
  const auto got = partitions(broker, parse_credentials(keys).value());
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code, base::ErrorCode::kUnauthenticated);
  EXPECT_THAT(got.error().message, HasSubstr("refused the AWS identity AKIDEXAMPLE: check that its IAM policy"));
  EXPECT_THAT(got.error().message, HasSubstr(broker.address()));
  EXPECT_THAT(got.error().message, ::testing::Not(HasSubstr(kKey)));
}

TEST_F(MskSession, AuthenticatesAgainBeforeTheBrokerEndsTheSession) {
  msk_.know(kKeyId, {kKeyId, Secret(kKey), {}});
  auto options = listener();
  options.session_lifetime_ms = 1;
  const test::FakeBroker broker(options);
  const auto credentials =
      parse_credentials(parameters({{"awsAccessKeyID", kKeyId}, {"awsSecretAccessKey", kKey}})).value();
  for (const auto* topic : {"first", "second"}) {
    const auto source = pool_.get({{broker.address()}, credentials, false}).value();
    const std::vector<std::string> topics{topic};
    EXPECT_TRUE(source->partition_counts(topics, steady_clock::now() + 10s).at(0).has_value());
  }
  EXPECT_GE(authentications_, 2);
  EXPECT_EQ(broker.connections(), 1);
}

TEST_F(MskSession, AuthenticatesWithAWebIdentity) {
  test::StsServer sts;
  std::string folder = std::filesystem::temp_directory_path() / "weir-msk-XXXXXX";
  const std::filesystem::path made = mkdtemp(folder.data());
  std::ofstream(made / "token") << "jwt";
  msk_.know("KEY1", {"KEY1", Secret("secret/of+1"), Secret("session/of+1==")});
  const test::FakeBroker broker(listener());
  const AwsWebIdentity own{
      .token_file = made / "token", .role_arn = "arn:role", .sts_endpoint = sts.url(), .ca_file = {}};
  const auto credentials = parse_credentials(parameters({}), &own).value();
  const auto got = partitions(broker, credentials);
  EXPECT_EQ(got.value_or(-1), test::FakeBroker::kPartitions) << (got ? "" : got.error().message);
  EXPECT_EQ(sts.granted(), 1);
  EXPECT_EQ(credentials.describe(), "SASL aws_msk_iam as arn:role over TLS");
  std::filesystem::remove_all(made);
}

}  // namespace
}  // namespace weir::kafka

#include "kafka/aws_web_identity.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string_view>
#include <utility>

#include "base/parse.h"
#include "kafka/percent_encoding.h"
#include "telemetry/utf8.h"

namespace weir::kafka {
namespace {

using base::ErrorCode;
using std::chrono::milliseconds;
using std::chrono::seconds;

// As AWS's own SDKs do: new keys well before the old ones end, whatever the clock's error.
constexpr seconds kRenewBefore{300};
constexpr seconds kRetryAfter{10};
constexpr milliseconds kMostWait{5000};
constexpr std::size_t kMostFileBytes = 1 << 20;

std::string endpoint_of(const AwsWebIdentity& identity, const std::string& region) {
  if (!identity.sts_endpoint.empty()) return identity.sts_endpoint;
  return fmt::format("https://sts.{}.amazonaws.com{}", region, region.starts_with("cn-") ? ".cn" : "");
}

base::Result<std::string> read_file(const std::string& path, std::string_view variable) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMostFileBytes, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.empty()) return base::fail(ErrorCode::kUnauthenticated, "{} names {}, which cannot be read", variable, path);
  return text;
}

// The text of the first element of this name; STS answers without attributes in those that are read here.
std::string element(std::string_view xml, std::string_view name) {
  const auto opening = fmt::format("<{}>", name);
  const auto begin = xml.find(opening);
  if (begin == std::string_view::npos) return {};
  xml.remove_prefix(begin + opening.size());
  const auto end = xml.find('<');
  return end == std::string_view::npos ? std::string() : std::string(base::trim(xml.substr(0, end)));
}

// 2015-08-30T12:36:00Z
std::optional<base::SystemTime> parse_time(std::string_view text) {
  if (text.size() < 20 || text.back() != 'Z' || text[10] != 'T') return std::nullopt;
  const auto number = [text](std::size_t at, std::size_t digits) {
    return static_cast<int>(base::parse_int(text.substr(at, digits)).value_or(-1));
  };
  const std::chrono::year_month_day date{std::chrono::year(number(0, 4)),
                                         std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(number(8, 2)))};
  const int hours = number(11, 2);
  const int minutes = number(14, 2);
  const int whole = number(17, 2);
  // The system's clock counts nanoseconds, to 2262.
  if (!date.ok() || number(0, 4) < 1970 || number(0, 4) > 2200) return std::nullopt;
  if (hours < 0 || minutes < 0 || whole < 0) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hours) + std::chrono::minutes(minutes) + seconds(whole);
}

// STS's own words, which hold no secret.
std::string refusal_text(const std::string& body) {
  const auto code = element(body, "Code");
  const auto message = element(body, "Message");
  return telemetry::to_valid_utf8(fmt::format("{}{}{}{}", code.empty() ? "" : ": ", code.substr(0, 100),
                                              message.empty() ? "" : ", ", message.substr(0, 300)));
}

}  // namespace

AwsWebIdentity aws_web_identity(const std::function<const char*(const char*)>& variable) {
  const auto text = [&](const char* name, const char* otherwise) {
    const char* const value = variable(name);
    return std::string(value == nullptr || *value == '\0' ? otherwise : value);
  };
  return {.token_file = text("AWS_WEB_IDENTITY_TOKEN_FILE", ""),
          .role_arn = text("AWS_ROLE_ARN", ""),
          .session_name = text("AWS_ROLE_SESSION_NAME", "weir"),
          .sts_endpoint = text("AWS_ENDPOINT_URL_STS", ""),
          .ca_file = text("AWS_CA_BUNDLE", "")};
}

WebIdentityKeys::WebIdentityKeys(AwsWebIdentity identity, const std::string& region)
    : identity_(std::move(identity)), endpoint_(endpoint_of(identity_, region)) {}

base::Result<AwsKeys> WebIdentityKeys::get(base::SystemTime now, base::SteadyTime deadline) {
  const std::scoped_lock lock(mutex_);
  if (session_ && now < renew_at_) return session_->keys;
  auto fresh = assume_role(deadline);
  if (fresh) {
    // Keys of less than some minutes are renewed half way.
    renew_at_ = fresh->expires - std::min<base::SystemTime::duration>(kRenewBefore, (fresh->expires - now) / 2);
    session_ = *std::move(fresh);
    return session_->keys;
  }
  if (!session_ || now >= session_->expires) return std::unexpected(fresh.error());
  renew_at_ = now + kRetryAfter;
  return session_->keys;
}

base::Result<AwsSession> WebIdentityKeys::assume_role(base::SteadyTime deadline) const {
  const auto token = read_file(identity_.token_file, "AWS_WEB_IDENTITY_TOKEN_FILE");
  if (!token) return std::unexpected(token.error());
  http::TlsOptions tls;
  if (!identity_.ca_file.empty()) {
    auto ca = read_file(identity_.ca_file, "AWS_CA_BUNDLE");
    if (!ca) return std::unexpected(ca.error());
    tls.ca_pem = *std::move(ca);
  }
  http::Request request;
  request.method = "POST";
  request.url = endpoint_;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = fmt::format(
      "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={}&RoleSessionName={}&WebIdentityToken={}",
      percent_encoded(identity_.role_arn), percent_encoded(identity_.session_name),
      percent_encoded(base::trim(*token)));
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
  request.timeout = std::clamp(left, milliseconds(1), kMostWait);
  const auto response = http::Client(std::move(tls)).send(request);
  if (!response)
    return base::fail(ErrorCode::kUnavailable, "no AWS credentials for Kafka: {}", response.error().message);
  return parse_sts_response(endpoint_, identity_.role_arn, *response);
}

base::Result<AwsSession> parse_sts_response(const std::string& endpoint, const std::string& role_arn,
                                            const http::Response& response) {
  if (response.status >= 400 && response.status < 500)
    return base::fail(ErrorCode::kUnauthenticated,
                      "AWS STS at {} refused role {} with HTTP {}{}: check the role's trust policy, "
                      "AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE",
                      endpoint, role_arn, response.status, refusal_text(response.body));
  if (response.status != 200)
    return base::fail(ErrorCode::kUnavailable, "AWS STS at {} answered HTTP {}", endpoint, response.status);
  AwsSession session;
  session.keys.access_key_id = element(response.body, "AccessKeyId");
  session.keys.secret_access_key = base::Secret(element(response.body, "SecretAccessKey"));
  session.keys.session_token = base::Secret(element(response.body, "SessionToken"));
  const auto expires = parse_time(element(response.body, "Expiration"));
  if (session.keys.access_key_id.empty() || session.keys.secret_access_key.empty() || !expires)
    return base::fail(ErrorCode::kUnavailable, "AWS STS at {} answered without credentials: check AWS_ENDPOINT_URL_STS",
                      endpoint);
  session.expires = *expires;
  return session;
}

}  // namespace weir::kafka

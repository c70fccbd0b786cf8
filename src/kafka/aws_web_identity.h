#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "http/client.h"
#include "kafka/aws_credentials.h"

namespace weir::kafka {

// Keys for a time.
struct AwsSession {
  AwsKeys keys;
  base::SystemTime expires;
};

// Gets keys for a web identity from AWS STS (AssumeRoleWithWebIdentity), keeps them, and gets new ones some minutes
// before they expire. Thread-safe; blocks for an HTTP request.
class WebIdentityKeys {
 public:
  WebIdentityKeys(AwsWebIdentity identity, const std::string& region);

  // kUnauthenticated when STS refuses the token or the role, kUnavailable when it does not answer by `deadline`; both
  // name it. While the old keys are good, they serve instead of an error.
  base::Result<AwsKeys> get(base::SystemTime now, base::SteadyTime deadline);

 private:
  base::Result<AwsSession> assume_role(base::SteadyTime deadline) const;

  const AwsWebIdentity identity_;
  const std::string endpoint_;
  std::mutex mutex_;
  std::optional<AwsSession> session_;
  base::SystemTime renew_at_;
};

// The answer of STS as keys.
base::Result<AwsSession> parse_sts_response(const std::string& endpoint, const std::string& role_arn,
                                            const http::Response& response);

}  // namespace weir::kafka

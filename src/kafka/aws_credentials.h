#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/secret.h"

namespace weir::kafka {

// What signs a request to AWS. The session token is empty for keys that do not expire.
struct AwsKeys {
  std::string access_key_id;
  base::Secret secret_access_key, session_token;

  bool operator==(const AwsKeys&) const = default;
  auto operator<=>(const AwsKeys&) const = default;
};

// A role that this process may assume by a token of the cluster it runs in: an identity of the process, which no tenant
// may use. Who holds one may use it, so it is handed out only where the operator's configuration asks for it.
struct AwsWebIdentity {
  std::string token_file;  // empty: the process has no such identity
  std::string role_arn;
  std::string session_name = "weir";
  std::string sts_endpoint = {};  // empty: that of the region
  std::string ca_file = {};       // of STS; empty: the system's

  bool operator==(const AwsWebIdentity&) const = default;
  auto operator<=>(const AwsWebIdentity&) const = default;
};

// How to authenticate with Amazon MSK by IAM: by keys, or by a web identity.
struct MskIam {
  std::string region;
  AwsKeys keys;
  std::optional<AwsWebIdentity> web_identity;

  bool operator==(const MskIam&) const = default;
  auto operator<=>(const MskIam&) const = default;
};

// The identity that the environment names, by the variables of AWS's own SDKs (AWS_WEB_IDENTITY_TOKEN_FILE,
// AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME, AWS_ENDPOINT_URL_STS, AWS_CA_BUNDLE). `variable` is like std::getenv.
AwsWebIdentity aws_web_identity(const std::function<const char*(const char*)>& variable);

}  // namespace weir::kafka

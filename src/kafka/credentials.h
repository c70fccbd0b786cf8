#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "kafka/aws_credentials.h"

namespace weir::kafka {

enum class SaslMechanism { kNone, kPlain, kScramSha256, kScramSha512, kOauthBearer, kGssapi };

// KEDA's name of a mechanism: scram_sha512.
std::string_view to_string(SaslMechanism mechanism);

// How a session authenticates, checked. Two equal values may share a session.
struct Credentials {
  bool tls = false;
  bool verify_server = true;  // false: unsafeSsl
  std::string ca_pem, cert_pem;
  base::Secret key_pem, key_password;

  SaslMechanism sasl = SaslMechanism::kNone;
  std::string username;
  base::Secret password;

  std::string token_endpoint;
  std::vector<std::string> scopes;
  std::vector<std::pair<std::string, std::string>> extensions;
  std::optional<MskIam> msk_iam;  // with oauthbearer: how to make the token, instead of the three above

  base::Secret keytab;  // the file's bytes
  std::string realm, kerberos_config, kerberos_service = "kafka";

  bool operator==(const Credentials&) const = default;
  auto operator<=>(const Credentials&) const = default;

  // KEDA's name of how this authenticates: scram_sha512, aws_msk_iam.
  std::string_view sasl_name() const;
  // For people: `plaintext`, `SASL scram_sha512 as orders over TLS`. No secret.
  std::string describe() const;
};

// Authentication parameters by KEDA's names (sasl, tls, username, password, ca, ...). Values as in the Secret.
using AuthParameters = std::map<std::string, base::Secret>;

// Checks parameters by the rules of KEDA's kafka trigger (parseTLS, parseSASL, and GetAwsAuthorization for MSK). All
// wrong fields in one kInvalidArgument; a Kerberos password or credential cache get an error that says what to use
// instead. `own` is given where these parameters are the operator's own words, which alone may use the web identity of
// this process; a role in anybody else's parameters is an error.
base::Result<Credentials> parse_credentials(const AuthParameters& parameters, const AwsWebIdentity* own = nullptr);

}  // namespace weir::kafka

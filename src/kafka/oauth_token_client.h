#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "http/client.h"
#include "kafka/aws_web_identity.h"
#include "kafka/credentials.h"
#include "kafka/oauth_token.h"

namespace weir::kafka {

// Gets tokens for OAUTHBEARER: signed with AWS keys where the credentials say so (Amazon MSK), else by OAuth 2's client
// credentials grant, of which the user name and password of the credentials are the client's id and secret.
// Thread-safe; blocks for an HTTP request.
class OauthTokenClient {
 public:
  explicit OauthTokenClient(const Credentials& credentials);

  // kUnauthenticated when the endpoint refuses the client, kUnavailable when it does not answer by the deadline, nor
  // within some seconds; both name it.
  base::Result<OauthToken> fetch(base::SteadyTime deadline = base::SteadyTime::max()) const;

 private:
  base::Result<OauthToken> fetch_msk(base::SteadyTime deadline) const;

  std::optional<MskIam> msk_;
  std::unique_ptr<WebIdentityKeys> web_identity_;
  std::string endpoint_, client_id_, form_;
  base::Secret client_secret_;
  std::vector<std::pair<std::string, std::string>> extensions_;
  http::Client http_;
};

// The answer of a token endpoint (RFC 6749 §5.1) as a token. `received` is when it came.
base::Result<OauthToken> parse_token_response(const std::string& endpoint, const http::Response& response,
                                              base::SystemTime received);

}  // namespace weir::kafka

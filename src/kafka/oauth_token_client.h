#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "http/client.h"
#include "kafka/credentials.h"

namespace weir::kafka {

struct OauthToken {
  base::Secret value;
  std::int64_t expires_ms = 0;  // since the epoch
  std::string principal;
  std::vector<std::pair<std::string, std::string>> extensions;
};

// Gets tokens for OAUTHBEARER by OAuth 2's client credentials grant: the user name and password of the credentials are
// the client's id and secret. Thread-safe; blocks for an HTTP request.
class OauthTokenClient {
 public:
  explicit OauthTokenClient(const Credentials& credentials);

  // kUnauthenticated when the endpoint refuses the client, kUnavailable when it does not answer; both name it.
  base::Result<OauthToken> fetch() const;

 private:
  std::string endpoint_, client_id_, form_;
  base::Secret client_secret_;
  std::vector<std::pair<std::string, std::string>> extensions_;
  http::Client http_;
};

// The answer of a token endpoint (RFC 6749 §5.1) as a token. `received` is when it came.
base::Result<OauthToken> parse_token_response(const std::string& endpoint, const http::Response& response,
                                              base::SystemTime received);

}  // namespace weir::kafka

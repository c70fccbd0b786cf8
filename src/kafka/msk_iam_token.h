#pragma once

#include <string>

#include "base/clock.h"
#include "kafka/aws_credentials.h"
#include "kafka/oauth_token.h"

namespace weir::kafka {

// The OAUTHBEARER token by which Amazon MSK knows an IAM identity: a URL for kafka-cluster:Connect, signed for 15
// minutes, in base64url. It is good with every MSK cluster of the region that lets the identity in, whoever holds it.
OauthToken msk_iam_token(const std::string& region, const AwsKeys& keys, base::SystemTime now);

}  // namespace weir::kafka

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "kafka/aws_credentials.h"

namespace weir::kafka {

// What of a request AWS Signature Version 4 signs.
struct AwsRequest {
  std::string method = "GET";
  std::string path = "/";  // encoded already
  std::vector<std::pair<std::string, std::string>> query = {};
  std::map<std::string, std::string> headers = {};  // names in lower case
  std::string payload = {};
};

// When, where and with which service a signature is good.
struct AwsScope {
  base::SystemTime time;
  std::string region;
  std::string service;

  std::string timestamp() const;  // 20150830T123600Z
  std::string text() const;       // 20150830/us-east-1/iam/aws4_request
};

// The signature of a request, in hexadecimal.
std::string aws_signature(const AwsRequest& request, const AwsScope& scope, const AwsKeys& keys);

// Names and values encoded and in AWS's order, as in a URL.
std::string canonical_query(const std::vector<std::pair<std::string, std::string>>& query);

}  // namespace weir::kafka

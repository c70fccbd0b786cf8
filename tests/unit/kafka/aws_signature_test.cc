#include "kafka/aws_signature.h"

#include <chrono>

#include <gtest/gtest.h>

namespace weir::kafka {
namespace {

using base::Secret;
using namespace std::chrono;

// The time and the keys of AWS's published examples.
const base::SystemTime kTime = sys_days(2015y / 8 / 30) + 12h + 36min;
const AwsKeys kKeys{"AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), {}};
constexpr const char* kUnreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

struct Vector {
  const char* name;
  AwsRequest request;
  const char* signature;
};

AwsRequest suite(AwsRequest request) {
  request.headers.emplace("host", "example.amazonaws.com");
  request.headers.emplace("x-amz-date", "20150830T123600Z");
  return request;
}

TEST(AwsSignature, IsThatOfAwsTestSuite) {
  const std::vector<Vector> vectors{
      {"get-vanilla", {}, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"get-vanilla-query-order-key-case",
       {.query = {{"Param2", "value2"}, {"Param1", "value1"}}},
       "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
      {"get-vanilla-query-unreserved",
       {.query = {{kUnreserved, kUnreserved}}},
       "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
      {"get-vanilla-utf8-path",
       {.path = "/%E1%88%B4"},
       "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
      {"post-vanilla", {.method = "POST"}, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
      {"post-x-www-form-urlencoded",
       {.method = "POST",
        .headers = {{"content-type", "application/x-www-form-urlencoded"}},
        .payload = "Param1=value1"},
       "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
  };
  for (const auto& [name, request, signature] : vectors)
    EXPECT_EQ(aws_signature(suite(request), {kTime, "us-east-1", "service"}, kKeys), signature) << name;
}

TEST(AwsSignature, IsThatOfTheGuideForIam) {
  const AwsRequest request{.query = {{"Action", "ListUsers"}, {"Version", "2010-05-08"}},
                           .headers = {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"},
                                       {"host", "iam.amazonaws.com"},
                                       {"x-amz-date", "20150830T123600Z"}}};
  EXPECT_EQ(aws_signature(request, {kTime, "us-east-1", "iam"}, kKeys),
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

TEST(AwsScope, IsWrittenInUtcToTheSecond) {
  const AwsScope scope{kTime + milliseconds(999), "eu-west-1", "kafka-cluster"};
  EXPECT_EQ(scope.timestamp(), "20150830T123600Z");
  EXPECT_EQ(scope.text(), "20150830/eu-west-1/kafka-cluster/aws4_request");
}

}  // namespace
}  // namespace weir::kafka

#include "rpc/status.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace weir::rpc {
namespace {

using base::ErrorCode;
using grpc::StatusCode;

TEST(StatusTest, EveryErrorHasItsCodeAndKeepsItsText) {
  const std::vector<std::pair<ErrorCode, StatusCode>> rows{
      {ErrorCode::kInvalidArgument, StatusCode::INVALID_ARGUMENT},
      {ErrorCode::kNotFound, StatusCode::NOT_FOUND},
      {ErrorCode::kPermissionDenied, StatusCode::PERMISSION_DENIED},
      {ErrorCode::kUnauthenticated, StatusCode::UNAUTHENTICATED},
      {ErrorCode::kResourceExhausted, StatusCode::RESOURCE_EXHAUSTED},
      {ErrorCode::kUnavailable, StatusCode::UNAVAILABLE},
      {ErrorCode::kInternal, StatusCode::INTERNAL},
  };
  for (const auto& [error, code] : rows) {
    SCOPED_TRACE(std::string(base::to_string(error)));
    const grpc::Status status = to_status({error, "topic orders"});
    EXPECT_EQ(status.error_code(), code);
    EXPECT_EQ(status.error_message(), "topic orders");
    EXPECT_EQ(code_name(code), base::to_string(error));
  }
}

TEST(StatusTest, AClientReadsTheErrorBack) {
  for (const auto code : {ErrorCode::kInvalidArgument, ErrorCode::kNotFound, ErrorCode::kPermissionDenied,
                          ErrorCode::kUnauthenticated, ErrorCode::kResourceExhausted}) {
    const base::Error error{code, "topic orders"};
    EXPECT_EQ(to_error(to_status(error), "weir:9090"), error);
  }
}

TEST(StatusTest, AnErrorOfTheConnectionNamesTheAddress) {
  struct Row {
    StatusCode code;
    ErrorCode error;
  };
  for (const Row row :
       {Row{StatusCode::UNAVAILABLE, ErrorCode::kUnavailable},
        Row{StatusCode::DEADLINE_EXCEEDED, ErrorCode::kUnavailable},
        Row{StatusCode::UNIMPLEMENTED, ErrorCode::kInvalidArgument}, Row{StatusCode::INTERNAL, ErrorCode::kInternal},
        Row{StatusCode::UNKNOWN, ErrorCode::kInternal}}) {
    const auto error = to_error({row.code, "went away"}, "weir:9090");
    EXPECT_EQ(error.code, row.error) << row.code;
    EXPECT_NE(error.message.find("weir:9090"), std::string::npos) << error.message;
    EXPECT_NE(error.message.find("went away"), std::string::npos) << error.message;
  }
}

TEST(StatusTest, AScalerThatHangsUpMayWantTls) {
  const auto error = to_error({StatusCode::UNAVAILABLE, "Socket closed"}, "weir:9090");
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_EQ(error.message, "scaler weir:9090: Socket closed; one with TLS hangs up so on a client without");
}

}  // namespace
}  // namespace weir::rpc

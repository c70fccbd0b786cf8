#include "base/error.h"

#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/field_errors.h"

namespace weir::base {
namespace {

TEST(Fail, FormatsTheMessage) {
  const Result<int> result = fail(ErrorCode::kNotFound, "topic {} does not exist", "orders");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), (Error{ErrorCode::kNotFound, "topic orders does not exist"}));
}

TEST(ErrorCode, EachHasTheNameThatGrpcGivesIt) {
  const std::pair<ErrorCode, std::string_view> rows[] = {{ErrorCode::kInvalidArgument, "INVALID_ARGUMENT"},
                                                         {ErrorCode::kNotFound, "NOT_FOUND"},
                                                         {ErrorCode::kPermissionDenied, "PERMISSION_DENIED"},
                                                         {ErrorCode::kUnauthenticated, "UNAUTHENTICATED"},
                                                         {ErrorCode::kResourceExhausted, "RESOURCE_EXHAUSTED"},
                                                         {ErrorCode::kUnavailable, "UNAVAILABLE"},
                                                         {ErrorCode::kInternal, "INTERNAL"}};
  for (const auto& [code, name] : rows)
    EXPECT_EQ(to_string(code), name);
}

TEST(FieldErrors, ShowsFieldValueAndRemedy) {
  EXPECT_EQ(to_string(FieldError{"lagThreshold", "0", "must be above 0"}), "lagThreshold \"0\": must be above 0");
}

TEST(FieldErrors, AMissingFieldHasNoValue) {
  EXPECT_EQ(to_string(FieldError{"consumerGroup", "", "is required"}), "consumerGroup: is required");
}

TEST(FieldErrors, TellsAllWrongFieldsAtOnceInTheirOrder) {
  FieldErrors errors;
  EXPECT_TRUE(errors.empty());
  errors.add("lagThreshold", "-1", "must be above 0");
  errors.add("topic", "", "is required");
  EXPECT_FALSE(errors.empty());
  EXPECT_EQ(errors.list().size(), 2U);
  EXPECT_EQ(errors.to_error(),
            (Error{ErrorCode::kInvalidArgument, "lagThreshold \"-1\": must be above 0; topic: is required"}));
}

TEST(FieldErrors, ALongValueIsCut) {
  const std::string shown = to_string(FieldError{"topic", std::string(1000, 'x'), "is too long"});
  EXPECT_EQ(shown, "topic \"" + std::string(80, 'x') + "...\": is too long");
  EXPECT_EQ(to_string(FieldError{"topic", std::string(80, 'x'), "is odd"}),
            "topic \"" + std::string(80, 'x') + "\": is odd");
}

TEST(FieldErrors, ALongValueIsNotCutInsideACharacter) {
  const std::string value = std::string(79, 'x') + "\xE2\x82\xAC and more";
  EXPECT_EQ(to_string(FieldError{"topic", value, "is too long"}),
            "topic \"" + std::string(79, 'x') + "...\": is too long");
}

}  // namespace
}  // namespace weir::base

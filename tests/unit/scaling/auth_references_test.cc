#include "scaling/auth_references.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::scaling {
namespace {

struct Parsed {
  std::vector<AuthReference> references;
  std::vector<base::FieldError> errors;
};

Parsed parse(std::string_view text) {
  const TriggerMetadata metadata;
  base::FieldErrors errors;
  TriggerFields fields(metadata, errors);
  auto references = parse_auth_references(text, fields);
  return {std::move(references), errors.list()};
}

TEST(AuthReferences, ReadsParameterSecretAndKey) {
  const auto parsed = parse(" username = kafka-secret/user ;ca=kafka.ca/ca.crt; sasl=kafka-secret/type;");
  EXPECT_THAT(parsed.errors, testing::IsEmpty());
  EXPECT_THAT(parsed.references, testing::ElementsAre(AuthReference{"username", "kafka-secret", "user"},
                                                      AuthReference{"ca", "kafka.ca", "ca.crt"},
                                                      AuthReference{"sasl", "kafka-secret", "type"}));
}

TEST(AuthReferences, SaysWhatIsWrongWithAPart) {
  const struct {
    const char* what;
    const char* text;
    const char* remedy;
  } rows[] = {
      {"no secret", "username", "parameter=secret/key"},
      {"no key", "username=kafka-secret", "parameter=secret/key"},
      {"the slash before the equals sign", "a/b=c", "parameter=secret/key"},
      {"a misspelt parameter", "usrname=s/k", "write one of username, password, ca"},
      {"a parameter twice", "ca=s/k;ca=t/k", "given twice"},
      {"a Secret in another directory", "ca=../k", "not the name of a Secret"},
      {"a Secret with capitals", "ca=Kafka/k", "not the name of a Secret"},
      {"an empty Secret", "ca=/k", "not the name of a Secret"},
      {"a key in another directory", "ca=s/../../k", "not a key of a Secret"},
      {"a hidden key", "ca=s/..data", "not a key of a Secret"},
      {"an empty key", "ca=s/", "not a key of a Secret"},
  };
  for (const auto& row : rows) {
    const auto parsed = parse(row.text);
    ASSERT_EQ(parsed.errors.size(), 1U) << row.what;
    EXPECT_EQ(parsed.errors[0].field, "auth");
    EXPECT_THAT(parsed.errors[0].remedy, testing::HasSubstr(row.remedy)) << row.what;
  }
}

TEST(AuthReferences, ReportsEveryWrongPartAndKeepsTheRest) {
  const auto parsed = parse("x=s/k; ca=kafka/ca.crt; password");
  EXPECT_EQ(parsed.errors.size(), 2U);
  EXPECT_THAT(parsed.references, testing::ElementsAre(AuthReference{"ca", "kafka", "ca.crt"}));
}

TEST(AuthReferences, DoesNotShowAPasswordWrittenInPlaceOfAReference) {
  const auto parsed = parse("password=hunter2");
  ASSERT_EQ(parsed.errors.size(), 1U);
  EXPECT_THAT(base::to_string(parsed.errors[0]), testing::Not(testing::HasSubstr("hunter2")));
}

TEST(SecretName, IsWhatKubernetesAllows) {
  for (const auto* name : {"kafka", "kafka-auth", "kafka.prod", "0"})
    EXPECT_TRUE(is_secret_name(name)) << name;
  for (const auto* name : {"", ".", "..", "a..b", "-a", "a-", "a/b", "A", "a_b", "a b"}) {
    EXPECT_FALSE(is_secret_name(name)) << name;
  }
  EXPECT_TRUE(is_secret_name(std::string(253, 'a')));
  EXPECT_FALSE(is_secret_name(std::string(254, 'a')));
}

}  // namespace
}  // namespace weir::scaling

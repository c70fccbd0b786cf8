#include "cli/cluster_resolver.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_offset_source.h"

namespace weir::cli {
namespace {

using base::ErrorCode;
using kafka::SecretData;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class FakeSecrets final : public kafka::SecretSource {
 public:
  void put(const std::string& ns, const std::string& name, const std::map<std::string, std::string>& data) {
    SecretData secret;
    for (const auto& [key, value] : data)
      secret.emplace(key, value);
    secrets_[ns + "/" + name] = std::make_shared<const SecretData>(std::move(secret));
    ++generation_;
  }
  base::Result<std::shared_ptr<const SecretData>> get(const std::string& ns, const std::string& name) const override {
    const auto found = secrets_.find(ns + "/" + name);
    if (found == secrets_.end()) return base::fail(ErrorCode::kNotFound, "Secret {}/{} does not exist", ns, name);
    return found->second;
  }
  std::uint64_t generation() const override { return generation_; }

 private:
  std::map<std::string, std::shared_ptr<const SecretData>> secrets_;
  std::uint64_t generation_ = 0;
};

// A resolver over a small configuration, which remembers the sessions it opened.
class ResolverTest : public ::testing::Test {
 protected:
  ResolverTest() {
    secrets_.put("shop", "named",
                 {{"bootstrapServers", "kafka:9092, Kafka-2:9092"},
                  {"sasl", "plaintext"},
                  {"username", "shop"},
                  {"password", "hunter2"}});
    secrets_.put("shop", "unnamed", {{"sasl", "plaintext"}, {"username", "shop"}, {"password", "hunter2"}});
    secrets_.put("weir", "stored", {{"sasl", "plaintext"}, {"username", "weir"}, {"password", "s3cret"}});
    options_.clusters["open"] = profile({"*"}, {});
    options_.clusters["team"] =
        profile({"shop", "shop-*"}, {{"sasl", "plaintext"}, {"username", "team"}, {"password", "pw"}});
    options_.clusters["stored"] = profile({"*"}, {});
    options_.clusters["stored"].secret.emplace("weir", "stored");
    options_.session_limit = [](const std::string&) { return std::size_t{2}; };
  }

  static ClusterProfile profile(std::vector<std::string> namespaces, const std::map<std::string, std::string>& auth) {
    ClusterProfile made{.bootstrap_servers = {"Prod:9092"},
                        .namespaces = std::move(namespaces),
                        .auth = {},
                        .auth_files = {},
                        .secret = {}};
    for (const auto& [key, value] : auth)
      made.auth.emplace(key, value);
    return made;
  }

  ConfiguredClusterResolver& resolver() {
    if (!resolver_) {
      files_ = WatchedFiles::open({}).value();
      resolver_.emplace(options_, &secrets_, *files_, [this](const kafka::SessionKey& key) -> Session {
        keys_.push_back(key);
        auto& held = pool_[key];
        if (!held) held = std::make_shared<weir::testing::FakeOffsetSource>();
        return held;
      });
    }
    return *resolver_;
  }

  using Session = base::Result<std::shared_ptr<lag::OffsetSource>>;

  Session resolve(const scaling::ClusterRequest& request, bool trusted, const std::string& ns = "shop") {
    return resolver().resolve(request, {.ns = ns, .trusted = trusted, .peer = "test"});
  }

  FakeSecrets secrets_;
  ResolverOptions options_;
  std::unique_ptr<WatchedFiles> files_;
  std::vector<kafka::SessionKey> keys_;
  std::map<kafka::SessionKey, std::shared_ptr<lag::OffsetSource>> pool_;
  std::optional<ConfiguredClusterResolver> resolver_;
};

scaling::ClusterRequest brokers(std::vector<std::string> list) {
  scaling::ClusterRequest request;
  request.bootstrap_servers = std::move(list);
  return request;
}

scaling::ClusterRequest with_secret(scaling::ClusterRequest request, const std::string& secret) {
  request.auth_secret = secret;
  return request;
}

scaling::ClusterRequest with_auth(scaling::ClusterRequest request, const std::string& secret, const std::string& key) {
  request.auth.push_back({.parameter = "password", .secret = secret, .key = key});
  return request;
}

scaling::ClusterRequest cluster(const std::string& name) {
  scaling::ClusterRequest request;
  request.cluster_ref = name;
  return request;
}

struct SecurityRow {
  const char* name;
  scaling::ClusterRequest request;
  bool trusted;
  const char* ns;
  std::optional<std::vector<std::string>> allowed_brokers;
  std::optional<ErrorCode> error;  // none: a session
  const char* text = "";           // part of the error
};

class Security : public ResolverTest, public ::testing::WithParamInterface<SecurityRow> {};

TEST_P(Security, IsDecidedBeforeASessionOpens) {
  const SecurityRow& row = GetParam();
  options_.allowed_brokers = row.allowed_brokers;
  const auto session = resolve(row.request, row.trusted, row.ns);
  if (!row.error) {
    EXPECT_TRUE(session) << session.error().message;
    return;
  }
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, *row.error) << session.error().message;
  EXPECT_THAT(session.error().message, HasSubstr(row.text));
  EXPECT_THAT(session.error().message, Not(HasSubstr("hunter2")));
  EXPECT_TRUE(keys_.empty()) << "nothing may be opened";
}

using Globs = std::vector<std::string>;
constexpr auto kDenied = ErrorCode::kPermissionDenied;

INSTANTIATE_TEST_SUITE_P(
    Rows, Security,
    ::testing::Values(
        SecurityRow{"plain_brokers_are_open_to_all", brokers({"any:1"}), false, "shop", {}, {}},
        SecurityRow{"plain_brokers_must_be_allowed_where_that_is_set", brokers({"evil:1"}), true, "shop",
                    Globs{"kafka*:9092"}, kDenied, "evil:1"},
        SecurityRow{"every_one_of_them", brokers({"kafka:9092", "evil:1"}), true, "shop", Globs{"kafka*:9092"}, kDenied,
                    "evil:1"},
        SecurityRow{"allowed_plain_brokers", brokers({"KAFKA-1:9092"}), false, "shop", Globs{"kafka*:9092"}, {}},
        SecurityRow{"a_Secret_needs_a_believed_namespace",
                    with_secret(brokers({"kafka:9092"}), "named"),
                    false,
                    "shop",
                    {},
                    kDenied,
                    "--allowed-client"},
        SecurityRow{"so_does_a_Secret_that_does_not_exist",
                    with_secret(brokers({"kafka:9092"}), "none"),
                    false,
                    "shop",
                    {},
                    kDenied,
                    "--allowed-client"},
        SecurityRow{"so_does_auth",
                    with_auth(brokers({"kafka:9092"}), "named", "password"),
                    false,
                    "shop",
                    {},
                    kDenied,
                    "--allowed-client"},
        SecurityRow{"so_does_a_Secret_with_an_open_cluster",
                    with_secret(cluster("open"), "named"),
                    false,
                    "shop",
                    {},
                    kDenied,
                    "--allowed-client"},
        SecurityRow{"a_Secret_goes_to_the_brokers_it_names",
                    with_secret(brokers({"kafka:9092", "kafka-2:9092"}), "named"),
                    true,
                    "shop",
                    {},
                    {}},
        SecurityRow{"and_to_no_other",
                    with_secret(brokers({"kafka:9092", "evil:1"}), "named"),
                    true,
                    "shop",
                    {},
                    kDenied,
                    "evil:1"},
        SecurityRow{"a_Secret_without_brokers_goes_nowhere",
                    with_secret(brokers({"kafka:9092"}), "unnamed"),
                    true,
                    "shop",
                    {},
                    kDenied,
                    "bootstrapServers"},
        SecurityRow{"but_where_the_configuration_allows",
                    with_secret(brokers({"kafka:9092"}), "unnamed"),
                    true,
                    "shop",
                    Globs{"kafka:9092"},
                    {}},
        SecurityRow{"a_Secret_of_auth_goes_to_the_brokers_it_names_only",
                    with_auth(with_secret(brokers({"kafka:9092"}), "named"), "unnamed", "password"),
                    true,
                    "shop",
                    {},
                    kDenied,
                    "unnamed"},
        SecurityRow{"a_key_that_the_Secret_lacks",
                    with_auth(with_secret(brokers({"kafka:9092"}), "named"), "named", "nokey"),
                    true,
                    "shop",
                    {},
                    ErrorCode::kNotFound,
                    "nokey"},
        SecurityRow{"a_Secret_of_another_namespace_is_not_found",
                    with_secret(brokers({"kafka:9092"}), "named"),
                    true,
                    "other",
                    {},
                    ErrorCode::kNotFound,
                    "other/named"},
        SecurityRow{"a_cluster_for_all_is_for_strangers_too", cluster("open"), false, "shop", {}, {}},
        SecurityRow{"whatever_brokers_are_allowed_otherwise", cluster("open"), false, "shop", Globs{"kafka:9092"}, {}},
        SecurityRow{"a_cluster_for_some_needs_a_believed_namespace",
                    cluster("team"),
                    false,
                    "shop",
                    {},
                    kDenied,
                    "--allowed-client"},
        SecurityRow{"a_cluster_for_some_serves_them", cluster("team"), true, "shop-a", {}, {}},
        SecurityRow{"and_nobody_else", cluster("team"), true, "billing", {}, kDenied, "billing"},
        SecurityRow{"a_cluster_that_does_not_exist", cluster("nope"), true, "shop", {}, ErrorCode::kNotFound, "nope"},
        SecurityRow{"a_Secret_is_not_mixed_with_a_cluster",
                    with_secret(cluster("open"), "named"),
                    true,
                    "shop",
                    {},
                    ErrorCode::kInvalidArgument,
                    "leave out"}),
    [](const auto& row) { return row.param.name; });

TEST_F(ResolverTest, ATriggerCannotChangeHowAClusterIsReached) {
  scaling::ClusterRequest request = cluster("team");
  request.auth_parameters["unsafeSsl"] = "true";
  const auto session = resolve(request, true);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(ResolverTest, ASessionIsNamedByItsBrokersWithoutRegardToOrderCaseAndRepeats) {
  ASSERT_TRUE(resolve(brokers({"b:1", "A:1", "a:1"}), false));
  ASSERT_TRUE(resolve(brokers({"a:1", "b:1"}), false));
  EXPECT_THAT(keys_[0].brokers, ElementsAre("a:1", "b:1"));
  EXPECT_EQ(keys_[0], keys_[1]);
}

TEST_F(ResolverTest, IsolationMakesASessionOfItsOwn) {
  scaling::ClusterRequest request = brokers({"a:1"});
  request.isolation = scaling::IsolationLevel::kReadCommitted;
  ASSERT_TRUE(resolve(request, false));
  EXPECT_TRUE(keys_[0].read_committed);
}

TEST_F(ResolverTest, AuthWinsOverTheSecretAndMetadataOverBoth) {
  secrets_.put("shop", "other", {{"bootstrapServers", "kafka:9092"}, {"pw", "fresh"}});
  scaling::ClusterRequest request = with_auth(with_secret(brokers({"kafka:9092"}), "named"), "other", "pw");
  request.auth_parameters["sasl"] = "scram_sha512";
  ASSERT_TRUE(resolve(request, true));
  EXPECT_EQ(keys_[0].credentials.username, "shop");
  EXPECT_EQ(keys_[0].credentials.password.reveal(), "fresh");
  EXPECT_EQ(keys_[0].credentials.sasl, kafka::SaslMechanism::kScramSha512);
}

TEST_F(ResolverTest, AClusterMayKeepItsCredentialsInASecretOfTheOperator) {
  ASSERT_TRUE(resolve(cluster("stored"), false));
  EXPECT_EQ(keys_[0].credentials.password.reveal(), "s3cret");
}

TEST_F(ResolverTest, CredentialsThatLackSomethingAreTheCallersError) {
  secrets_.put("shop", "half", {{"bootstrapServers", "kafka:9092"}, {"sasl", "plaintext"}, {"username", "u"}});
  const auto session = resolve(with_secret(brokers({"kafka:9092"}), "half"), true);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(session.error().message, HasSubstr("password"));
}

TEST_F(ResolverTest, ANamespaceOpensSessionsUpToItsLimit) {
  ASSERT_TRUE(resolve(brokers({"a:1"}), true));
  ASSERT_TRUE(resolve(brokers({"b:1"}), true));
  const auto third = resolve(brokers({"c:1"}), true);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, ErrorCode::kResourceExhausted);
  EXPECT_THAT(third.error().message, HasSubstr("limits.namespaces.shop.sessions"));
  EXPECT_TRUE(resolve(brokers({"a:1"}), true)) << "an open one may be used again";
  EXPECT_TRUE(resolve(cluster("open"), true)) << "clusters of the configuration do not count";
  EXPECT_TRUE(resolve(brokers({"c:1"}), true, "other")) << "each namespace has its own";
}

TEST_F(ResolverTest, AClosedSessionMakesRoom) {
  ASSERT_TRUE(resolve(brokers({"a:1"}), true));
  ASSERT_TRUE(resolve(brokers({"b:1"}), true));
  pool_.clear();
  EXPECT_TRUE(resolve(brokers({"c:1"}), true));
}

TEST_F(ResolverTest, AStrangerCannotUseUpTheSessionsOfTheNamespaceItClaims) {
  ASSERT_TRUE(resolve(brokers({"a:1"}), false));
  ASSERT_TRUE(resolve(brokers({"b:1"}), false));
  EXPECT_FALSE(resolve(brokers({"c:1"}), false));
  EXPECT_TRUE(resolve(brokers({"c:1"}), true));
}

TEST_F(ResolverTest, TheGenerationGrowsWhenASecretChanges) {
  const auto before = resolver().generation();
  secrets_.put("shop", "named", {{"password", "rotated"}});
  EXPECT_GT(resolver().generation(), before);
}

TEST_F(ResolverTest, AProfileWithWrongCredentialsIsFoundAtStart) {
  options_.clusters["bad"] = profile({"*"}, {{"sasl", "plaintext"}});
  const auto checked = resolver().check_profiles();
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, HasSubstr("clusters.bad.auth"));
}

TEST(WithoutSecrets, ASecretIsAskedForInVain) {
  const auto files = WatchedFiles::open({}).value();
  ConfiguredClusterResolver resolver({.clusters = {}, .allowed_brokers = {}, .session_limit = {}}, nullptr, *files, {});
  const auto session =
      resolver.resolve(with_secret(brokers({"kafka:9092"}), "named"), {.ns = "shop", .trusted = true, .peer = ""});
  ASSERT_FALSE(session);
  EXPECT_THAT(session.error().message, HasSubstr("--secrets-dir"));
}

const std::map<std::string, std::string> kKeyless{
    {"sasl", "aws_msk_iam"}, {"tls", "enable"}, {"awsRegion", "eu-west-1"}};
const kafka::AwsWebIdentity kOwn{.token_file = "/token", .role_arn = "arn:weir"};

TEST_F(ResolverTest, UsesItsOwnAwsIdentityWhereAProfileSaysSo) {
  options_.aws_web_identity = kOwn;
  options_.clusters["msk"] = profile({"*"}, kKeyless);
  scaling::ClusterRequest request;
  request.cluster_ref = "msk";
  ASSERT_TRUE(resolve(request, false).has_value());
  ASSERT_EQ(keys_.size(), 1u);
  EXPECT_EQ(keys_[0].credentials.msk_iam->web_identity, kOwn);
  EXPECT_THAT(keys_[0].brokers, ElementsAre("prod:9092"));
}

TEST_F(ResolverTest, RefusesAProfileThatWantsAnIdentityItDoesNotHave) {
  options_.clusters["msk"] = profile({"*"}, kKeyless);
  const auto checked = resolver().check_profiles();
  ASSERT_FALSE(checked.has_value());
  EXPECT_THAT(checked.error().message, HasSubstr("clusters.msk.auth"));
  EXPECT_THAT(checked.error().message, HasSubstr("AWS_WEB_IDENTITY_TOKEN_FILE"));
}

// Who may write a Secret, a tenant's or one that a profile names, must not make the scaler sign with its own identity.
TEST_F(ResolverTest, NeverSignsWithItsOwnAwsIdentityForASecret) {
  options_.aws_web_identity = kOwn;
  auto in_secret = kKeyless;
  in_secret["bootstrapServers"] = "kafka:9092";
  secrets_.put("shop", "msk", in_secret);
  in_secret["awsRoleArn"] = "arn:weir";
  secrets_.put("shop", "role", in_secret);
  secrets_.put("weir", "stored", in_secret);
  for (const auto* name : {"msk", "role"}) {
    auto request = brokers({"kafka:9092"});
    request.auth_secret = name;
    EXPECT_EQ(resolve(request, true).error().code, ErrorCode::kInvalidArgument) << name;
  }
  auto inline_request = brokers({"kafka:9092"});
  inline_request.auth_parameters = kKeyless;
  EXPECT_EQ(resolve(inline_request, true).error().code, ErrorCode::kInvalidArgument);
  scaling::ClusterRequest by_profile;
  by_profile.cluster_ref = "stored";
  EXPECT_EQ(resolve(by_profile, true).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(keys_.empty());
}

}  // namespace
}  // namespace weir::cli

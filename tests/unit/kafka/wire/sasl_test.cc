#include "kafka/wire/sasl.h"

#include <gtest/gtest.h>

namespace weir::kafka::wire {
namespace {

using base::Secret;
using std::string_literals::operator""s;

constexpr std::string_view kServerFirst =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

std::unique_ptr<SaslClient> rfc_client(const std::string& password) {
  return make_scram(SaslMechanism::kScramSha256, "user", Secret(password), "rOprNGfwEbeRWgbNEkqO");
}

TEST(Scram, GivesTheExchangeOfRfc7677) {
  const auto client = rfc_client("pencil");
  EXPECT_EQ(client->mechanism(), "SCRAM-SHA-256");
  EXPECT_EQ(client->first_message(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  EXPECT_EQ(client->next_message(kServerFirst).value(),
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  EXPECT_EQ(client->next_message("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=").value(), std::nullopt);
}

TEST(Scram, BelievesNoBrokerThatDoesNotKnowThePassword) {
  const auto client = rfc_client("other");
  ASSERT_TRUE(client->next_message(kServerFirst).has_value());
  EXPECT_EQ(client->next_message("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=").error().code,
            base::ErrorCode::kUnauthenticated);
}

TEST(Scram, RefusesChallengesThatAreNotWhatTheyShouldBe) {
  const std::pair<const char*, const char*> rows[] = {
      {"an error", "e=invalid-proof"},
      {"a nonce that is not the client's with more", "r=otherNonce,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"},
      {"no salt", "r=rOprNGfwEbeRWgbNEkqOx,i=4096"},
      {"a salt that is not base64", "r=rOprNGfwEbeRWgbNEkqOx,s=*,i=4096"},
      {"no iterations", "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0"},
      {"iterations without end", "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=999999999999"},
      {"iterations that take longer than a call may", "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=100001"},
      {"nothing", ""},
  };
  for (const auto& [name, challenge] : rows)
    EXPECT_EQ(rfc_client("pencil")->next_message(challenge).error().code, base::ErrorCode::kUnauthenticated) << name;
}

TEST(Scram, RefusesChallengesThatAreTooLong) {
  const std::string challenge =
      "r=rOprNGfwEbeRWgbNEkqO" + std::string(5000, 'x') + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
  EXPECT_EQ(rfc_client("pencil")->next_message(challenge).error().code, base::ErrorCode::kUnauthenticated);
}

TEST(Scram, EscapesWhatHasAMeaningInNames) {
  const auto client = make_scram(SaslMechanism::kScramSha512, "a=b,c", Secret("x"), "nonce");
  EXPECT_EQ(client->mechanism(), "SCRAM-SHA-512");
  EXPECT_EQ(client->first_message(), "n,,n=a=3Db=2Cc,r=nonce");
}

TEST(Scram, NoncesDiffer) {
  const auto message = [] { return make_scram(SaslMechanism::kScramSha512, "a", Secret("x"))->first_message(); };
  EXPECT_NE(message(), message());
}

TEST(Plain, SaysAllAtOnce) {
  const auto client = make_plain("alice", Secret("pass"));
  EXPECT_EQ(client->first_message(), "\0alice\0pass"s);
  EXPECT_EQ(client->next_message("").value(), std::nullopt);
}

TEST(OauthBearer, CarriesTokenAndExtensions) {
  const auto client = make_oauth_bearer(Secret("tok"), {{"pool", "p1"}});
  EXPECT_EQ(client->first_message(),
            "n,,\x01"
            "auth=Bearer tok\x01pool=p1\x01\x01");
  EXPECT_EQ(client->next_message("{\"status\":\"invalid_token\"}").error().code, base::ErrorCode::kUnauthenticated);
}

}  // namespace
}  // namespace weir::kafka::wire

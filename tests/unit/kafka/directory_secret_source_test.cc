#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "kafka/secret_source.h"

namespace weir::kafka {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class DirectorySecrets : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string path = (fs::temp_directory_path() / "weir-secrets-XXXXXX").string();
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    directory_ = path;
    write("team/kafka/username", "alice");
    write("team/kafka/password", "one");
    source_ = make_directory_secret_source(directory_).value();
  }
  void TearDown() override {
    source_.reset();
    fs::remove_all(directory_);
  }

  void write(const fs::path& path, const std::string& text) const {
    fs::create_directories((directory_ / path).parent_path());
    std::ofstream(directory_ / path, std::ios::binary) << text;
  }
  std::string value(const std::string& name, const std::string& key) const {
    const auto secret = source_->get("team", name);
    if (!secret) return "no Secret";
    const auto found = (*secret)->find(key);
    return found == (*secret)->end() ? "no key" : found->second.reveal();
  }
  void wait_for_change(std::uint64_t before) const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (source_->generation() == before)
      ASSERT_LT(std::chrono::steady_clock::now(), until);
  }

  fs::path directory_;
  std::unique_ptr<SecretSource> source_;
};

TEST_F(DirectorySecrets, AreReadAtStart) {
  EXPECT_EQ(value("kafka", "username"), "alice");
  EXPECT_EQ(value("kafka", "password"), "one");
  EXPECT_EQ(value("kafka", "ca"), "no key");
}

TEST_F(DirectorySecrets, ThatAreMissingAreNamedWithTheirNamespace) {
  for (const auto& [ns, name] : {std::pair{"team", "other"}, {"elsewhere", "kafka"}, {"team", "../team/kafka"}}) {
    const auto secret = source_->get(ns, name);
    ASSERT_FALSE(secret.has_value());
    EXPECT_EQ(secret.error().code, base::ErrorCode::kNotFound);
    EXPECT_THAT(secret.error().message, HasSubstr(ns));
    EXPECT_THAT(secret.error().message, HasSubstr(name));
  }
}

TEST_F(DirectorySecrets, ThatAreRotatedAreReadAgain) {
  const auto before = source_->generation();
  const auto held = source_->get("team", "kafka").value();
  write("team/kafka/password", "two, and longer");
  wait_for_change(before);
  EXPECT_EQ(value("kafka", "password"), "two, and longer");
  EXPECT_EQ(held->at("password").reveal(), "one") << "what is held does not change";
}

TEST_F(DirectorySecrets, ThatAreAddedAndRemovedAreNoticed) {
  auto before = source_->generation();
  write("team/second/key", "value");
  wait_for_change(before);
  EXPECT_EQ(value("second", "key"), "value");
  before = source_->generation();
  fs::remove_all(directory_ / "team" / "kafka");
  wait_for_change(before);
  EXPECT_EQ(value("kafka", "username"), "no Secret");
}

TEST_F(DirectorySecrets, AreReadThroughTheLinksOfAProjectedVolume) {
  write("team/.data-1/password", "linked one");
  write("team/.data-2/password", "linked two");
  // Of the same size, and written in the same tick of the clock that files are stamped with.
  const auto data = directory_ / "team";
  fs::last_write_time(data / ".data-2" / "password", fs::last_write_time(data / ".data-1" / "password"));
  const auto link = directory_ / "team" / "projected";
  const auto before = source_->generation();
  fs::create_directory_symlink(".data-1", link);
  wait_for_change(before);
  EXPECT_EQ(value("projected", "password"), "linked one");
  EXPECT_EQ(value(".data-1", "password"), "no Secret");
  const auto linked = source_->generation();
  fs::create_directory_symlink(".data-2", directory_ / "team" / ".next");
  fs::rename(directory_ / "team" / ".next", link);
  wait_for_change(linked);
  EXPECT_EQ(value("projected", "password"), "linked two");
}

TEST(DirectorySecretSource, ThatCannotBeReadIsAnError) {
  const auto source = make_directory_secret_source("/nonexistent/secrets");
  ASSERT_FALSE(source.has_value());
  EXPECT_EQ(source.error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_THAT(source.error().message, HasSubstr("/nonexistent/secrets"));
}

}  // namespace
}  // namespace weir::kafka

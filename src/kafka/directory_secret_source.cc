#include <chrono>
#include <condition_variable>
#include <fstream>
#include <iterator>
#include <mutex>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>

#include "kafka/secret_source.h"

namespace weir::kafka {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;

constexpr std::chrono::seconds kLookEvery{1};

using SecretName = std::pair<std::string, std::string>;  // namespace, name
using Secrets = std::map<SecretName, std::shared_ptr<const SecretData>>;

// What tells that a file changed, without reading it.
struct FileStamp {
  fs::path file;  // that it is a link to: in a projected volume another one, perhaps of the same size and time
  std::uintmax_t size = 0;
  fs::file_time_type modified;

  bool operator==(const FileStamp&) const = default;
};
using Stamps = std::map<fs::path, FileStamp>;

bool is_hidden(const fs::path& path) {
  return path.filename().string().starts_with('.');
}

// The entries of a directory that are not dot files. A directory that went away has none.
std::vector<fs::path> entries(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error))
    if (!is_hidden(entry->path())) found.push_back(entry->path());
  return found;
}

// Calls `visit(namespace directory, Secret directory)` for every Secret.
template <class Visit>
void for_each_secret(const fs::path& directory, Visit visit) {
  std::error_code error;
  for (const auto& ns : entries(directory)) {
    if (!fs::is_directory(ns, error)) continue;
    for (const auto& secret : entries(ns))
      if (fs::is_directory(secret, error)) visit(ns, secret);
  }
}

Stamps look(const fs::path& directory) {
  Stamps stamps;
  for_each_secret(directory, [&](const fs::path&, const fs::path& secret) {
    stamps[secret];
    for (const auto& key : entries(secret)) {
      std::error_code error;
      if (!fs::is_regular_file(key, error)) continue;
      stamps[key] = {fs::canonical(key, error), fs::file_size(key, error), fs::last_write_time(key, error)};
    }
  });
  return stamps;
}

Secrets read_all(const fs::path& directory) {
  Secrets secrets;
  for_each_secret(directory, [&](const fs::path& ns, const fs::path& secret) {
    SecretData data;
    for (const auto& key : entries(secret)) {
      std::error_code error;
      if (!fs::is_regular_file(key, error)) continue;
      std::ifstream file(key, std::ios::binary);
      if (!file) continue;
      data.emplace(key.filename().string(),
                   base::Secret(std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>())));
    }
    secrets[{ns.filename().string(), secret.filename().string()}] = std::make_shared<const SecretData>(std::move(data));
  });
  return secrets;
}

class DirectorySecretSource final : public SecretSource {
 public:
  explicit DirectorySecretSource(fs::path directory)
      : directory_(std::move(directory)),
        stamps_(look(directory_)),
        secrets_(read_all(directory_)),
        thread_([this](const std::stop_token& stop) { run(stop); }) {}

  base::Result<std::shared_ptr<const SecretData>> get(const std::string& ns, const std::string& name) const override {
    const std::lock_guard lock(mutex_);
    const auto found = secrets_.find({ns, name});
    if (found != secrets_.end()) return found->second;
    return base::fail(ErrorCode::kNotFound,
                      "Secret \"{}\" does not exist in namespace \"{}\": create it, one file a key in {}", name, ns,
                      (directory_ / ns / name).string());
  }

  std::uint64_t generation() const override {
    const std::lock_guard lock(mutex_);
    return generation_;
  }

 private:
  void run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, stop, kLookEvery, [] { return false; }) && !stop.stop_requested()) {
      lock.unlock();
      reload();
      lock.lock();
    }
  }

  void reload() {
    auto stamps = look(directory_);
    if (stamps == stamps_) return;
    auto secrets = read_all(directory_);
    // What changes while it is read is read again at the next look.
    stamps_ = std::move(stamps);
    const std::lock_guard lock(mutex_);
    secrets_ = std::move(secrets);
    ++generation_;
  }

  const fs::path directory_;
  Stamps stamps_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  Secrets secrets_;
  std::uint64_t generation_ = 1;
  std::jthread thread_;
};

}  // namespace

base::Result<std::unique_ptr<SecretSource>> make_directory_secret_source(const fs::path& directory) {
  std::error_code error;
  const fs::directory_iterator readable(directory, error);
  if (error)
    return base::fail(ErrorCode::kInvalidArgument,
                      "the Secrets directory \"{}\" cannot be read: {}; give one that holds NAMESPACE/NAME/KEY",
                      directory.string(), error.message());
  return std::make_unique<DirectorySecretSource>(directory);
}

}  // namespace weir::kafka

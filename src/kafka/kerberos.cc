#include "kafka/kerberos.h"

#include <cstdlib>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::kafka {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;

// The path goes into a shell command.
bool is_plain(std::string_view path) {
  return path.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-") ==
         std::string_view::npos;
}

base::Result<void> write_private(const fs::path& path, const std::string& bytes) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  const bool written = file >= 0 && write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
  if (file >= 0) close(file);
  if (written) return {};
  return base::fail(ErrorCode::kInternal, "{} cannot be written: {}", path.string(),
                    std::error_code(errno, std::generic_category()).message());
}

}  // namespace

// A directory that only this user may read, with the configuration and the tickets of one identity.
class KerberosDirectory {
 public:
  KerberosDirectory(fs::path path, std::string configuration, std::string principal)
      : path_(std::move(path)), configuration_(std::move(configuration)), principal_(std::move(principal)) {}
  ~KerberosDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  KerberosDirectory(const KerberosDirectory&) = delete;
  KerberosDirectory& operator=(const KerberosDirectory&) = delete;

  static base::Result<std::shared_ptr<const KerberosDirectory>> make(const Credentials& credentials);

  bool is_for(const Credentials& credentials) const {
    return configuration_ == credentials.kerberos_config && principal_ == principal_of(credentials);
  }
  const fs::path& path() const { return path_; }
  const std::string& principal() const { return principal_; }

 private:
  static std::string principal_of(const Credentials& credentials) {
    return fmt::format("{}@{}", credentials.username, credentials.realm);
  }

  const fs::path path_;
  const std::string configuration_, principal_;
};

base::Result<std::shared_ptr<const KerberosDirectory>> KerberosDirectory::make(const Credentials& credentials) {
  std::error_code error;
  std::string path = (fs::temp_directory_path(error) / "weir-kerberos-XXXXXX").string();
  if (error || !is_plain(path) || mkdtemp(path.data()) == nullptr)
    return base::fail(ErrorCode::kInternal,
                      "no directory for Kerberos files can be made as {}: set TMPDIR to a writable directory", path);
  auto directory =
      std::make_shared<const KerberosDirectory>(path, credentials.kerberos_config, principal_of(credentials));
  if (auto written = write_private(directory->path() / "krb5.conf", credentials.kerberos_config); !written)
    return std::unexpected(written.error());
  setenv("KRB5_CONFIG", (directory->path() / "krb5.conf").c_str(), 1);
  setenv("KRB5CCNAME", ("FILE:" + (directory->path() / "tickets").string()).c_str(), 1);
  return directory;
}

KerberosKeytab::~KerberosKeytab() {
  std::error_code ignored;
  fs::remove(path_, ignored);
}

void KerberosKeytab::add_to(ClientProperties& properties) const {
  properties["sasl.kerberos.keytab"] = path_.string();
  // What kinit has to say goes into a file: librdkafka logs that it failed.
  properties["sasl.kerberos.kinit.cmd"] =
      fmt::format("kinit -k -t {} {} >{} 2>&1", path_.string(), directory_->principal(),
                  (directory_->path() / "kinit.log").string());
}

base::Result<std::shared_ptr<const KerberosKeytab>> Kerberos::prepare(const Credentials& credentials) {
  const std::lock_guard lock(mutex_);
  auto directory = directory_.lock();
  if (directory && !directory->is_for(credentials))
    return base::fail(ErrorCode::kInvalidArgument,
                      "Kafka sessions as {} are open, and a process has one Kerberos identity: use the same "
                      "kerberosConfig, username and realm, or another Weir for {}@{}",
                      directory->principal(), credentials.username, credentials.realm);
  if (!directory) {
    auto made = KerberosDirectory::make(credentials);
    if (!made) return std::unexpected(made.error());
    directory_ = directory = std::move(*made);
  }
  auto path = directory->path() / fmt::format("keytab-{}", ++keytabs_);
  if (auto written = write_private(path, credentials.keytab.reveal()); !written)
    return std::unexpected(written.error());
  return std::make_shared<const KerberosKeytab>(std::move(directory), std::move(path));
}

}  // namespace weir::kafka

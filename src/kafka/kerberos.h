#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "base/error.h"
#include "kafka/client_config.h"
#include "kafka/credentials.h"

namespace weir::kafka {

class KerberosDirectory;

// The keytab of one session in a file, removed with the object.
class KerberosKeytab {
 public:
  KerberosKeytab(std::shared_ptr<const KerberosDirectory> directory, std::filesystem::path path)
      : directory_(std::move(directory)), path_(std::move(path)) {}
  ~KerberosKeytab();
  KerberosKeytab(const KerberosKeytab&) = delete;
  KerberosKeytab& operator=(const KerberosKeytab&) = delete;

  // Makes librdkafka get its tickets with this keytab.
  void add_to(ClientProperties& properties) const;

 private:
  std::shared_ptr<const KerberosDirectory> directory_;
  std::filesystem::path path_;
};

// Puts the Kerberos configuration and keytabs of sessions where the Kerberos library finds them. That library takes its
// configuration (KRB5_CONFIG) and its tickets (KRB5CCNAME) from the environment, so a process has one Kerberos identity
// at a time: further sessions must have the same kerberosConfig, username and realm until the last of them is closed.
// Thread-safe.
class Kerberos {
 public:
  // kInvalidArgument while sessions of another identity are open, kInternal when files cannot be written.
  base::Result<std::shared_ptr<const KerberosKeytab>> prepare(const Credentials& credentials);

 private:
  std::mutex mutex_;
  std::weak_ptr<const KerberosDirectory> directory_;
  int keytabs_ = 0;
};

}  // namespace weir::kafka

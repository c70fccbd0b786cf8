#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/secret.h"

namespace weir::kafka {

using SecretData = std::map<std::string, base::Secret>;

// Where Secrets come from: a directory or the Kubernetes API. Thread-safe; answers from memory and never
// blocks.
class SecretSource {
 public:
  virtual ~SecretSource() = default;

  // kNotFound, or kPermissionDenied where it may be there but not for Weir, names namespace, Secret and what to do.
  // kUnavailable: not known yet.
  virtual base::Result<std::shared_ptr<const SecretData>> get(const std::string& ns, const std::string& name) const = 0;

  // Grows whenever any Secret changed, so that resolved credentials can be kept until then.
  virtual std::uint64_t generation() const = 0;
};

// Secrets as files DIR/NAMESPACE/NAME/KEY, as a projected volume lays them out; dot files are left out. Read at start
// and again by a thread of its own once a second where a name, size or modification time changed.
// kInvalidArgument when `directory` cannot be read.
base::Result<std::unique_ptr<SecretSource>> make_directory_secret_source(const std::filesystem::path& directory);

}  // namespace weir::kafka

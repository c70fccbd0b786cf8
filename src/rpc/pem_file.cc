#include "rpc/pem_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace weir::rpc {
namespace {

using base::ErrorCode;

base::Result<std::string> read(std::string_view what, const std::string& path) {
  if (path.empty()) return base::fail(ErrorCode::kInvalidArgument, "TLS: the file with the {} is not given", what);
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return base::fail(ErrorCode::kInvalidArgument, "TLS: cannot read the {} in {}: {}", what, path,
                      std::strerror(errno));
  }
  std::ostringstream text;
  text << file.rdbuf();
  if (!text || text.str().empty()) {
    return base::fail(ErrorCode::kInvalidArgument, "TLS: the {} in {} is empty or cannot be read", what, path);
  }
  return text.str();
}

}  // namespace

base::Result<std::string> read_certificate(std::string_view what, const std::string& path) {
  auto text = read(what, path);
  if (!text || text->contains("-----BEGIN CERTIFICATE-----")) return text;
  return base::fail(ErrorCode::kInvalidArgument,
                    "TLS: {} holds no {} in PEM form: it must have a line -----BEGIN CERTIFICATE-----", path, what);
}

base::Result<std::string> read_private_key(const std::string& path) {
  auto text = read("private key", path);
  if (!text) return text;
  if (text->contains("ENCRYPTED")) {
    return base::fail(ErrorCode::kInvalidArgument,
                      "TLS: the private key in {} is encrypted: give it without a passphrase", path);
  }
  if (text->contains("-----BEGIN ") && text->contains("PRIVATE KEY-----")) return text;
  return base::fail(ErrorCode::kInvalidArgument,
                    "TLS: {} holds no private key in PEM form: it must have a line -----BEGIN PRIVATE KEY-----", path);
}

}  // namespace weir::rpc

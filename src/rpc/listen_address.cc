#include "rpc/listen_address.h"

#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/parse.h"

namespace weir::rpc {
namespace {

using base::ErrorCode;

std::unexpected<base::Error> wrong(const std::string& address, std::string_view remedy) {
  return base::fail(ErrorCode::kInvalidArgument, "--listen \"{}\": {}", address, remedy);
}

base::Result<void> try_bind(const std::string& address, const addrinfo& info) {
  const int fd = ::socket(info.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return wrong(address, std::strerror(errno));
  // As gRPC does, so that connections of an earlier process that still linger are no reason to fail.
  const int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  int failed = 0;
  if (::bind(fd, info.ai_addr, info.ai_addrlen) != 0 || ::listen(fd, 1) != 0) failed = errno;
  ::close(fd);
  if (failed == EADDRINUSE)
    return wrong(address, "the port is in use by another process: stop it or choose another port");
  if (failed == EACCES) return wrong(address, "this user may not listen on that port: choose one above 1023");
  if (failed != 0) return wrong(address, std::strerror(failed));
  return {};
}

}  // namespace

base::Result<void> check_listen_address(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return wrong(address, "write HOST:PORT, such as 0.0.0.0:9090");
  const std::string port = address.substr(colon + 1);
  const auto number = base::parse_int(port);
  if (!number || *number < 0 || *number > 65535) return wrong(address, "the port must be a number from 0 to 65535");
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) return wrong(address, "write the host too, such as 0.0.0.0:9090");

  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0) {
    return wrong(address, ::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
  return try_bind(address, *found);
}

}  // namespace weir::rpc

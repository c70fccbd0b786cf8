#include "kafka/wire/transport.h"

#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kafka/deadline.h"
#include "kafka/kafka_errors.h"

namespace weir::kafka::wire {
namespace {

using base::ErrorCode;
using Clock = std::chrono::steady_clock;

struct AddressDeleter {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, AddressDeleter>;

base::Result<AddressList> resolve(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error == 0) return AddressList(found);
  return base::fail(ErrorCode::kUnavailable, "Kafka at {}:{} is unreachable: {}", host, port, gai_strerror(error));
}

// Whether the descriptor became ready before the deadline.
bool wait(int descriptor, short events, base::SteadyTime deadline) {
  pollfd entry{descriptor, events, 0};
  int ready = 0;
  do {
    ready = poll(&entry, 1, remaining_ms(deadline));
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

base::Result<int> connect_one(const addrinfo& address, const std::string& name, base::SteadyTime deadline) {
  const int descriptor = socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, address.ai_protocol);
  int error = descriptor < 0 ? errno : 0;
  if (error == 0 && connect(descriptor, address.ai_addr, address.ai_addrlen) != 0) error = errno;
  if (error == EINPROGRESS) {
    socklen_t size = sizeof(error);
    error = ETIMEDOUT;
    if (wait(descriptor, POLLOUT, deadline)) getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
  }
  if (error == 0) {
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    return descriptor;
  }
  if (descriptor >= 0) close(descriptor);
  return base::fail(ErrorCode::kUnavailable, "Kafka at {} is unreachable: {}", name, std::strerror(error));
}

std::ptrdiff_t addresses_from(const addrinfo* first) {
  std::ptrdiff_t count = 0;
  for (; first != nullptr; first = first->ai_next)
    ++count;
  return count;
}

bool is_ip_address(const std::string& host) {
  in6_addr ignored{};
  return inet_pton(AF_INET, host.c_str(), &ignored) == 1 || inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

}  // namespace

base::Result<std::unique_ptr<Transport>> Transport::open(const std::string& host, std::uint16_t port,
                                                         std::shared_ptr<const TlsContext> tls,
                                                         base::SteadyTime deadline) {
  const auto addresses = resolve(host, port);
  if (!addresses) return std::unexpected(addresses.error());
  const std::string name = fmt::format("{}:{}", host, port);
  base::Result<int> descriptor = base::fail(ErrorCode::kUnavailable, "Kafka at {} has no address", name);
  auto left = addresses_from(addresses->get());
  for (const addrinfo* address = addresses->get(); address != nullptr && !descriptor;
       address = address->ai_next, --left)
    descriptor = connect_one(*address, name, Clock::now() + (deadline - Clock::now()) / left);
  if (!descriptor) return std::unexpected(descriptor.error());
  std::unique_ptr<Transport> transport(new Transport(*descriptor, name));
  if (!tls) return transport;
  transport->tls_ = std::move(tls);
  if (auto secured = transport->handshake(host, *transport->tls_, deadline); !secured)
    return std::unexpected(secured.error());
  return transport;
}

Transport::~Transport() {
  if (ssl_ != nullptr) SSL_free(ssl_);
  close(descriptor_);
}

base::Result<void> Transport::handshake(const std::string& host, const TlsContext& tls, base::SteadyTime deadline) {
  ssl_ = SSL_new(tls.get());
  BIO* const bio = BIO_new(tls.socket_method());
  BIO_set_fd(bio, descriptor_, BIO_NOCLOSE);
  SSL_set_bio(ssl_, bio, bio);  // which owns it now
  SSL_set_connect_state(ssl_);
  if (!is_ip_address(host)) {
    // What SSL_set_tlsext_host_name does, with a cast of our own kind.
    std::string name = host;
    SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
  }
  if (tls.verify_server()) {
    X509_VERIFY_PARAM* const parameters = SSL_get0_param(ssl_);
    const bool set = is_ip_address(host) ? X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1
                                         : SSL_set1_host(ssl_, host.c_str()) == 1;
    if (!set) return tls_failed();
  }
  for (;;) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_);
    if (result == 1) return {};
    const int error = SSL_get_error(ssl_, result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return tls_failed();
    if (!wait(descriptor_, error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline))
      return base::fail(ErrorCode::kUnavailable,
                        "Kafka at {} did not answer the TLS handshake: check tls, which must fit its listener",
                        address_);
  }
}

std::unexpected<base::Error> Transport::tls_failed() {
  if (const long verdict = SSL_get_verify_result(ssl_); tls_->verify_server() && verdict != X509_V_OK) {
    const bool name = verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH;
    return base::fail(
        ErrorCode::kUnauthenticated, "TLS with Kafka at {} failed: {}: {}", address_,
        X509_verify_cert_error_string(verdict),
        name ? "use a name that is in its certificate" : "set ca to the certificate of the authority that signed it");
  }
  auto error = ssl_error();
  if (error.error().code == ErrorCode::kUnavailable)
    error.error().message += " (in the TLS handshake: check that tls fits its listener)";
  return error;
}

// What OpenSSL says of the last call, which may be the broker's alert: it refuses a client certificate only after the
// handshake.
std::unexpected<base::Error> Transport::ssl_error() {
  const char* const reason = ERR_reason_error_string(ERR_peek_error());
  if (reason == nullptr) return base::fail(ErrorCode::kUnavailable, "Kafka at {} closed the connection", address_);
  return std::unexpected(
      connection_error(RD_KAFKA_RESP_ERR__SSL, reason,
                       Identity{address_, {}, SaslMechanism::kNone, {}, SSL_get_certificate(ssl_) != nullptr}));
}

base::Result<std::size_t> Transport::outcome(int result) {
  wants_write_ = false;
  if (result > 0) return static_cast<std::size_t>(result);
  if (ssl_ == nullptr) {
    if (result < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    return base::fail(ErrorCode::kUnavailable, "Kafka at {} closed the connection{}{}", address_,
                      result < 0 ? ": " : "", result < 0 ? std::strerror(errno) : "");
  }
  const int error = SSL_get_error(ssl_, result);
  wants_write_ = error == SSL_ERROR_WANT_WRITE;
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return 0;
  return ssl_error();
}

base::Result<std::size_t> Transport::read(std::span<std::uint8_t> into) {
  ERR_clear_error();
  if (ssl_ != nullptr) return outcome(SSL_read(ssl_, into.data(), static_cast<int>(into.size())));
  return outcome(static_cast<int>(recv(descriptor_, into.data(), into.size(), 0)));
}

base::Result<std::size_t> Transport::write(std::span<const std::uint8_t> from) {
  ERR_clear_error();
  if (ssl_ != nullptr) return outcome(SSL_write(ssl_, from.data(), static_cast<int>(from.size())));
  return outcome(static_cast<int>(send(descriptor_, from.data(), from.size(), MSG_NOSIGNAL)));
}

}  // namespace weir::kafka::wire

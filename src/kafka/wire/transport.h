#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include "base/clock.h"
#include "base/error.h"
#include "kafka/credentials.h"

namespace weir::kafka::wire {

// What TLS connections of one session share: certificates and how the server is checked. Thread-safe.
class TlsContext {
 public:
  // kInvalidArgument when a certificate or key cannot be used, naming it.
  static base::Result<std::shared_ptr<const TlsContext>> create(const Credentials& credentials);

  SSL_CTX* get() const { return context_.get(); }
  // How OpenSSL writes to a socket: so that a broker that has hung up is an error and not a SIGPIPE.
  const BIO_METHOD* socket_method() const { return socket_method_.get(); }
  bool verify_server() const { return verify_server_; }

 private:
  TlsContext(SSL_CTX* context, BIO_METHOD* socket_method, bool verify_server)
      : context_(context, SSL_CTX_free), socket_method_(socket_method, BIO_meth_free), verify_server_(verify_server) {}

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)> socket_method_;
  bool verify_server_;
};

// A byte stream to one broker, over TCP or TLS, that never blocks after it is open. Not thread-safe.
class Transport {
 public:
  // Opens the stream and waits for it until `deadline`. `tls` may be null: plain TCP.
  // kUnavailable (no answer, refused) and kUnauthenticated (TLS), with the address and what to change.
  static base::Result<std::unique_ptr<Transport>> open(const std::string& host, std::uint16_t port,
                                                       std::shared_ptr<const TlsContext> tls,
                                                       base::SteadyTime deadline);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // How many bytes were moved; 0 when the stream would block. kUnavailable when it has ended.
  base::Result<std::size_t> read(std::span<std::uint8_t> into);
  base::Result<std::size_t> write(std::span<const std::uint8_t> from);

  // For poll(): TLS may need to read in order to write, and the other way round.
  int descriptor() const { return descriptor_; }
  bool wants_write() const { return wants_write_; }

 private:
  Transport(int descriptor, std::string address) : descriptor_(descriptor), address_(std::move(address)) {}

  base::Result<void> handshake(const std::string& host, const TlsContext& tls, base::SteadyTime deadline);
  base::Result<std::size_t> outcome(int result);
  std::unexpected<base::Error> tls_failed();
  std::unexpected<base::Error> ssl_error();

  int descriptor_;
  std::string address_;
  std::shared_ptr<const TlsContext> tls_;
  SSL* ssl_ = nullptr;
  bool wants_write_ = false;
};

}  // namespace weir::kafka::wire

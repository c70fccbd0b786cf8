#include "support/tcp_server.h"

#include <csignal>
#include <stdexcept>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::test {
namespace {

constexpr std::size_t kChunk = 64 << 10;

class PlainStream final : public Stream {
 public:
  explicit PlainStream(int descriptor) : descriptor_(descriptor) {}

  std::optional<std::string> read(std::size_t most) override {
    std::string bytes(most, '\0');
    const auto size = recv(descriptor_, bytes.data(), bytes.size(), 0);
    if (size <= 0) return std::nullopt;
    bytes.resize(static_cast<std::size_t>(size));
    return bytes;
  }
  bool write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto size = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
  }

 private:
  int descriptor_;
};

class TlsStream final : public Stream {
 public:
  explicit TlsStream(SSL* ssl) : ssl_(ssl) {}

  std::optional<std::string> read(std::size_t most) override {
    std::string bytes(most, '\0');
    const int size = SSL_read(ssl_, bytes.data(), static_cast<int>(bytes.size()));
    ERR_clear_error();
    if (size <= 0) return std::nullopt;
    bytes.resize(static_cast<std::size_t>(size));
    return bytes;
  }
  bool write(std::string_view bytes) override {
    const bool written = SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) > 0;
    ERR_clear_error();
    return written;
  }

 private:
  SSL* ssl_;
};

}  // namespace

std::optional<std::string> Stream::read_exactly(std::size_t count) {
  std::string all;
  while (all.size() < count) {
    const auto more = read(count - all.size());
    if (!more) return std::nullopt;
    all += *more;
  }
  return all;
}

std::optional<std::string> Stream::read_until(std::string_view end) {
  std::string all;
  while (!all.ends_with(end)) {
    const auto more = read(1);
    if (!more) return std::nullopt;
    all += *more;
  }
  return all;
}

void Stream::wait_until_closed() {
  while (read(kChunk)) {
  }
}

struct TcpServer::Tls {
  explicit Tls(const Certificate& certificate) : context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> pem(BIO_new_mem_buf(certificate.certificate_pem.data(), -1),
                                                        BIO_free);
    const std::unique_ptr<BIO, decltype(&BIO_free)> key_pem(BIO_new_mem_buf(certificate.key_pem.data(), -1), BIO_free);
    const std::unique_ptr<X509, decltype(&X509_free)> own(PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr),
                                                          X509_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PrivateKey(key_pem.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    if (SSL_CTX_use_certificate(context.get(), own.get()) != 1 || SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1)
      throw std::runtime_error("the server's certificate cannot be used");
  }
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context;
};

TcpServer::TcpServer(Serve serve, std::optional<Certificate> certificate)
    : serve_(std::move(serve)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (certificate) tls_ = std::make_shared<Tls>(*certificate);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, SOMAXCONN) != 0 ||
      getsockname(listener_, generic, &size) != 0)
    throw std::runtime_error("cannot listen on 127.0.0.1");
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this] { accept_all(); });
}

TcpServer::~TcpServer() {
  stopping_ = true;
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  {
    const std::scoped_lock lock(mutex_);
    for (const Accepted& accepted : accepted_)
      shutdown(accepted.descriptor, SHUT_RDWR);
  }
  for (Accepted& accepted : accepted_) {
    accepted.thread.join();
    close(accepted.descriptor);
  }
  close(listener_);
}

std::string TcpServer::address() const {
  return fmt::format("127.0.0.1:{}", port_);
}

void TcpServer::accept_all() {
  for (;;) {
    const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) return;
    ++connections_;
    const std::scoped_lock lock(mutex_);
    accepted_.push_back({descriptor, std::jthread([this, descriptor] { serve(descriptor); })});
  }
}

// The descriptor is closed last of all, so that its number cannot come to mean another connection.
void TcpServer::serve(int descriptor) {
  // OpenSSL writes so that a client which is gone raises it. Only here: the clients under test must do without.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  if (!tls_) {
    PlainStream stream(descriptor);
    serve_(stream);
  } else {
    const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(tls_->context.get()), SSL_free);
    SSL_set_fd(ssl.get(), descriptor);
    TlsStream stream(ssl.get());
    if (SSL_accept(ssl.get()) == 1) serve_(stream);
    ERR_clear_error();
  }
  shutdown(descriptor, SHUT_RDWR);
}

}  // namespace weir::test

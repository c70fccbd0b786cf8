#include <memory>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/socket.h>

#include "kafka/wire/transport.h"

namespace weir::kafka::wire {
namespace {

using base::ErrorCode;

struct BioDeleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct X509Deleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct KeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using BioPtr = std::unique_ptr<BIO, BioDeleter>;
using X509Ptr = std::unique_ptr<X509, X509Deleter>;
using KeyPtr = std::unique_ptr<EVP_PKEY, KeyDeleter>;

BioPtr memory(const std::string& pem) {
  return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

X509Ptr next_certificate(BIO* bio) {
  return X509Ptr(PEM_read_bio_X509(bio, nullptr, nullptr, nullptr));
}

base::Result<void> trust(SSL_CTX* context, const std::string& ca_pem) {
  if (ca_pem.empty()) {
    SSL_CTX_set_default_verify_paths(context);
    return {};
  }
  const BioPtr bio = memory(ca_pem);
  int count = 0;
  for (; const X509Ptr certificate = next_certificate(bio.get()); ++count)
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get());
  ERR_clear_error();
  if (count == 0) return base::fail(ErrorCode::kInvalidArgument, "ca: has no certificate in PEM form");
  return {};
}

base::Result<void> use_certificate(SSL_CTX* context, const std::string& cert_pem) {
  const BioPtr bio = memory(cert_pem);
  const X509Ptr own = next_certificate(bio.get());
  if (!own || SSL_CTX_use_certificate(context, own.get()) != 1)
    return base::fail(ErrorCode::kInvalidArgument, "cert: has no certificate in PEM form");
  while (X509Ptr intermediate = next_certificate(bio.get()))
    if (SSL_CTX_add_extra_chain_cert(context, intermediate.get()) == 1) static_cast<void>(intermediate.release());
  ERR_clear_error();
  return {};
}

base::Result<void> use_key(SSL_CTX* context, const Credentials& credentials) {
  // Without a password, OpenSSL would ask for one on the terminal.
  std::string password = credentials.key_password.reveal();
  const BioPtr bio = memory(credentials.key_pem.reveal());
  const KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, password.data()));
  if (!key) return base::fail(ErrorCode::kInvalidArgument, "key: is no private key in PEM form that keyPassword opens");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    return base::fail(ErrorCode::kInvalidArgument, "key: does not belong to cert");
  return {};
}

int send_without_signal(BIO* bio, const char* data, int size) {
  int descriptor = -1;
  BIO_get_fd(bio, &descriptor);
  const auto sent = send(descriptor, data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  BIO_clear_retry_flags(bio);
  if (sent < 0 && BIO_sock_should_retry(-1) != 0) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

// OpenSSL's own socket but for the way it writes.
BIO_METHOD* make_socket_method() {
  const BIO_METHOD* const own = BIO_s_socket();
  BIO_METHOD* const method = BIO_meth_new(BIO_TYPE_SOCKET, "socket without SIGPIPE");
  BIO_meth_set_write(method, send_without_signal);
  BIO_meth_set_read(method, BIO_meth_get_read(own));
  BIO_meth_set_puts(method, BIO_meth_get_puts(own));
  BIO_meth_set_ctrl(method, BIO_meth_get_ctrl(own));
  BIO_meth_set_create(method, BIO_meth_get_create(own));
  BIO_meth_set_destroy(method, BIO_meth_get_destroy(own));
  return method;
}

}  // namespace

base::Result<std::shared_ptr<const TlsContext>> TlsContext::create(const Credentials& credentials) {
  std::shared_ptr<const TlsContext> context(
      new TlsContext(SSL_CTX_new(TLS_client_method()), make_socket_method(), credentials.verify_server));
  SSL_CTX* const raw = context->get();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(raw, credentials.verify_server ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (auto trusted = trust(raw, credentials.ca_pem); !trusted) return std::unexpected(trusted.error());
  if (credentials.cert_pem.empty()) return context;
  if (auto used = use_certificate(raw, credentials.cert_pem); !used) return std::unexpected(used.error());
  if (auto used = use_key(raw, credentials); !used) return std::unexpected(used.error());
  return context;
}

}  // namespace weir::kafka::wire

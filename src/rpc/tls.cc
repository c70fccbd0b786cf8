#include "rpc/tls.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include "rpc/pem_file.h"

namespace weir::rpc {
namespace {

constexpr unsigned kReadEverySeconds = 1;

}  // namespace

base::Result<std::shared_ptr<grpc::ServerCredentials>> make_tls_credentials(const TlsFiles& files) {
  namespace tls = grpc::experimental;
  const bool mutual = !files.client_ca.empty();
  if (auto ok = read_certificate("certificate", files.certificate); !ok) return std::unexpected(ok.error());
  if (auto ok = read_private_key(files.key); !ok) return std::unexpected(ok.error());
  if (mutual) {
    if (auto ok = read_certificate("client CA certificate", files.client_ca); !ok) return std::unexpected(ok.error());
  }
  tls::TlsServerCredentialsOptions options(std::make_shared<tls::FileWatcherCertificateProvider>(
      files.key, files.certificate, files.client_ca, kReadEverySeconds));
  options.watch_identity_key_cert_pairs();
  options.set_check_call_host(false);
  // The chain is verified all the same; which names are trusted is CallerIdentity's question.
  options.set_certificate_verifier(std::make_shared<tls::NoOpCertificateVerifier>());
  if (mutual) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return tls::TlsServerCredentials(options);
}

}  // namespace weir::rpc

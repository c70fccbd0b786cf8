#include "support/self_signed.h"

#include <memory>
#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace weir::test {
namespace {

constexpr long kSecondsGood = 24 * 3600;

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Free>;
using X509Ptr = std::unique_ptr<X509, Free>;
using BioPtr = std::unique_ptr<BIO, Free>;

template <class Write>
std::string pem(Write write) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  write(bio.get());
  std::string text(BIO_ctrl_pending(bio.get()), '\0');
  BIO_read(bio.get(), text.data(), static_cast<int>(text.size()));
  return text;
}

void extend(X509* certificate, int what, const char* value) {
  const std::unique_ptr<X509_EXTENSION, Free> extension(X509V3_EXT_conf_nid(nullptr, nullptr, what, value));
  X509_add_ext(certificate, extension.get(), -1);
}

}  // namespace

Certificate self_signed() {
  const KeyPtr key(EVP_EC_gen("P-256"));
  const X509Ptr certificate(X509_new());
  if (!key || !certificate) throw std::runtime_error("OpenSSL cannot make a key");
  X509* const raw = certificate.get();
  X509_set_version(raw, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(raw), 1);
  X509_gmtime_adj(X509_getm_notBefore(raw), -kSecondsGood);
  X509_gmtime_adj(X509_getm_notAfter(raw), kSecondsGood);
  X509_set_pubkey(raw, key.get());
  X509_NAME* const name = X509_get_subject_name(raw);
  const std::string common = "127.0.0.1";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(common.data()), -1, -1,
                             0);
  X509_set_issuer_name(raw, name);
  extend(raw, NID_subject_alt_name, "IP:127.0.0.1");
  extend(raw, NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(raw, key.get(), EVP_sha256());
  return {pem([raw](BIO* bio) { PEM_write_bio_X509(bio, raw); }),
          pem([&key](BIO* bio) { PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); })};
}

}  // namespace weir::test

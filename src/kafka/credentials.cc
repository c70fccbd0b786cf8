#include "kafka/credentials.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/field_errors.h"
#include "base/parse.h"

namespace weir::kafka {
namespace {

constexpr std::string_view kMskIam = "aws_msk_iam";

// KEDA's names, and behind them Kafka's own, as Secrets of Knative's sources have them.
constexpr std::array<std::pair<std::string_view, SaslMechanism>, 9> kMechanisms{{
    {"none", SaslMechanism::kNone},
    {"plaintext", SaslMechanism::kPlain},
    {"scram_sha256", SaslMechanism::kScramSha256},
    {"scram_sha512", SaslMechanism::kScramSha512},
    {"oauthbearer", SaslMechanism::kOauthBearer},
    {"gssapi", SaslMechanism::kGssapi},
    {"PLAIN", SaslMechanism::kPlain},
    {"SCRAM-SHA-256", SaslMechanism::kScramSha256},
    {"SCRAM-SHA-512", SaslMechanism::kScramSha512},
}};

// Reads parameters as KEDA does: trimmed, and a blank one counts as absent.
class Reader {
 public:
  explicit Reader(const AuthParameters& parameters) : parameters_(parameters) {}

  std::string text(const std::string& name) const {
    const auto found = parameters_.find(name);
    return found == parameters_.end() ? std::string() : std::string(base::trim(found->second.reveal()));
  }
  base::Secret secret(const std::string& name) const { return base::Secret(text(name)); }
  // A file's bytes, which white space may be a part of.
  base::Secret bytes(const std::string& name) const {
    const auto found = parameters_.find(name);
    return text(name).empty() ? base::Secret() : found->second;
  }

  std::string required(const std::string& name, std::string_view why) {
    auto value = text(name);
    if (value.empty()) errors.add(name, "", fmt::format("missing: {} needs it", why));
    return value;
  }
  bool boolean(const std::string& name) {
    const auto value = text(name);
    if (value.empty()) return false;
    const auto parsed = base::parse_bool(value);
    if (!parsed) errors.add(name, value, "write true or false");
    return parsed.value_or(false);
  }

  base::FieldErrors errors;

 private:
  const AuthParameters& parameters_;
};

void read_tls(Reader& reader, Credentials& credentials) {
  const auto tls = reader.text("tls");
  if (!tls.empty() && tls != "enable" && tls != "disable") reader.errors.add("tls", tls, "write enable or disable");
  credentials.verify_server = !reader.boolean("unsafeSsl");
  if (tls != "enable") {
    credentials.verify_server = true;
    return;
  }
  credentials.tls = true;
  credentials.ca_pem = reader.text("ca");
  credentials.cert_pem = reader.text("cert");
  credentials.key_pem = reader.secret("key");
  credentials.key_password = reader.secret("keyPassword");
  if (!credentials.cert_pem.empty() && credentials.key_pem.empty())
    reader.errors.add("key", "", "missing: cert needs its private key");
  if (credentials.cert_pem.empty() && !credentials.key_pem.empty())
    reader.errors.add("cert", "", "missing: key needs its certificate");
}

std::vector<std::pair<std::string, std::string>> read_extensions(Reader& reader) {
  std::vector<std::pair<std::string, std::string>> extensions;
  for (const auto& part : base::split_trimmed(reader.text("oauthExtensions"), ',')) {
    const auto equals = part.find('=');
    if (equals == std::string::npos || equals == 0 || part.find('=', equals + 1) != std::string::npos) {
      reader.errors.add("oauthExtensions", part, "write key=value, separated by commas");
      continue;
    }
    extensions.emplace_back(part.substr(0, equals), part.substr(equals + 1));
  }
  return extensions;
}

// A part of host names.
bool is_region(std::string_view text) {
  constexpr std::size_t kMostLetters = 40;
  const auto plain = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-';
  };
  return text.size() <= kMostLetters && std::ranges::all_of(text, plain);
}

AwsKeys read_aws_keys(Reader& reader) {
  AwsKeys keys;
  keys.access_key_id = reader.text("awsAccessKeyID");
  if (keys.access_key_id.empty()) keys.access_key_id = reader.text("awsAccessKeyId");
  keys.secret_access_key = reader.secret("awsSecretAccessKey");
  keys.session_token = reader.secret("awsSessionToken");
  return keys;
}

// The identity of this process, with the role that the parameters name, if they do.
AwsWebIdentity read_own_identity(Reader& reader, const AwsWebIdentity& own) {
  AwsWebIdentity identity = own;
  if (const auto role = reader.text("awsRoleArn"); !role.empty()) identity.role_arn = role;
  if (identity.token_file.empty())
    reader.errors.add("awsAccessKeyID", "",
                      "missing: aws_msk_iam needs it and awsSecretAccessKey, or a web identity of the scaler "
                      "(AWS_WEB_IDENTITY_TOKEN_FILE, as EKS sets it for a ServiceAccount with a role)");
  else if (identity.role_arn.empty())
    reader.errors.add("awsRoleArn", "", "missing: the web identity of the scaler needs it, or AWS_ROLE_ARN");
  return identity;
}

void read_msk_iam(Reader& reader, Credentials& credentials, const AwsWebIdentity* own) {
  if (!credentials.tls) reader.errors.add("tls", reader.text("tls"), "write enable: aws_msk_iam needs TLS");
  MskIam msk;
  msk.region = reader.required("awsRegion", "aws_msk_iam");
  if (!is_region(msk.region)) reader.errors.add("awsRegion", msk.region, "write a region such as eu-west-1");
  msk.keys = read_aws_keys(reader);
  const bool keyless = msk.keys.access_key_id.empty();
  if (own == nullptr && !reader.text("awsRoleArn").empty()) {
    reader.errors.add("awsRoleArn", "",
                      "not taken from a Secret: the scaler assumes roles only for a cluster profile whose auth says "
                      "so; use awsAccessKeyID and awsSecretAccessKey, or a clusterRef");
  } else if (!keyless && !reader.text("awsRoleArn").empty()) {
    reader.errors.add("awsRoleArn", "", "cannot stand beside awsAccessKeyID; keep one of them");
  } else if (keyless && own != nullptr) {
    msk.web_identity = read_own_identity(reader, *own);
  } else if (keyless) {
    reader.errors.add("awsAccessKeyID", "",
                      "missing: aws_msk_iam needs it and awsSecretAccessKey in the Secret; the scaler's own identity "
                      "serves only a cluster profile whose auth says so");
  } else if (msk.keys.secret_access_key.empty()) {
    reader.errors.add("awsSecretAccessKey", "", "missing: awsAccessKeyID needs it");
  }
  credentials.username = keyless && msk.web_identity ? msk.web_identity->role_arn : msk.keys.access_key_id;
  credentials.msk_iam = std::move(msk);
}

void read_oauth(Reader& reader, Credentials& credentials, const AwsWebIdentity* own) {
  const auto provider = reader.text("saslTokenProvider");
  if (provider == kMskIam) return read_msk_iam(reader, credentials, own);
  if (!provider.empty() && provider != "bearer")
    reader.errors.add("saslTokenProvider", provider, "write bearer or aws_msk_iam");
  credentials.username = reader.required("username", "oauthbearer");
  reader.required("password", "oauthbearer");
  credentials.password = reader.secret("password");
  credentials.token_endpoint = reader.required("oauthTokenEndpointUri", "oauthbearer");
  if (!credentials.token_endpoint.empty() && !credentials.token_endpoint.starts_with("https://") &&
      !credentials.token_endpoint.starts_with("http://"))
    reader.errors.add("oauthTokenEndpointUri", credentials.token_endpoint, "write an http or https URL");
  for (auto& scope : base::split_trimmed(reader.text("scopes"), ','))
    if (!scope.empty()) credentials.scopes.push_back(std::move(scope));
  credentials.extensions = read_extensions(reader);
}

// Names go into a shell command of librdkafka's (kinit), so only what a Kerberos name is made of may pass.
bool is_kerberos_name(std::string_view name) {
  for (const char letter : name) {
    const bool plain =
        (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z');
    if (!plain && std::string_view("._-/").find(letter) == std::string_view::npos) return false;
  }
  return !name.empty() && name.front() != '-';
}

std::string kerberos_name(Reader& reader, const std::string& name) {
  auto value = reader.required(name, "gssapi");
  if (!value.empty() && !is_kerberos_name(value))
    reader.errors.add(name, value, "write letters, digits, '.', '_', '-' and '/' only");
  return value;
}

void read_gssapi(Reader& reader, Credentials& credentials) {
  credentials.username = kerberos_name(reader, "username");
  credentials.realm = kerberos_name(reader, "realm");
  reader.required("kerberosConfig", "gssapi");
  credentials.kerberos_config = reader.bytes("kerberosConfig").reveal();
  if (!reader.text("kerberosServiceName").empty())
    credentials.kerberos_service = kerberos_name(reader, "kerberosServiceName");
  reader.boolean("kerberosDisableFAST");
  for (const std::string name : {"password", "ccacheName"})
    if (!reader.text(name).empty()) reader.errors.add(name, "", "not supported with gssapi: use keytab");
  reader.required("keytab", "gssapi");
  credentials.keytab = reader.bytes("keytab");
}

void read_sasl(Reader& reader, Credentials& credentials, const AwsWebIdentity* own) {
  const auto sasl = reader.text("sasl");
  if (sasl.empty()) return;
  // As the apache-kafka trigger writes it. Every MSK listener for IAM takes OAUTHBEARER too.
  if (sasl == kMskIam) {
    credentials.sasl = SaslMechanism::kOauthBearer;
    return read_msk_iam(reader, credentials, own);
  }
  const auto* const found =
      std::find_if(kMechanisms.begin(), kMechanisms.end(), [&](const auto& known) { return known.first == sasl; });
  if (found == kMechanisms.end()) {
    reader.errors.add("sasl", sasl,
                      "write none, plaintext, scram_sha256, scram_sha512, oauthbearer, gssapi or aws_msk_iam");
    return;
  }
  credentials.sasl = found->second;
  switch (credentials.sasl) {
    case SaslMechanism::kNone:
      break;
    case SaslMechanism::kPlain:
    case SaslMechanism::kScramSha256:
    case SaslMechanism::kScramSha512:
      credentials.username = reader.required("username", sasl);
      reader.required("password", sasl);
      credentials.password = reader.secret("password");
      break;
    case SaslMechanism::kOauthBearer:
      read_oauth(reader, credentials, own);
      break;
    case SaslMechanism::kGssapi:
      read_gssapi(reader, credentials);
      break;
  }
}

}  // namespace

std::string_view to_string(SaslMechanism mechanism) {
  for (const auto& [name, known] : kMechanisms)
    if (known == mechanism) return name;
  return "none";
}

std::string_view Credentials::sasl_name() const {
  return msk_iam ? kMskIam : to_string(sasl);
}

std::string Credentials::describe() const {
  std::string text = sasl == SaslMechanism::kNone ? "" : fmt::format("SASL {} as {}", sasl_name(), username);
  if (!tls) return text.empty() ? "plaintext" : text;
  const std::string_view how = cert_pem.empty() ? "TLS" : "TLS with a client certificate";
  return fmt::format("{}{}{}", text.empty() ? how : text + " over ", text.empty() ? "" : how,
                     verify_server ? "" : ", server not verified");
}

base::Result<Credentials> parse_credentials(const AuthParameters& parameters, const AwsWebIdentity* own) {
  Reader reader(parameters);
  Credentials credentials;
  read_tls(reader, credentials);
  read_sasl(reader, credentials, own);
  if (!reader.errors.empty()) return std::unexpected(reader.errors.to_error());
  return credentials;
}

}  // namespace weir::kafka

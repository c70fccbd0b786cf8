#include "rpc/tls.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "rpc/lag_client.h"
#include "server_fixture.h"

namespace weir::rpc {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using grpc::StatusCode;

class TlsTest : public ServerFixture {
 protected:
  TlsTest() {
    std::string name = (fs::temp_directory_path() / "weir-tls-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
    make_ca("ca");
    make_certificate("server", "ca", "/CN=weir", "IP:127.0.0.1");
    options_.tls = TlsFiles{path("server.crt"), path("server.key"), {}};
  }
  ~TlsTest() override {
    server_.reset();
    fs::remove_all(directory_);
  }

  std::string path(const std::string& name) const { return (directory_ / name).string(); }

  std::string text(const std::string& name) const {
    std::ifstream file(path(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }

  void write(const std::string& name, const std::string& content) const { std::ofstream(path(name)) << content; }

  void openssl(const std::string& arguments) const {
    const std::string command = "cd " + directory_.string() + " && openssl " + arguments + " >>openssl.log 2>&1";
    ASSERT_EQ(std::system(command.c_str()), 0) << command << "\n" << text("openssl.log");
  }

  void make_ca(const std::string& name) const {
    openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=" + name + "' -keyout " +
            name + ".key -out " + name + ".crt");
  }

  void make_certificate(const std::string& name, const std::string& ca, const std::string& subject,
                        const std::string& alternative_names) const {
    write("names", "subjectAltName=" + alternative_names);
    openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '" + subject + "' -keyout " + name +
            ".key -out " + name + ".csr");
    openssl("x509 -req -in " + name + ".csr -CA " + ca + ".crt -CAkey " + ca +
            ".key -CAcreateserial -days 2 -extfile names -out " + name + ".crt");
  }

  // What a client gets that trusts `ca` and shows the certificate `client`, if any.
  grpc::Status ask(const std::string& ca, const std::string& client, const scaling::TriggerMetadata& metadata) const {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = text(ca + ".crt");
    if (!client.empty()) {
      options.pem_cert_chain = text(client + ".crt");
      options.pem_private_key = text(client + ".key");
    }
    grpc::ChannelArguments own;
    own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    const auto channel = grpc::CreateCustomChannel(address(), grpc::SslCredentials(options), own);
    const auto stub = externalscaler::ExternalScaler::NewStub(channel);
    grpc::ClientContext context;
    externalscaler::IsActiveResponse response;
    return stub->IsActive(&context, ref(metadata), &response);
  }

  static scaling::TriggerMetadata with_secret() {
    auto metadata = orders_metadata();
    metadata["authSecret"] = "kafka";
    return metadata;
  }

  fs::path directory_;
};

TEST_F(TlsTest, AClientThatTrustsTheCertificateIsServed) {
  start();
  EXPECT_TRUE(ask("ca", "", orders_metadata()).ok());
  make_ca("other");
  EXPECT_EQ(ask("other", "", orders_metadata()).error_code(), StatusCode::UNAVAILABLE);
  externalscaler::IsActiveResponse plain;
  EXPECT_EQ(is_active(plain).error_code(), StatusCode::UNAVAILABLE) << "no answer without TLS";
}

TEST_F(TlsTest, WithAClientCaEveryClientMustShowACertificateSignedByIt) {
  make_certificate("client", "ca", "/CN=keda", "DNS:keda");
  make_ca("other");
  make_certificate("stranger", "other", "/CN=keda", "DNS:keda");
  options_.tls->client_ca = path("ca.crt");
  start();
  EXPECT_TRUE(ask("ca", "client", orders_metadata()).ok());
  EXPECT_EQ(ask("ca", "", orders_metadata()).error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(ask("ca", "stranger", orders_metadata()).error_code(), StatusCode::UNAVAILABLE);
}

TEST_F(TlsTest, OnlyListedNamesAreTrusted) {
  struct Row {
    std::string name, subject, alternative_names;
    bool trusted;
  };
  const std::vector<Row> rows{
      {"a common name that is listed", "/CN=keda-operator", "DNS:else", true},
      {"a DNS name that is listed", "/CN=else", "DNS:other,DNS:keda-operator", true},
      {"a URI that is listed", "/CN=else", "URI:spiffe://cluster.local/ns/keda/sa/keda-operator", true},
      {"none that is listed", "/CN=else", "DNS:else", false},
      {"a name that holds a listed one", "/CN=keda-operator.evil", "DNS:not-keda-operator", false},
      {"a listed name as organization", "/O=keda-operator/CN=else", "email:keda-operator@else", false},
  };
  options_.tls->client_ca = path("ca.crt");
  options_.allowed_clients = {"keda-operator", "spiffe://cluster.local/ns/keda/sa/keda-operator"};
  start();
  for (const Row& row : rows) {
    make_certificate("client", "ca", row.subject, row.alternative_names);
    const auto status = ask("ca", "client", with_secret());
    EXPECT_EQ(status.error_code(), row.trusted ? StatusCode::OK : StatusCode::PERMISSION_DENIED)
        << row.name << ": " << status.error_message();
    EXPECT_TRUE(ask("ca", "client", orders_metadata()).ok()) << row.name;
  }
}

TEST_F(TlsTest, ReplacedFilesServeTheNextConnection) {
  make_certificate("client", "ca", "/CN=keda", "DNS:keda");
  options_.tls->client_ca = path("clients.crt");
  fs::copy_file(path("ca.crt"), path("clients.crt"));
  start();
  ASSERT_TRUE(ask("ca", "client", orders_metadata()).ok());
  make_ca("next");
  make_certificate("server", "next", "/CN=weir", "IP:127.0.0.1");
  EXPECT_TRUE(eventually([&] { return ask("next", "client", orders_metadata()).ok(); })) << "the server's certificate";
  EXPECT_FALSE(ask("ca", "client", orders_metadata()).ok());
  make_certificate("client", "next", "/CN=keda", "DNS:keda");
  EXPECT_FALSE(ask("next", "client", orders_metadata()).ok());
  fs::copy_file(path("next.crt"), path("clients.crt"), fs::copy_options::overwrite_existing);
  EXPECT_TRUE(eventually([&] { return ask("next", "client", orders_metadata()).ok(); })) << "the client CA";
}

TEST_F(TlsTest, AFileThatCannotServeIsNamedWithWhatIsWrong) {
  write("empty", "");
  write("text", "hello");
  write("encrypted.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n");
  struct Row {
    std::string certificate, key, client_ca, names, says;
  };
  const std::vector<Row> rows{
      {"none.crt", "server.key", "", "none.crt", "No such file"},
      {"server.crt", "none.key", "", "none.key", "No such file"},
      {"server.crt", "server.key", "none.crt", "none.crt", "client CA"},
      {"empty", "server.key", "", "empty", "empty"},
      {"text", "server.key", "", "text", "BEGIN CERTIFICATE"},
      {"server.key", "server.key", "", "server.key", "BEGIN CERTIFICATE"},
      {"server.crt", "server.crt", "", "server.crt", "no private key"},
      {"server.crt", "encrypted.key", "", "encrypted.key", "encrypted"},
      {".", "server.key", "", "", "cannot be read"},
  };
  for (const Row& row : rows) {
    const std::string ca = row.client_ca.empty() ? "" : path(row.client_ca);
    const auto made = make_tls_credentials({path(row.certificate), path(row.key), ca});
    ASSERT_FALSE(made) << row.names;
    EXPECT_EQ(made.error().code, base::ErrorCode::kInvalidArgument);
    EXPECT_NE(made.error().message.find(path(row.names)), std::string::npos) << made.error().message;
    EXPECT_NE(made.error().message.find(row.says), std::string::npos) << made.error().message;
    EXPECT_EQ(made.error().message.find('\n'), std::string::npos);
  }
}

TEST_F(TlsTest, AllowedClientsNeedACertificateToBeKnownBy) {
  monitor::Monitor monitor(monitoring_, clock_, {}, registry_);
  TriggerTable triggers({.limits = [](const auto&) { return NamespaceLimits(); }}, clock_, resolver_, monitor);
  options_.allowed_clients = {"keda-operator"};
  for (const bool tls : {true, false}) {
    if (!tls) options_.tls.reset();
    const auto refused = Server::start(options_, clock_, triggers, monitor, {}, registry_);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("client CA"), std::string::npos) << refused.error().message;
  }
}

TEST_F(TlsTest, TheLagClientShowsItsCertificate) {
  make_certificate("client", "ca", "/CN=tool", "DNS:tool");
  options_.tls->client_ca = path("ca.crt");
  options_.allowed_clients = {"tool"};
  start();
  const auto client =
      make_lag_client(address(), ClientTlsFiles{path("ca.crt"), path("client.crt"), path("client.key")});
  ASSERT_TRUE(client);
  const auto description = (*client)->describe({"shop", "orders", with_secret()});
  ASSERT_TRUE(description) << description.error().message;
  EXPECT_EQ(description->metric_value, 60);
  EXPECT_FALSE(make_lag_client(address(), ClientTlsFiles{path("none.crt"), "", ""}));
}

}  // namespace
}  // namespace weir::rpc

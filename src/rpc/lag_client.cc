#include "rpc/lag_client.h"

#include <chrono>

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>

#include "rpc/lag_messages.h"
#include "rpc/pem_file.h"
#include "rpc/status.h"
#include "weir/v1/lag.grpc.pb.h"

namespace weir::rpc {
namespace {

// More than the 2 s in which a scaler answers, so that its own words come through.
constexpr std::chrono::seconds kDescribeWithin{5};

v1::DescribeRequest to_request(const lag::TriggerReference& trigger) {
  v1::DescribeRequest request;
  request.set_namespace_(trigger.ns);
  request.set_name(trigger.name);
  request.mutable_metadata()->insert(trigger.metadata.begin(), trigger.metadata.end());
  return request;
}

class GrpcLagClient final : public lag::LagClient {
 public:
  GrpcLagClient(std::string address, const std::shared_ptr<grpc::ChannelCredentials>& credentials)
      : address_(std::move(address)), stub_(v1::Lag::NewStub(grpc::CreateChannel(address_, credentials))) {}

  base::Result<lag::LagDescription> describe(const lag::TriggerReference& trigger) override {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kDescribeWithin);
    v1::Description response;
    const auto status = stub_->Describe(&context, to_request(trigger), &response);
    if (!status.ok()) return std::unexpected(to_error(status, address_));
    return to_description(response);
  }

  base::Result<void> watch(const lag::TriggerReference& trigger,
                           const std::function<bool(const lag::LagDescription&)>& each) override {
    grpc::ClientContext context;
    const auto reader = stub_->Watch(&context, to_request(trigger));
    v1::Description response;
    while (reader->Read(&response)) {
      if (each(to_description(response))) continue;
      context.TryCancel();
      reader->Finish();
      return {};
    }
    const auto status = reader->Finish();
    if (!status.ok()) return std::unexpected(to_error(status, address_));
    return {};
  }

 private:
  const std::string address_;
  const std::unique_ptr<v1::Lag::Stub> stub_;
};

}  // namespace

base::Result<std::unique_ptr<lag::LagClient>> make_lag_client(const std::string& address,
                                                              const std::optional<ClientTlsFiles>& tls) {
  if (!tls) return std::make_unique<GrpcLagClient>(address, grpc::InsecureChannelCredentials());
  grpc::SslCredentialsOptions options;
  if (!tls->ca.empty()) {
    auto ca = read_certificate("CA certificate", tls->ca);
    if (!ca) return std::unexpected(ca.error());
    options.pem_root_certs = *std::move(ca);
  }
  if (!tls->certificate.empty() || !tls->key.empty()) {
    auto certificate = read_certificate("client certificate", tls->certificate);
    if (!certificate) return std::unexpected(certificate.error());
    auto key = read_private_key(tls->key);
    if (!key) return std::unexpected(key.error());
    options.pem_cert_chain = *std::move(certificate);
    options.pem_private_key = *std::move(key);
  }
  return std::make_unique<GrpcLagClient>(address, grpc::SslCredentials(options));
}

}  // namespace weir::rpc

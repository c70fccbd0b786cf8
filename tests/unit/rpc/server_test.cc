#include "rpc/server.h"

#include <grpcpp/generic/generic_stub.h>

#include "server_fixture.h"

namespace weir::rpc {
namespace {

using namespace std::chrono_literals;
using grpc::StatusCode;

class ServerTest : public ServerFixture {
 protected:
  grpc::Status get_metric_spec(externalscaler::GetMetricSpecResponse& response,
                               const externalscaler::ScaledObjectRef& object = ref()) {
    grpc::ClientContext context;
    return stub_->GetMetricSpec(&context, object, &response);
  }

  // The bytes that a unary method answers to `request`, without stubs for it.
  std::pair<grpc::Status, std::string> call(const std::string& method, const std::string& request) {
    grpc::GenericStub generic(channel_);
    grpc::ClientContext context;
    const grpc::Slice slice(request);
    const grpc::ByteBuffer sent(&slice, 1);
    grpc::CompletionQueue queue;
    auto reader = generic.PrepareUnaryCall(&context, method, sent, &queue);
    reader->StartCall();
    grpc::ByteBuffer received;
    grpc::Status status;
    reader->Finish(&received, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    grpc::Slice whole;
    if (status.ok()) static_cast<void>(received.DumpToSingleSlice(&whole));
    return {status, std::string(reinterpret_cast<const char*>(whole.begin()), whole.size())};
  }

  // SERVING is 1, NOT_SERVING 2 in field 1 of grpc.health.v1.HealthCheckResponse; the service is field 1 of the
  // request.
  int health(const std::string& service) {
    std::string request;
    if (!service.empty()) request = "\x0a" + std::string(1, static_cast<char>(service.size())) + service;
    const auto [status, bytes] = call("/grpc.health.v1.Health/Check", request);
    return status.ok() && bytes.size() == 2 ? bytes[1] : -static_cast<int>(status.error_code());
  }
};

TEST_F(ServerTest, TheSpecFollowsFromTheMetadataWithoutKafka) {
  resolver_.source()->hang();
  start();
  externalscaler::GetMetricSpecResponse response;
  ASSERT_TRUE(get_metric_spec(response).ok());
  ASSERT_EQ(response.metricspecs_size(), 1);
  EXPECT_EQ(response.metricspecs(0).metricname(), "kafka-orders");
  EXPECT_EQ(response.metricspecs(0).targetsizefloat(), 50.0);
  EXPECT_EQ(resolver_.source()->counts().partition_counts, 0);
}

TEST_F(ServerTest, TheMetricIsTheLagAndLagIsActivity) {
  start();
  for (const std::string name : {"kafka-orders", "s0-kafka-orders", ""}) {
    externalscaler::GetMetricsResponse metrics;
    ASSERT_TRUE(get_metrics(metrics, ref(), name).ok());
    ASSERT_EQ(metrics.metricvalues_size(), 1);
    EXPECT_EQ(metrics.metricvalues(0).metricname(), name.empty() ? "kafka-orders" : name);
    EXPECT_EQ(metrics.metricvalues(0).metricvalue(), 60);
    EXPECT_EQ(metrics.metricvalues(0).metricvaluefloat(), 60.0);
  }
  externalscaler::IsActiveResponse active;
  ASSERT_TRUE(is_active(active).ok());
  EXPECT_TRUE(active.result());
}

TEST_F(ServerTest, NoLagIsZeroInBothFieldsAndInactive) {
  drain();
  start();
  externalscaler::GetMetricsResponse metrics;
  ASSERT_TRUE(get_metrics(metrics).ok());
  ASSERT_EQ(metrics.metricvalues_size(), 1);
  EXPECT_EQ(metrics.metricvalues(0).metricvalue(), 0);
  EXPECT_EQ(metrics.metricvalues(0).metricvaluefloat(), 0.0);
  externalscaler::IsActiveResponse active;
  ASSERT_TRUE(is_active(active).ok());
  EXPECT_FALSE(active.result());
}

TEST_F(ServerTest, EveryWrongFieldIsInOneInvalidArgument) {
  start();
  auto metadata = orders_metadata();
  metadata["lagThreshold"] = "many";
  metadata["offsetResetPolicy"] = "newest";
  for (const auto& status : [&] {
         externalscaler::GetMetricsResponse metrics;
         externalscaler::IsActiveResponse active;
         externalscaler::GetMetricSpecResponse spec;
         return std::vector{get_metrics(metrics, ref(metadata)), is_active(active, ref(metadata)),
                            get_metric_spec(spec, ref(metadata))};
       }()) {
    EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
    EXPECT_NE(status.error_message().find("lagThreshold"), std::string::npos) << status.error_message();
    EXPECT_NE(status.error_message().find("newest"), std::string::npos) << status.error_message();
  }
}

TEST_F(ServerTest, AnotherTriggersMetricIsRefused) {
  start();
  externalscaler::GetMetricsResponse metrics;
  const auto status = get_metrics(metrics, ref(), "kafka-bills");
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_NE(status.error_message().find("kafka-orders"), std::string::npos) << status.error_message();
}

TEST_F(ServerTest, KafkasErrorsComeThroughAndAreNeverZero) {
  struct Row {
    base::ErrorCode error;
    StatusCode code;
  };
  start();
  for (const Row row : {Row{base::ErrorCode::kNotFound, StatusCode::NOT_FOUND},
                        Row{base::ErrorCode::kPermissionDenied, StatusCode::PERMISSION_DENIED},
                        Row{base::ErrorCode::kUnauthenticated, StatusCode::UNAUTHENTICATED},
                        Row{base::ErrorCode::kUnavailable, StatusCode::UNAVAILABLE}}) {
    resolver_.replace()->fail(base::Error{row.error, "Kafka said no"});
    externalscaler::GetMetricsResponse metrics;
    const auto status = get_metrics(metrics);
    EXPECT_EQ(status.error_code(), row.code);
    EXPECT_NE(status.error_message().find("Kafka said no"), std::string::npos) << status.error_message();
    EXPECT_EQ(metrics.metricvalues_size(), 0);
  }
}

TEST_F(ServerTest, ABrokerThatHangsEndsTheFirstCallInTime) {
  resolver_.source()->hang();
  start();
  const auto before = std::chrono::steady_clock::now();
  externalscaler::IsActiveResponse active;
  EXPECT_EQ(is_active(active).error_code(), StatusCode::UNAVAILABLE);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 2s);
}

TEST_F(ServerTest, ASecretForACallerWhoCannotBeBelievedIsDenied) {
  start();
  auto metadata = orders_metadata();
  metadata["authSecret"] = "kafka";
  externalscaler::GetMetricSpecResponse spec;
  const auto status = get_metric_spec(spec, ref(metadata));
  EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_NE(status.error_message().find("ipv4:127.0.0.1"), std::string::npos) << status.error_message();
  EXPECT_EQ(resolver_.source()->counts().partition_counts, 0);
}

TEST_F(ServerTest, ARotatedSecretIsTakenUpByTheNextCall) {
  start();
  resolver_.source()->fail(base::Error{base::ErrorCode::kUnauthenticated, "wrong password"});
  externalscaler::GetMetricsResponse metrics;
  EXPECT_EQ(get_metrics(metrics).error_code(), StatusCode::UNAUTHENTICATED);
  resolver_.replace();
  EXPECT_TRUE(get_metrics(metrics).ok());
}

TEST_F(ServerTest, StreamMetricSpecIsUnimplementedUnlessSwitchedOn) {
  start();
  grpc::ClientContext context;
  const auto reader = stub_->StreamMetricSpec(&context, ref());
  externalscaler::GetMetricSpecResponse response;
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), StatusCode::UNIMPLEMENTED);
}

TEST_F(ServerTest, StreamMetricSpecSaysWhatGetMetricSpecSays) {
  options_.stream_metric_spec = true;
  start();
  grpc::ClientContext context;
  const auto reader = stub_->StreamMetricSpec(&context, ref());
  externalscaler::GetMetricSpecResponse streamed, asked;
  ASSERT_TRUE(reader->Read(&streamed));
  ASSERT_TRUE(get_metric_spec(asked).ok());
  EXPECT_EQ(streamed.SerializeAsString(), asked.SerializeAsString());
  server_->shutdown(2s);
  EXPECT_FALSE(reader->Read(&streamed));
  EXPECT_TRUE(reader->Finish().ok());
}

TEST_F(ServerTest, HealthFollowsReadiness) {
  start();
  for (const std::string service : {"", "externalscaler.ExternalScaler"})
    EXPECT_EQ(health(service), 2) << service;
  server_->set_ready(true);
  for (const std::string service : {"", "externalscaler.ExternalScaler"})
    EXPECT_EQ(health(service), 1) << service;
  server_->set_ready(false);
  EXPECT_EQ(health(""), 2);
  EXPECT_EQ(health("no.such.Service"), -static_cast<int>(StatusCode::NOT_FOUND));
}

TEST_F(ServerTest, ReflectionIsOffUnlessSwitchedOn) {
  const std::string method = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
  const std::string list_services("\x3a\x00", 2);
  start();
  EXPECT_EQ(call(method, list_services).first.error_code(), StatusCode::UNIMPLEMENTED);
  server_.reset();
  options_.reflection = true;
  start();
  const auto [status, bytes] = call(method, list_services);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_NE(bytes.find("externalscaler.ExternalScaler"), std::string::npos);
}

TEST_F(ServerTest, APortInUseIsAnErrorThatSaysSo) {
  start();
  ServerOptions second = options_;
  second.listen = address();
  const auto refused = Server::start(second, clock_, *triggers_, *monitor_, {}, registry_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_NE(refused.error().message.find(address()), std::string::npos) << refused.error().message;
  EXPECT_NE(refused.error().message.find("in use"), std::string::npos) << refused.error().message;
}

TEST_F(ServerTest, CallsAreCountedByCode) {
  start();
  externalscaler::IsActiveResponse active;
  ASSERT_TRUE(is_active(active).ok());
  EXPECT_FALSE(is_active(active, ref({})).ok());
  const std::string scrape = registry_.scrape();
  for (const std::string line :
       {"weir_rpc_requests_total{code=\"OK\",rpc=\"IsActive\"} 1",
        "weir_rpc_requests_total{code=\"INVALID_ARGUMENT\",rpc=\"IsActive\"} 1",
        "weir_rpc_duration_seconds_count{rpc=\"IsActive\"} 2", "weir_rpc_streams{rpc=\"StreamIsActive\"} 0"}) {
    EXPECT_NE(scrape.find(line), std::string::npos) << line << " in\n" << scrape;
  }
}

}  // namespace
}  // namespace weir::rpc

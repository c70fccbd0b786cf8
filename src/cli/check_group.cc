#include "cli/check_group.h"

#include <fmt/format.h>

#include "cli/check_schema.h"
#include "cli/yaml_json.h"
#include "controller/kafka_source.h"
#include "controller/scaling_settings.h"

namespace weir::cli {
namespace {

void check_annotations(const CheckNode& document, CheckReport& report) {
  const auto scaling = controller::read_scaling(to_json(document.yaml()));
  if (!scaling) report.error(document["metadata"]["annotations"], scaling.error().message);
}

bool check_frame(const CheckNode& document, const char* kind, CheckReport& report) {
  if (document["metadata"]["name"].text().empty()) report.error(document["metadata"]["name"], "missing");
  if (document["spec"].is_map()) return true;
  report.error(document["spec"], fmt::format("missing; it says what the {} is", kind));
  return false;
}

}  // namespace

void check_consumer_group(const CheckNode& document, CheckReport& report) {
  if (document["apiVersion"].text() != "weir.dev/v1alpha1")
    return report.error(document["apiVersion"],
                        fmt::format("\"{}\": write weir.dev/v1alpha1", document["apiVersion"].text()));
  if (!check_frame(document, "ConsumerGroup", report)) return;
  const auto before = report.size();
  const auto crd = YAML::Load(consumer_group_crd());
  check_schema(document, crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"], report);
  if (report.size() == before) check_annotations(document, report);
}

void check_kafka_source(const CheckNode& document, CheckReport& report) {
  const auto version = document["apiVersion"].text();
  if (version != "sources.knative.dev/v1" && version != "sources.knative.dev/v1beta1")
    return report.error(document["apiVersion"], fmt::format("\"{}\": write sources.knative.dev/v1", version));
  if (!check_frame(document, "KafkaSource", report)) return;
  const auto group = controller::group_of_source(to_json(document.yaml()), {});
  if (!group) return report.error(document["spec"], group.error().message);
  check_annotations(document, report);
  if (group->replicas)
    report.note(document["spec"]["consumers"], "has no autoscaling annotation, so it keeps its consumers");
}

}  // namespace weir::cli

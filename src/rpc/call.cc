#include "rpc/call.h"

#include "rpc/status.h"

namespace weir::rpc {
namespace {

void log_activity(const telemetry::Logger& logger, const Trigger& trigger, const scaling::Decision& decision) {
  logger.info(decision.active ? "trigger became active" : "trigger became inactive",
              {{"namespace", trigger.ns},
               {"name", trigger.name},
               {"group", trigger.spec.group},
               {"replicas", decision.desired_replicas},
               {"lag", decision.total_lag},
               {"metric_value", decision.metric_value},
               {"reason", scaling::to_string(decision.reason)}});
}

}  // namespace

base::Result<scaling::Decision> decide(const Context& context, const TriggerPtr& trigger,
                                       const monitor::Monitor::Answer& answer) {
  if (!answer) return std::unexpected(answer.error());
  auto decision = scaling::decide(trigger->spec.policy, *(*answer)->offsets, context.clock.now());
  if (!decision) return decision;
  const auto before = context.triggers.exchange_activity(trigger, decision->active);
  if (before && *before != decision->active) log_activity(context.logger, *trigger, *decision);
  return decision;
}

void Call::log(const base::Result<void>& result) const {
  if (!result) {
    context_.errors.failed(caller_.ns, name_, metadata_, to_string(rpc_), result.error());
  } else if (rpc_ != Rpc::kGetMetricSpec && rpc_ != Rpc::kStreamMetricSpec) {
    context_.errors.succeeded(caller_.ns, name_, metadata_);
  }
}

void Call::finish(grpc::ServerUnaryReactor* reactor, const base::Result<void>& result) const {
  const grpc::Status status = result ? grpc::Status::OK : to_status(result.error());
  context_.instruments.unary_done(rpc_, status.error_code(), context_.clock.now() - arrived_);
  log(result);
  reactor->Finish(status);
}

}  // namespace weir::rpc

#pragma once

#include "base/error.h"
#include "lag/lag_client.h"
#include "rpc/context.h"
#include "weir/v1/lag.pb.h"

namespace weir::rpc {

// What weir.v1.Lag says of a trigger by a snapshot. Errors as scaling::decide.
base::Result<v1::Description> describe(const Context& context, const TriggerPtr& trigger,
                                       const monitor::SnapshotPtr& snapshot);

// What a client makes of that.
lag::LagDescription to_description(const v1::Description& message);

}  // namespace weir::rpc

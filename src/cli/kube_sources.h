#pragma once

#include <memory>

#include "access/api_access.h"
#include "kafka/secret_source.h"
#include "rpc/caller_witness.h"

namespace weir::cli {

// What the API server says, where the scaler's other parts look for it. `access` outlives both.
std::unique_ptr<kafka::SecretSource> make_kube_secret_source(const access::SecretWatch& secrets);
std::unique_ptr<rpc::CallerWitness> make_caller_witness(access::ApiAccess& access);

}  // namespace weir::cli

#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "kube/json.h"
#include "placement/settings.h"

namespace weir::controller {

// What the annotations of a pool's StatefulSet say.
struct PoolSettings {
  placement::PoolSettings placement;
  std::vector<std::string> allowed_namespaces;  // globs; empty: the pool's own namespace alone
  bool ack_required = false;

  bool operator==(const PoolSettings&) const = default;
};

// kInvalidArgument names every annotation under weir.dev/ that is out of range, no number, or unknown, and a template
// whose pods would not be seen.
base::Result<PoolSettings> read_pool_settings(const kube::Json& stateful_set);

// Whether groups of a namespace may be placed on the pool.
bool may_use(const PoolSettings& settings, const kube::ObjectKey& pool, const std::string& ns);

// The pool that a group names, or else the default one; an empty name: none.
kube::ObjectKey pool_of_group(const kube::Json& group, const kube::ObjectKey& default_pool);

}  // namespace weir::controller

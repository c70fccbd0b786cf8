#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "kube/json.h"
#include "support/kube_cluster.h"

namespace weir {

// One verb on one resource that a ServiceAccount has by a binding.
struct Right {
  std::string role;                // of this name, a Role or a ClusterRole
  std::string ns;                  // where it holds; empty: everywhere
  std::string group;               // of the API
  std::string resource;            // with its subresource: consumergroups/status
  std::string verb;                // the API server's word for it
  std::vector<std::string> names;  // of objects; empty: all
};

// One request of a ServiceAccount, as the audit log has it.
struct Request {
  std::string ns, group, resource, verb, name;
  int code = 0;  // HTTP status
};

// All rights that bindings of a ServiceAccount lead to. The cluster's roles for everybody are not among them.
std::vector<Right> rights_of(const test::KubeCluster& cluster, const kube::ObjectKey& account);

// Its requests for objects so far. The control plane was started with --audit.
std::vector<Request> requests_of(const test::KubeCluster& cluster, const kube::ObjectKey& account);

// RESOURCE.GROUP VERB, as people would write it.
std::string describe(const Right& right);
std::string describe(const Request& request);

// Those that no request needed, and what was refused for the lack of one.
std::set<std::string> unused(const std::vector<Right>& rights, const std::vector<Request>& requests);
std::set<std::string> refused(const std::vector<Request>& requests);

}  // namespace weir

#include "rights.h"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

namespace weir {
namespace {

using kube::int_at;
using kube::Json;
using kube::text_at;

constexpr int kForbidden = 403;

std::string user_of(const kube::ObjectKey& account) {
  return fmt::format("system:serviceaccount:{}:{}", account.ns, account.name);
}

bool binds(const Json& binding, const kube::ObjectKey& account) {
  return std::ranges::any_of(kube::at(binding, "/subjects"), [&](const Json& subject) {
    return text_at(subject, "/kind") == "ServiceAccount" && text_at(subject, "/namespace") == account.ns &&
           text_at(subject, "/name") == account.name;
  });
}

void add_rights(const Json& role, const std::string& ns, std::vector<Right>& rights) {
  Right right;
  right.role = kube::key_of(role).name;
  right.ns = ns;
  for (const Json& rule : kube::at(role, "/rules")) {
    right.names = rule.value("resourceNames", std::vector<std::string>());
    for (const Json& group : kube::at(rule, "/apiGroups"))
      for (const Json& resource : kube::at(rule, "/resources"))
        for (const Json& verb : kube::at(rule, "/verbs")) {
          right.group = group.get<std::string>();
          right.resource = resource.get<std::string>();
          right.verb = verb.get<std::string>();
          rights.push_back(right);
        }
  }
}

bool needs(const Request& request, const Right& right) {
  return request.group == right.group && request.resource == right.resource && request.verb == right.verb &&
         (right.ns.empty() || request.ns == right.ns) &&
         (right.names.empty() || std::ranges::find(right.names, request.name) != right.names.end());
}

std::string describe(const std::string& group, const std::string& resource, const std::string& verb) {
  return fmt::format("{}{}{} {}", resource, group.empty() ? "" : ".", group, verb);
}

}  // namespace

std::vector<Right> rights_of(const test::KubeCluster& cluster, const kube::ObjectKey& account) {
  const Json all = Json::parse(
      cluster.kubectl("get roles,rolebindings,clusterroles,clusterrolebindings --all-namespaces --output=json"));
  std::vector<Right> rights;
  for (const Json& binding : all.at("items")) {
    if (!text_at(binding, "/kind").ends_with("Binding") || !binds(binding, account)) continue;
    const auto ns = kube::key_of(binding).ns, kind = text_at(binding, "/roleRef/kind");
    const kube::ObjectKey wanted{kind == "Role" ? ns : "", text_at(binding, "/roleRef/name")};
    for (const Json& role : all.at("items"))
      if (text_at(role, "/kind") == kind && kube::key_of(role) == wanted) add_rights(role, ns, rights);
  }
  return rights;
}

std::vector<Request> requests_of(const test::KubeCluster& cluster, const kube::ObjectKey& account) {
  const auto user = user_of(account);
  std::ifstream log(cluster.directory() / "audit.log");
  std::vector<Request> requests;
  for (std::string line; std::getline(log, line);) {
    if (line.find(user) == std::string::npos) continue;
    // The last line may still be on its way.
    const Json event = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    const Json& object = kube::at(event, "/objectRef");
    if (text_at(event, "/user/username") != user || !object.is_object()) continue;
    const auto subresource = text_at(object, "/subresource");
    requests.push_back({.ns = text_at(object, "/namespace"),
                        .group = text_at(object, "/apiGroup"),
                        .resource = text_at(object, "/resource") + (subresource.empty() ? "" : "/") + subresource,
                        .verb = text_at(event, "/verb"),
                        .name = text_at(object, "/name"),
                        .code = static_cast<int>(int_at(event, "/responseStatus/code"))});
  }
  return requests;
}

std::string describe(const Right& right) {
  return describe(right.group, right.resource, right.verb);
}

std::string describe(const Request& request) {
  return describe(request.group, request.resource, request.verb);
}

std::set<std::string> unused(const std::vector<Right>& rights, const std::vector<Request>& requests) {
  std::set<std::string> idle;
  for (const Right& right : rights)
    if (std::ranges::none_of(requests, [&](const Request& request) { return needs(request, right); }))
      idle.insert(describe(right));
  return idle;
}

std::set<std::string> refused(const std::vector<Request>& requests) {
  std::set<std::string> found;
  for (const Request& request : requests)
    if (request.code == kForbidden) found.insert(describe(request));
  return found;
}

}  // namespace weir

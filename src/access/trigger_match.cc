#include "access/trigger_match.h"

#include <algorithm>
#include <string_view>

namespace weir::access {
namespace {

using kube::Json;

bool from_env(std::string_view key) {
  return key.ends_with("FromEnv");
}

// `stated` is an object of texts, as the CRD's schema says.
bool matches(const Json& stated, const Metadata& sent) {
  const auto said = [&](const auto& entry) {
    const auto& [key, value] = entry;
    const auto found = stated.find(key);
    if (found == stated.end()) return false;
    return from_env(key) || (found->is_string() && found->template get_ref<const std::string&>() == value);
  };
  const auto asked = [&](const auto& entry) { return from_env(entry.key()) || sent.contains(entry.key()); };
  const auto entries = stated.items();
  return std::ranges::all_of(sent, said) && std::all_of(entries.begin(), entries.end(), asked);
}

}  // namespace

bool has_trigger(const Json& object, const Metadata& sent) {
  const Json& triggers = kube::at(object, "/spec/triggers");
  return triggers.is_array() && std::ranges::any_of(triggers, [&](const Json& trigger) {
           const auto type = kube::text_at(trigger, "/type");
           const Json& stated = kube::at(trigger, "/metadata");
           return (type == "external" || type == "external-push") && stated.is_object() && matches(stated, sent);
         });
}

void keep_triggers(Json& object) {
  Json triggers = Json::array();
  for (const Json& trigger : kube::at(object, "/spec/triggers"))
    if (const auto type = kube::text_at(trigger, "/type"); type == "external" || type == "external-push")
      triggers.push_back({{"type", type}, {"metadata", kube::at(trigger, "/metadata")}});
  object = {{"metadata",
             {{"namespace", kube::text_at(object, "/metadata/namespace")},
              {"name", kube::text_at(object, "/metadata/name")},
              {"uid", kube::uid_of(object)},
              {"resourceVersion", kube::resource_version_of(object)}}},
            {"spec", {{"triggers", std::move(triggers)}}}};
}

}  // namespace weir::access

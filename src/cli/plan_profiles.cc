#include "cli/plan_profiles.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/parse.h"
#include "cli/did_you_mean.h"

namespace weir::cli {
namespace {

using namespace std::string_view_literals;
using placement::PluginKind;
using placement::PluginSpec;

constexpr std::array kProfileKeys{"filters"sv,    "scores"sv,     "removals"sv,
                                  "predicates"sv, "priorities"sv, "deschedulerPriorities"sv};

// The child under either spelling: ours, or Knative's with a capital.
CheckNode either(const CheckNode& node, const std::string& lower, const std::string& upper) {
  const CheckNode capital = node[upper];
  return capital.present() ? capital : node[lower];
}

void check_name(const CheckNode& where, const std::string& name, PluginKind kind, PlanFields& fields) {
  const auto known = placement::plugin_names(kind);
  if (std::ranges::find(known, name) != known.end()) return;
  const std::string near = did_you_mean(name, known);
  const std::string_view kinds[] = {"filter", "score", "removal"};
  fields.report().error(where,
                        fmt::format("\"{}\" is no {} plugin; {}{}", name, kinds[static_cast<std::size_t>(kind)],
                                    near.empty() ? "write one of " : fmt::format("did you mean {}? There are ", near),
                                    fmt::join(known, ", ")));
}

// Arguments as a map, or in the JSON text that Knative's ConfigMap has.
std::map<std::string, std::int64_t> read_args(const CheckNode& node, PlanFields& fields) {
  std::map<std::string, std::int64_t> args;
  CheckNode map = node;
  if (node.is_scalar()) {
    try {
      map = CheckNode(YAML::Load(node.text()), node.path());
    } catch (const YAML::Exception&) {
      fields.report().error(node, fmt::format("\"{}\": write a map such as {{MaxSkew: 2}}", node.text()));
      return args;
    }
  }
  for (const auto& [name, value] : map.entries()) {
    const auto number = base::parse_int(value.text());
    if (number) {
      args[name] = *number;
    } else {
      fields.report().error(node, fmt::format("{} \"{}\": write a whole number", name, value.text()));
    }
  }
  return args;
}

std::optional<base::Error> refused(const PluginSpec& spec, PluginKind kind) {
  const auto error_of = [](const auto& made) { return made ? std::optional<base::Error>() : made.error(); };
  switch (kind) {
    case PluginKind::kFilter:
      return error_of(placement::make_filter(spec));
    case PluginKind::kScore:
      return error_of(placement::make_score(spec));
    case PluginKind::kRemoval:
      return error_of(placement::make_removal(spec));
  }
  return std::nullopt;
}

PluginSpec read_plugin(const CheckNode& node, PluginKind kind, PlanFields& fields) {
  constexpr std::array kKeys{"name"sv, "weight"sv, "args"sv, "Name"sv, "Weight"sv, "Args"sv};
  PluginSpec spec;
  if (node.is_scalar()) {
    spec.name = node.text();
    check_name(node, spec.name, kind, fields);
    return spec;
  }
  if (!node.is_map()) {
    fields.report().error(node, "write a plugin's name, or a map of name, weight and args");
    return spec;
  }
  fields.report().check_keys(node, kKeys);
  const CheckNode name = either(node, "name", "Name");
  spec.name = fields.required_text(name, placement::plugin_names(kind).front());
  const std::size_t before = fields.report().size();
  if (!spec.name.empty()) check_name(name, spec.name, kind, fields);
  const CheckNode weight = either(node, "weight", "Weight");
  if (weight.present()) spec.weight = fields.number(weight, 1, 0, 1'000'000);
  const CheckNode args = either(node, "args", "Args");
  if (args.present()) spec.args = read_args(args, fields);
  if (fields.report().size() > before) return spec;
  if (const auto error = refused(spec, kind)) fields.report().error(args.present() ? args : node, error->message);
  return spec;
}

std::vector<PluginSpec> read_plugins(const CheckNode& list, PluginKind kind, PlanFields& fields) {
  std::vector<PluginSpec> plugins;
  if (!fields.is_list(list, "plugins")) return plugins;
  for (const CheckNode& item : list.items())
    plugins.push_back(read_plugin(item, kind, fields));
  return plugins;
}

// Each item decides only between pods that those before it leave equal; an item that is a list adds up its plugins.
std::vector<std::vector<PluginSpec>> read_levels(const CheckNode& list, PluginKind kind, PlanFields& fields) {
  std::vector<std::vector<PluginSpec>> levels;
  if (!fields.is_list(list, "plugins")) return levels;
  for (const CheckNode& item : list.items()) {
    if (item.is_list()) {
      levels.push_back(read_plugins(item, kind, fields));
    } else {
      levels.push_back({read_plugin(item, kind, fields)});
    }
  }
  if (levels.size() > placement::kMaxLevels)
    fields.report().error(list, fmt::format("{} levels: write at most {}", levels.size(), placement::kMaxLevels));
  return levels;
}

placement::ProfileSpec read_profile(const std::string& name, const CheckNode& node, PlanFields& fields) {
  placement::ProfileSpec spec{.name = name, .filters = {}, .scores = {}, .removals = {}};
  fields.report().check_keys(node, kProfileKeys);
  spec.filters = read_plugins(node["filters"], PluginKind::kFilter, fields);
  spec.scores = read_levels(node["scores"], PluginKind::kScore, fields);
  spec.removals = read_levels(node["removals"], PluginKind::kRemoval, fields);
  for (PluginSpec& plugin : read_plugins(node["predicates"], PluginKind::kFilter, fields))
    spec.filters.push_back(std::move(plugin));
  if (auto level = read_plugins(node["priorities"], PluginKind::kScore, fields); !level.empty())
    spec.scores.push_back(std::move(level));
  if (auto level = read_plugins(node["deschedulerPriorities"], PluginKind::kRemoval, fields); !level.empty())
    spec.removals.push_back(std::move(level));
  return spec;
}

}  // namespace

std::map<std::string, placement::ProfileSpec> read_profiles(const CheckNode& profiles, PlanFields& fields) {
  std::map<std::string, placement::ProfileSpec> specs;
  if (profiles.present() && !profiles.is_map())
    fields.report().error(profiles, "must be a map of profiles by their names");
  for (const auto& [name, node] : profiles.entries()) {
    if (!node.is_map()) {
      fields.report().error(node, fmt::format("must be a map of {}", fmt::join(kProfileKeys, ", ")));
    } else if (!specs.emplace(name, read_profile(name, node, fields)).second) {
      fields.report().error(node, "another profile has this name; keep one");
    }
  }
  return specs;
}

}  // namespace weir::cli

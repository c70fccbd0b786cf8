#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "placement/profile.h"

namespace weir::placement {

// Which plugin made the choice, and the figure that did.
struct Verdict {
  std::string plugin;
  std::string reason;

  bool operator==(const Verdict&) const = default;
};

struct Choice {
  Ordinal pod = 0;
  Cost cost{};

  bool operator==(const Choice&) const = default;
};

// The open pod where one more virtual replica costs least, the lowest ordinal of equals; none where filters pass none.
// Looks at the pods and nodes that hold some of the group, and at one of each kind that holds none: as long as plugins
// keep to the rule in plugin.h that is as good as looking at all. `current` is where the replica is now, in a move.
std::optional<Choice> best_pod(const Profile& profile, const Tally& tally, Ordinal current = -1);

// The same by looking at every pod.
std::optional<Choice> best_pod_of_all(const Profile& profile, const Tally& tally, Ordinal current = -1);
// The best of these, which must be open.
std::optional<Choice> best_of(const Profile& profile, const Tally& tally, std::span<const Ordinal> pods,
                              Ordinal current);

// The pod to take a virtual replica from: one that gets no new ones before those that do, then by the removal plugins,
// the highest ordinal of equals. The group must have some.
Ordinal pod_to_leave(const Profile& profile, const Tally& tally);
// The same among these.
Ordinal pod_to_leave(const Profile& profile, const Tally& tally, std::span<const Ordinal> pods);

// Why `chosen` was better than every other pod that was possible; looks at every pod.
Verdict explain_choice(const Profile& profile, const Tally& tally, Ordinal chosen, Ordinal current = -1);
// Why there is no pod for one more; looks at every pod.
Verdict explain_refusal(const Profile& profile, const Tally& tally);
Verdict explain_removal(const Profile& profile, const Tally& tally, Ordinal chosen);

}  // namespace weir::placement

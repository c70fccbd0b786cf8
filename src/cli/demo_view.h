#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/demo_story.h"
#include "cli/keda_model.h"

namespace weir::cli {

// What the demonstration looks like at one moment.
struct DemoFrame {
  std::chrono::milliseconds elapsed{};
  DemoPhase phase = DemoPhase::kIdle;
  int records_per_second = 0;
  std::int64_t produced = 0, consumed = 0;
  int replicas = 0, max_replicas = 0;
  std::optional<Poll> poll;  // the last good one
};

// Shows the demonstration on standard output.
class DemoView {
 public:
  virtual ~DemoView() = default;
  virtual void frame(const DemoFrame& frame) = 0;
  // Something happened: one line of text.
  virtual void event(std::chrono::milliseconds elapsed, const std::string& text) = 0;
};

// A table that is drawn again in place, below `header`; for a terminal.
std::unique_ptr<DemoView> make_table_view(std::vector<std::string> header);
// A line a second and a line an event, after `header`; for a pipe or a file.
std::unique_ptr<DemoView> make_line_view(const std::vector<std::string>& header);

}  // namespace weir::cli

#include "cli/demo_view.h"

#include <algorithm>
#include <cstdio>
#include <deque>

#include <fmt/format.h>

namespace weir::cli {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kShownEvents = 10;
constexpr int kBarWidth = 40;
constexpr std::int64_t kFullBarLag = 1200;

double in_seconds(milliseconds time) {
  return static_cast<double>(time.count()) / 1000;
}

std::string bar(std::int64_t value, std::int64_t full) {
  const auto filled =
      static_cast<std::size_t>(std::clamp<std::int64_t>(value * kBarWidth / full, value > 0 ? 1 : 0, kBarWidth));
  return std::string(filled, '#') + std::string(kBarWidth - filled, '.');
}

std::string poll_text(const std::optional<Poll>& poll) {
  if (!poll) return "not polled yet";
  return fmt::format("metric {:.0f} / target {:.0f}, {}", poll->metric, poll->target,
                     poll->active ? "active" : "inactive");
}

class TableView final : public DemoView {
 public:
  explicit TableView(std::vector<std::string> header) : header_(std::move(header)) {}

  void frame(const DemoFrame& frame) override {
    std::vector<std::string> lines = header_;
    const std::int64_t lag = frame.produced - frame.consumed;
    lines.push_back("");
    lines.push_back(fmt::format("  time      {:.1f} s", in_seconds(frame.elapsed)));
    lines.push_back(fmt::format("  load      {}, {} records/s", to_string(frame.phase), frame.records_per_second));
    lines.push_back(fmt::format("  backlog   {} {}", bar(lag, kFullBarLag), lag));
    lines.push_back(fmt::format("  scaler    {}", poll_text(frame.poll)));
    lines.push_back(fmt::format("  replicas  {} {}", bar(frame.replicas, frame.max_replicas), frame.replicas));
    lines.push_back("");
    lines.insert(lines.end(), events_.begin(), events_.end());
    draw(lines);
  }

  void event(milliseconds elapsed, const std::string& text) override {
    events_.push_back(fmt::format("  {:>6.1f} s  {}", in_seconds(elapsed), text));
    if (events_.size() > kShownEvents) events_.pop_front();
  }

 private:
  // Goes back to the first line drawn before, and clears what it writes over.
  void draw(const std::vector<std::string>& lines) {
    std::string text = drawn_ > 0 ? fmt::format("\x1b[{}A", drawn_) : "";
    for (const std::string& line : lines)
      text += fmt::format("\r{}\x1b[K\n", line);
    text += "\x1b[J";
    fmt::print("{}", text);
    std::fflush(stdout);
    drawn_ = lines.size();
  }

  const std::vector<std::string> header_;
  std::deque<std::string> events_;
  std::size_t drawn_ = 0;
};

class LineView final : public DemoView {
 public:
  explicit LineView(const std::vector<std::string>& header) {
    for (const std::string& line : header)
      print(line);
  }

  void frame(const DemoFrame& frame) override {
    if (frame.elapsed < next_) return;
    next_ = frame.elapsed + std::chrono::seconds(1);
    print(fmt::format("{:>6.1f} s  {:<5}  backlog {:>5}  {:<40} replicas {}", in_seconds(frame.elapsed),
                      to_string(frame.phase), frame.produced - frame.consumed, poll_text(frame.poll), frame.replicas));
  }

  void event(milliseconds elapsed, const std::string& text) override {
    print(fmt::format("{:>6.1f} s  {}", in_seconds(elapsed), text));
  }

 private:
  static void print(const std::string& line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
  }

  milliseconds next_{0};
};

}  // namespace

std::unique_ptr<DemoView> make_table_view(std::vector<std::string> header) {
  return std::make_unique<TableView>(std::move(header));
}

std::unique_ptr<DemoView> make_line_view(const std::vector<std::string>& header) {
  return std::make_unique<LineView>(header);
}

}  // namespace weir::cli

#include "cli/text_file.h"

#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

namespace weir::cli {

base::Result<std::string> read_text_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text;
  std::array<char, 4096> buffer{};
  while (in.read(buffer.data(), buffer.size()) || in.gcount() > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(in.gcount()));
  }
  // The end of the file is no error; a directory opens, and fails to be read.
  if (in.eof() && !in.bad()) return text;
  return base::fail(base::ErrorCode::kInvalidArgument, "cannot be read: {}", std::generic_category().message(errno));
}

}  // namespace weir::cli

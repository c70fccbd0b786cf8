#pragma once

#include <string_view>

namespace weir::base {

// The name by which top and debuggers know the calling thread, of at most 15 bytes; without one it has that of the
// thread that made it.
void name_this_thread(std::string_view name);

// Where there are fewer cores than threads with work, those with another's request to answer go first.
void let_others_go_first();

}  // namespace weir::base

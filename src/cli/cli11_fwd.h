#pragma once

// CLI11 is one header of ten thousand lines: who only names its parser includes this.
namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
}

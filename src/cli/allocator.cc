#include <jemalloc/jemalloc.h>

// One arena, since few threads are busy at a time, and what a scrape or a burst took is given back after a second: an
// idle scaler's memory is what its groups need. An arena gives back only while somebody uses it, and of several the one
// of a burst may rest afterwards.
// NOLINTNEXTLINE(*-identifier-naming, *-non-const-global-variables): jemalloc looks for this name.
const char* malloc_conf = "narenas:1,dirty_decay_ms:1000,muzzy_decay_ms:0";

#include "kube/list_all.h"

#include <algorithm>
#include <iterator>

namespace weir::kube {

ApiResult<std::vector<Json>> list_all(Client& client, const Resource& resource, const std::string& ns,
                                      const std::string& labels) {
  constexpr std::size_t kPage = 500;
  std::vector<Json> all;
  std::string next;
  do {
    auto page = client.list(resource, ns, kPage, next, labels);
    if (!page) return std::unexpected(page.error());
    std::ranges::move(page->items, std::back_inserter(all));
    next = page->next;
  } while (!next.empty());
  return all;
}

}  // namespace weir::kube

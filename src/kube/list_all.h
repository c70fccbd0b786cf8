#pragma once

#include <string>
#include <vector>

#include "kube/client.h"

namespace weir::kube {

// Every object that Client::list() gives, page after page.
ApiResult<std::vector<Json>> list_all(Client& client, const Resource& resource, const std::string& ns = "",
                                      const std::string& labels = "");

}  // namespace weir::kube
